#!/bin/sh
# Tells which of these programs are missing, and where they may be instead. Arguments: programs, as names or as paths.
set -u
for program; do
    command -v "$program" >/dev/null 2>&1 && continue
    printf 'missing=%s\n' "$program"
    name=${program##*/}
    for directory in /opt/slurm/bin /usr/local/slurm/bin /opt/pbs/bin /opt/sge/bin/* /usr/local/bin /usr/bin /bin; do
        if [ -f "$directory/$name" ] && [ -x "$directory/$name" ]; then
            printf 'found=%s\n' "$directory/$name"
            break
        fi
    done
    # As it would be for a person who logs in.
    there=$(sh -lc 'command -v "$1"' clustrix "$name" 2>/dev/null </dev/null | tail -n 1)
    case $there in
        /*) [ -x "$there" ] && printf 'found=%s\n' "$there" ;;
    esac
done
echo end=
