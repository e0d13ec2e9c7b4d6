# A file's bytes. $1: from which on, counted from 1, $2: how many, or nothing for all.
readable "$p"
if [ -n "$2" ]; then
    tail -c "+$1" <"$p" | head -c "$2"
elif [ "$1" = 1 ]; then
    cat <"$p" || exit 70
else
    tail -c "+$1" <"$p" || exit 70
fi
