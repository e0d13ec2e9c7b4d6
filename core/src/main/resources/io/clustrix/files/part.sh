# Goes on if a file may be put there.
place() {
    dir=${p%/*}
    [ -n "$dir" ] || dir=/
    [ ! -d "$p" ] || exit 85
    if [ -e "$p" ] && [ ! -f "$p" ]; then exit 87; fi
    [ -e "$dir" ] || { echo 'its directory is missing' >&2; why "$dir"; }
    [ -d "$dir" ] || { echo 'what should be its directory is none' >&2; exit 84; }
    if [ ! -w "$dir" ] || [ ! -x "$dir" ]; then echo 'its directory can not be written to' >&2; exit 83; fi
}
