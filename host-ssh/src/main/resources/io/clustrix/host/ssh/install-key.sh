# Puts a line into the account's authorized_keys, if it is not there. $1: the line. Says added or present.
set -u
umask 077
case ${HOME-} in
    /*) ;;
    *) echo 'HOME is not set' >&2; exit 70 ;;
esac
ssh=$HOME/.ssh
file=$ssh/authorized_keys
if [ ! -d "$ssh" ]; then
    mkdir "$ssh" || exit 71
fi
if [ -e "$file" ] && [ ! -f "$file" ]; then echo "$file is no file" >&2; exit 71; fi
if [ -f "$file" ]; then
    [ -r "$file" ] || { echo "$file can not be read" >&2; exit 71; }
    if grep -qxF -- "$1" "$file"; then
        echo present
        exit
    fi
    [ -w "$file" ] || { echo "$file can not be written" >&2; exit 71; }
    # The last line may have no end.
    if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then
        printf '\n' >>"$file" || exit 72
    fi
    printf '%s\n' "$1" >>"$file" || exit 72
else
    printf '%s\n' "$1" >"$file" || exit 72
fi
echo added
