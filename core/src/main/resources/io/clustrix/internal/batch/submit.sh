#!/bin/sh
# Makes the job's directory, unpacks what comes through standard input, and calls the scheduler's command in it.
# Arguments: the work directory, the job's directory below it, new or again, the command.
set -u
umask 077
work=$1
job=$2
mode=$3
shift 3
cd "$work/jobs" || exit 71
mkdir -p "${job%/*}" || exit 71
if ! mkdir "$job" 2>/dev/null; then
    [ -d "$job" ] || { mkdir "$job"; exit 71; }
    [ "$mode" = again ] || { echo "the job's directory $job exists already" >&2; exit 71; }
fi
cd "$job" || exit 71
mkdir -p logs attempts claims results exits || exit 71
tar -xf - || exit 74
while IFS= read -r file; do
    [ -f "$file" ] || { echo "$file is missing" >&2; exit 75; }
done < store-files
# Says that they are in use, by their ctime alone: archives of classes want their mtime as it is. To xargs, blanks and
# quotes are no part of a name unless there is a backslash before them.
sed 's/[^A-Za-z0-9_./-]/\\&/g' store-files | TZ=UTC0 xargs touch -c -m -t 198001010000 2>/dev/null
echo ":clustrix:"
exec "$@"
