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
# Beside the old ones, and renamed when all are there: a stream that was cut must not submit anything, and a job that an
# earlier call has submitted may be reading them.
new=new.$$
rm -rf "$new"
mkdir "$new" || exit 71
(cd "$new" && tar -xf - && [ -f all ] && mv -f ./* ..) || { rm -rf "$new"; exit 74; }
rmdir "$new"
# The class path's second line is "STORE/NAME:STORE/NAME...", in quotes. The names alone are not sent as well, because with
# many jars they are most of a job's bytes.
{
    read -r option
    read -r files
} < class-path || exit 74
{
    set -f
    IFS=:
    for file in $files; do
        # Where the nodes have a class path of their own, there is none of the store's.
        case $file in */store/*) ;; *) continue ;; esac
        file=${file##*/}
        file=${file%\"}
        [ -f "$work/store/$file" ] || { echo "$work/store/$file is missing" >&2; exit 75; }
        printf '%s\n' "$file"
    done
    unset IFS
    set +f
} > ".store-files.$$" && mv -f ".store-files.$$" store-files || exit 74
# Says that they are in use, by their ctime alone: archives of classes want their mtime as it is.
(cd "$work/store" && TZ=UTC0 xargs touch -c -m -t 198001010000) < store-files 2>/dev/null
# The command is called in UTC, and in the locale C as this script is. Where the job inherits that, its script puts the login's
# time zone back, and goes by LANG and the like again.
CLUSTRIX_TZ="set${TZ+=$TZ}"
export CLUSTRIX_TZ
echo ":clustrix:"
exec "$@"
