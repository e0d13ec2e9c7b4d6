# Takes a file from standard input. $1: the name that it has as long as it is not whole, $2: how many blocks of 64 KiB
# are there already, $3: its size, $4: its SHA-256, $5: its mode, $6: a name that nothing else uses. The first name is
# made of the sum. So whatever else writes there, such as what is left of a try whose link broke, writes the same bytes
# at the same places. What is checked and then renamed has the last name, so it is the same file.
place
tooled
t=$dir/$1
u=$dir/$6
mask=$(umask)
umask 077
dd of="$t" bs=65536 seek="$2" conv=notrunc 2>/dev/null || {
    echo 'it could not be written; the disk or the quota may be full' >&2
    exit 89
}
trap 'rm -f "$u"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
size=0
s=
# Not every file system has hard links.
if ln "$t" "$u" 2>/dev/null || mv "$t" "$u" 2>/dev/null; then
    size=$(wc -c <"$u") || exit 70
    size=$((size))
    [ "$size" != "$3" ] || s=$(sum <"$u")
fi
# Whether another one was quicker, with the same bytes.
done_already() {
    [ -f "$p" ] && [ "$(sum <"$p")" = "$4" ]
}
if [ "$s" = "$4" ]; then
    chmod "$(printf '%o' "$((0$5 & ~0$mask))")" "$u" || exit 89
    m=$(mv -f "$u" "$p" 2>&1) || done_already "$@" || { printf '%s\n' "$m" >&2; exit 89; }
    rm -f "$t"
elif done_already "$@"; then
    rm -f "$t"
elif [ "$size" -lt "$3" ]; then
    [ -e "$t" ] || mv "$u" "$t"
    exit 90
else
    rm -f "$t"
    exit 91
fi
echo end
