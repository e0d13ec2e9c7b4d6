#!/bin/sh
# Makes the work directory, tells its absolute path, whether the store has not been cleaned for a day, and what is noted
# of environments and still holds. Removes, in the background, what was over long ago, and old leases. Arguments: the
# directory as it was configured, after how many days.
set -u
umask 077
case $1 in
    "~/"*) work=$HOME/${1#??} ;;
    *) work=$1 ;;
esac
mkdir -p "$work/jobs" "$work/store" "$work/tmp" "$work/env" || exit 71
cd "$work" || exit 71
[ -w . ] || { echo "$work is not writable" >&2; exit 71; }
printf 'work=%s\n' "$(pwd -P)"
[ -n "$(find "$work/.store-cleaned" -mtime -1 2>/dev/null)" ] || echo store=old
find "$work/env" -maxdepth 1 -name 'classes-*.making' -mtime +0 -exec rm -rf {} + 2>/dev/null </dev/null &
find "$work/env" -maxdepth 1 -name 'classes-*.jsa' -mtime "+$2" -exec rm -f {} + 2>/dev/null </dev/null &
find "$work/leases" -type f -mtime "+$2" -exec rm -f {} + 2>/dev/null </dev/null &
tab=$(printf '\t')
find "$work/env" -maxdepth 1 -name 'note-*' -mtime -1 2>/dev/null </dev/null | while IFS= read -r note; do
    good=yes
    while IFS=$tab read -r word path stamp; do
        [ "$word" = stamp ] || continue
        now=$(ls -lLn "$path" 2>/dev/null | { read -r m l u g s a b c d && echo "$m $u $g $s $a $b $c"; })
        [ "$now" = "$stamp" ] || good=no
    done < "$note"
    [ "$good" = yes ] || continue
    printf 'note=%s\n' "${note##*/note-}"
    cat "$note"
    echo :clustrix:
done
# Shipped Javas that no job has used for as long as files of ended jobs are kept.
find "$work/env" -mindepth 2 -maxdepth 2 -name used -mtime "+$2" 2>/dev/null </dev/null | while IFS= read -r used; do
    rm -rf "${used%/used}"
done >/dev/null 2>&1 &
find "$work/jobs" -mindepth 3 -maxdepth 3 -name over -mtime "+$2" -print 2>/dev/null </dev/null | while IFS= read -r over; do
    rm -rf "${over%/over}"
done >/dev/null 2>&1 &
