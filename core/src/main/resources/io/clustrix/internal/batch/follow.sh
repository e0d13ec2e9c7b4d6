#!/bin/sh
# Sends what logs have got since the last time, framed. Argument: the work directory, the most bytes of each;
# standard input: lines of job log offset.
set -u
cd "$1/jobs" || exit 71
while IFS=' ' read -r job log offset; do
    file=$job/logs/$log
    [ -f "$file" ] || continue
    size=$(wc -c < "$file") || continue
    more=$((size - offset))
    [ "$more" -gt 0 ] || continue
    [ "$more" -le "$2" ] || more=$2
    printf '%s %s %s %s\n' "$job" "$log" "$offset" "$more"
    tail -c +"$((offset + 1))" "$file" | head -c "$more"
done
