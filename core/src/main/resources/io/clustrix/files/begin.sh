# What each of these scripts begins with. $1: a path, its bytes as the %b of printf takes them. Sets p.
set -u
unset CDPATH
p=$(printf '%b.' "$1")
p=${p%.}
shift
case $p in
    '~' | '~/'*)
        case ${HOME-} in
            /*) ;;
            *) echo 'HOME is not set' >&2; exit 70 ;;
        esac
        p=$HOME${p#'~'}
        ;;
esac

# Ends with the reason for which a path can't be had. Messages end with it, whatever is in the name.
why() {
    m=$(ls -dL -- "$1" 2>&1 >/dev/null)
    case $m in
        *'Permission denied') exit 83 ;;
        *'Too many levels of symbolic links' | *'Symbolic link loop') exit 86 ;;
        *'No such file or directory' | *'Not a directory')
            [ ! -h "$1" ] || printf 'it is a link to %s, and there is nothing\n' "$(readlink "$1")" >&2
            exit 82
            ;;
    esac
    [ -z "$m" ] || printf '%s\n' "$m" >&2
    exit 70
}

# Goes on if it is a file that can be read.
readable() {
    [ -e "$1" ] || why "$1"
    [ ! -d "$1" ] || exit 85
    [ -f "$1" ] || exit 87
    [ -r "$1" ] || exit 83
}

# Goes on if there is a tool for SHA-256.
tooled() {
    command -v sha256sum >/dev/null 2>&1 || command -v shasum >/dev/null 2>&1 || command -v openssl >/dev/null 2>&1 || {
        echo 'there is none of sha256sum, shasum and openssl in PATH' >&2
        exit 88
    }
}

# The SHA-256 of standard input.
sum() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum | cut -c 1-64
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 | cut -c 1-64
    else
        openssl dgst -sha256 -r | cut -c 1-64
    fi
}

# A record is TYPE/MODE/SIZE/TIME/OWNER/GROUP, name and link target, each ended by a NUL. Without GNU's find TYPE is x
# and MODE the raw mode in hexadecimal, or o and octal, and the numbers of owner and group follow.
records='%y/%m/%s/%T@/%u/%g\0%p\0%l\0'
each='
    kind=$1
    shift
    info() {
        case $kind in
            x) stat -c "%f/%s/%Y/%U/%G/%u/%g" -- "$@" ;;
            o) stat -f "%p/%z/%m/%Su/%Sg/%u/%g" -- "$@" ;;
        esac
    }
    show() {
        for f do
            IFS= read -r i || return 1
            t=
            if [ -h "$f" ]; then
                t=$(readlink "$f" && echo .) || continue
                t=${t%??}
            fi
            printf "%s\000%s\000%s\000" "$kind/$i" "$f" "$t"
        done
    }
    if i=$(info "$@" 2>/dev/null); then
        printf "%s\n" "$i" | show "$@"
    else
        for f do
            if [ -e "$f" ] || [ -h "$f" ]; then
                i=$(info "$f") || exit 1
                printf "%s\n" "$i" | show "$f"
            fi
        done
    fi
'
# Which way of telling what a file is there is: g, x, o.
kind() {
    if find . -prune -printf '' >/dev/null 2>&1; then
        kind=g
    elif stat -c %f . >/dev/null 2>&1; then
        kind=x
    elif stat -f %p . >/dev/null 2>&1; then
        kind=o
    else
        echo 'there is neither a find with -printf nor a stat in PATH' >&2
        exit 88
    fi
}
