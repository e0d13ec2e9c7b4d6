#!/bin/sh
# Removes jobs' directories in the background, or marks them as over. Argument: the work directory; standard input: lines of
# "remove JOB" or "mark JOB".
set -u
cd "$1/jobs" || exit 71
trash=$(mktemp -d "$1/tmp/trash.XXXXXX") || exit 71
while IFS=' ' read -r what job; do
    case $what in
        remove) [ -d "$job" ] && mv "$job" "$trash/" 2>/dev/null ;;
        mark) [ -d "$job" ] && : > "$job/over" ;;
    esac
done
rm -rf "$trash" >/dev/null 2>&1 </dev/null &
