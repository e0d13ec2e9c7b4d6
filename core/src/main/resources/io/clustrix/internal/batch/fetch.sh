#!/bin/sh
# Sends files as one tar stream. Argument: the work directory; standard input: lines of R job element for a
# result, or X job element log for all that is known of an element that ended without one.
set -u
umask 077
cd "$1/jobs" || exit 71
list=$(mktemp -d "$1/tmp/fetch.XXXXXX") || exit 71
trap 'rm -rf "$list"' EXIT
trap 'exit 1' HUP INT TERM
while IFS=' ' read -r kind job element log; do
    case $kind in
        R) [ -f "$job/results/$element" ] && printf '%s\n' "$job/results/$element" ;;
        X)
            for file in "$job/exits/$element".* "$job/attempts/$element".*; do
                [ -f "$file" ] && printf '%s\n' "$file"
            done
            mkdir -p "$list/$job/tails"
            for end in out err; do
                [ -f "$job/logs/$log.$end" ] && tail -c 8192 "$job/logs/$log.$end" > "$list/$job/tails/$element.$end"
            done
            ;;
    esac
done > "$list/names"
tails=$(cd "$list" && find . -type f ! -name names)
tar -cf - -T "$list/names" -C "$list" ${tails:+$tails}
