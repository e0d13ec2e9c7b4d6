#!/bin/sh
# Tells which directories of jobs are there. Argument: the work directory; standard input: the jobs' directories below it, a
# line each.
set -u
cd "$1/jobs" || exit 71
while IFS= read -r job; do
    [ -d "$job" ] && printf '%s\n' "$job"
done
printf '%s\n' :clustrix:
