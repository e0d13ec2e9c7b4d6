# Adds up what a file or directory has: how find ended, files, directories, bytes in files, bytes on disk. What has
# several names counts once.
[ -e "$p" ] || why "$p"
kind
what=
if [ -d "$p" ]; then
    cd -P "$p" && [ -r . ] || exit 83
    p=.
else
    what=-L
fi
# Not by -exec with a plus: see list.sh.
all() {
    find "$p" -print0 || echo 'end 1' >&3
}
{
    case $kind in
        g) find -H "$p" -ignore_readdir_race -printf '%y %n %D:%i %s %b\n' ;;
        x) all | xargs -0 -n 1000 stat $what -c '%f %h %d:%i %s %b' -- ;;
        o) all | xargs -0 -n 1000 stat $what -f '%p %l %d:%i %z %b' -- ;;
    esac
    echo "end $?"
} 3>&1 | awk '
    $1 == "end" { if ($2 > 0) end = $2; next }
    # A letter, or the mode in hexadecimal or octal.
    $1 ~ /^(d|4...|4.....?)$/ { directories++; disk += $5; next }
    $2 > 1 && ($3 in seen) { next }
    $2 > 1 { seen[$3] = 1 }
    { disk += $5 }
    $1 ~ /^(f|8...|10....)$/ { files++; bytes += $4 }
    END { printf "%d %.0f %.0f %.0f %.0f\n", end, files, directories, bytes, disk * 512 }
'
