#!/bin/sh
# Sends files as one tar stream. Argument: the work directory; standard input: lines of "R JOB ELEMENT -" for a result, or
# "X JOB ELEMENT LOG" for all that is known of an element that ended without one. The last four parts of each path are the
# day, the job's key, the kind of file, and a name that begins with the element's number.
set -u
umask 077
cd "$1" || exit 71
# Not there where it is full, which is a reason for elements to end without a result.
list=$(mktemp -d tmp/fetch.XXXXXX) || list=
trap 'rm -rf "$list"' EXIT
if [ -z "$list" ] || ! echo > "$list/names"; then
    rm -rf "$list"
    list=$(mktemp -d) || exit 71
fi 2> /dev/null
trap 'exit 1' HUP INT TERM
while IFS=' ' read -r kind job element log; do
    case $kind in
        R) [ -f "jobs/$job/results/$element" ] && printf '%s\n' "jobs/$job/results/$element" ;;
        X)
            for file in "jobs/$job/exits/$element".* "jobs/$job/attempts/$element".*; do
                [ -f "$file" ] && printf '%s\n' "$file"
            done
            mkdir -p "$list/$job/tails" "$list/$job/claims"
            for claim in "jobs/$job/claims/$element".*; do
                if [ -d "$claim" ]; then
                    : > "$list/$job/claims/${claim##*/}"
                    printf '%s\n' "$list/$job/claims/${claim##*/}"
                fi
            done
            free=${free-$(df -P -k . 2> /dev/null | awk 'END { print $4 }')}
            if [ "${free:-1024}" -lt 1024 ] 2> /dev/null; then
                printf '%s' "$free" > "$list/$job/tails/$element.free"
                printf '%s\n' "$list/$job/tails/$element.free"
            fi
            for end in out err; do
                if [ -f "jobs/$job/logs/$log.$end" ]; then
                    tail -c 8192 "jobs/$job/logs/$log.$end" > "$list/$job/tails/$element.$end"
                    printf '%s\n' "$list/$job/tails/$element.$end"
                fi
            done
            ;;
    esac
done > "$list/names"
if [ -s "$list/names" ] && tar -cf - -T /dev/null > /dev/null 2>&1; then
    tar -cf - -T "$list/names"
elif [ -s "$list/names" ]; then
    # busybox's tar may read no list. It is short: so many elements are asked for at once and no more.
    IFS='
'
    set -f
    # shellcheck disable=SC2046 # one word a line
    tar -cf - $(cat "$list/names")
else
    head -c 1024 /dev/zero # the end of an archive; busybox's tar makes no empty one
fi
