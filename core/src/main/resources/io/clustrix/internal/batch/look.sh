#!/bin/sh
# Lists the results and exit records of jobs, and renews leases. Arguments: the work directory, and if there are leases what to
# write to them and their names; standard input: the jobs' directories below it, a line each.
set -u
umask 077
cd "$1/jobs" || exit 71
if [ "$#" -gt 2 ]; then
    leases=$1/leases
    news=$2
    shift 2
    mkdir -p "$leases"
    for run; do
        # Where there is no room for a new content, the time has to do.
        { printf '%s\n' "$news" > "$leases/.$run.$$" && mv -f "$leases/.$run.$$" "$leases/$run"; } 2>/dev/null ||
            touch "$leases/$run"
    done
fi
while IFS= read -r job; do
    printf '%s\n%s\n' "$job/results" "$job/exits"
done | xargs -n 200 ls -1 2>/dev/null
echo ":clustrix:"
