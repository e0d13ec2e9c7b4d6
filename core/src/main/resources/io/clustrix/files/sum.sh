# Size and SHA-256 of a file; its bytes too if they are not more than $1.
readable "$p"
tooled
size=$(wc -c <"$p") || exit 70
size=$((size))
s=$(sum <"$p")
[ ${#s} = 64 ] || exit 70
printf '%s %s\n' "$size" "$s"
if [ "$size" -gt 0 ] && [ "$size" -le "$1" ]; then
    head -c "$size" <"$p" || exit 70
fi
