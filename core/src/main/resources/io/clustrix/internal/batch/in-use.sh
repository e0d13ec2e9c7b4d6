#!/bin/sh
# Says of the jars of jobs that are not over that they are in use, by their ctime alone, and notes when that was. Argument: the
# work directory.
set -u
cd "$1/jobs" || exit 71
trap 'rm -f "$1/tmp/in-use.$$"' EXIT
for files in */*/store-files; do
    [ -f "$files" ] && [ ! -e "${files%/store-files}/over" ] && cat "$files"
done 2>/dev/null | sort -u > "$1/tmp/in-use.$$" || exit 74
cd "$1/store" || exit 71
TZ=UTC0 xargs touch -c -m -t 198001010000 < "$1/tmp/in-use.$$" || exit 74
: > "$1/.store-cleaned"
