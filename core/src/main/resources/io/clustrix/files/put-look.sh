# How much of a file is there from an earlier try: its size in whole blocks of 64 KiB and their SHA-256. $1: the name
# that it has as long as it is not whole, $2: the SHA-256 of the whole, or nothing; tells if it is there under its name.
place
tooled
t=$dir/$1
if [ -n "$2" ] && [ ! -e "$t" ] && [ -f "$p" ] && [ "$(sum <"$p")" = "$2" ]; then echo '0 done'; exit 0; fi
size=0
if [ -f "$t" ]; then size=$(wc -c <"$t") || exit 70; fi
blocks=$((size / 65536))
[ "$blocks" -gt 0 ] || { echo '0 -'; exit 0; }
printf '%s %s\n' "$blocks" "$(head -c "$((blocks * 65536))" <"$t" | sum)"
