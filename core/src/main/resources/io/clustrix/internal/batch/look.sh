#!/bin/sh
# Lists the results and exit records of jobs. Argument: the work directory; standard input: the jobs'
# directories below it, a line each.
set -u
cd "$1/jobs" || exit 71
while IFS= read -r job; do
    printf '%s\n%s\n' "$job/results" "$job/exits"
done | xargs -n 200 ls -1 2>/dev/null
echo ":clustrix:"
