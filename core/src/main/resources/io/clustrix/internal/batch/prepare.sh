#!/bin/sh
# Makes the work directory, tells its absolute path, and whether the store has not been cleaned for a day. Removes, in the
# background, the directories of jobs that were over long ago, and old leases. Arguments: the directory as it was configured,
# after how many days.
set -u
umask 077
case $1 in
    "~/"*) work=$HOME/${1#??} ;;
    *) work=$1 ;;
esac
mkdir -p "$work/jobs" "$work/store" "$work/tmp" || exit 71
cd "$work" || exit 71
[ -w . ] || { echo "$work is not writable" >&2; exit 71; }
printf 'work=%s\n' "$(pwd -P)"
[ -n "$(find "$work/tmp/store-cleaned" -mtime -1 2>/dev/null)" ] || echo store=old
find "$work/leases" -type f -mtime "+$2" -exec rm -f {} + 2>/dev/null </dev/null &
find "$work/jobs" -mindepth 3 -maxdepth 3 -name over -mtime "+$2" -print 2>/dev/null </dev/null | while IFS= read -r over; do
    rm -rf "${over%/over}"
done >/dev/null 2>&1 &
