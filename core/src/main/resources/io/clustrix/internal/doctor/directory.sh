#!/bin/sh
# Looks at the work directory, and tries whether files can be written there; makes it if it is missing, as the first job
# would. Prints a line WORD=VALUE for each thing. Arguments: the directory as it was configured, a word of this call.
set -u
umask 077
place() {
    case $1 in
        "~/"*) printf '%s' "${HOME:-}/${1#??}" ;;
        *) printf '%s' "$1" ;;
    esac
}
one_line() {
    printf '%s\n' "$1" | head -n "${2:-1}" | tr '\n\t' '  ' | cut -c 1-500 | sed 's/ *$//'
}
work=$(place "$1")
printf 'path=%s\n' "$work"
[ -d "$work" ] && echo existed=yes
# Where else it could be, if it can't be here.
home=${HOME:-}
[ -n "$home" ] && [ -d "$home" ] && [ -w "$home" ] && echo home=yes
if ! said=$(mkdir -p "$work/jobs" "$work/store" "$work/tmp" "$work/env" 2>&1); then
    printf 'problem=%s\nend=\n' "$(one_line "$said")"
    exit 0
fi
if ! cd "$work" 2>/dev/null; then
    printf 'problem=%s\nend=\n' "$work can not be entered"
    exit 0
fi
printf 'work=%s\n' "$(pwd -P)"
df -Pk . 2>/dev/null | awk 'NR > 1 { for (i = 4; i <= NF; i++) if ($i ~ /^[0-9]+%$/) { print "free=" $(i - 1); exit } }'
df -Pi . 2>/dev/null | awk 'NR > 1 { for (i = 4; i <= NF; i++) if ($i ~ /^[0-9]+%$/) { print "inodes=" $(i - 1); exit } }'
kind=$(stat -f -c %T . 2>/dev/null) && printf 'kind=%s\n' "$(one_line "$kind")"
probe=tmp/doctor-$2
trap 'rm -rf "$probe"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
if ! said=$( { mkdir "$probe" && : > "$probe/0"; } 2>&1); then
    printf 'problem=%s\nend=\n' "$(one_line "$said")"
    exit 0
fi
# What df says is not what a quota lets anybody have.
if ! said=$(dd if=/dev/zero of="$probe/data" bs=1024 count=4096 2>&1); then
    printf 'full=%s\n' "$(one_line "$said" 5)"
fi
rm -f "$probe/data"
begun=$(date +%s%N 2>/dev/null)
i=0
while [ "$i" -lt 50 ]; do
    : > "$probe/n$i" || break
    i=$((i + 1))
done
ended=$(date +%s%N 2>/dev/null)
case $begun$ended in
    *[!0-9]* | '') ;;
    *) [ "$i" -eq 50 ] && printf 'nanos=%s\n' "$(((ended - begun) / 50))" ;;
esac
echo end=
