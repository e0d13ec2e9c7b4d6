# Records of what is below a directory. $1: from which depth, $2: to which, or nothing, $3: what a name has to be like
# as a pattern of find's -name, as bytes for %b, or nothing; it lets more through than is wanted, or all of it.
cd -P "$p" 2>/dev/null || {
    [ -e "$p" ] || why "$p"
    [ -d "$p" ] || exit 84
    exit 83
}
[ -r . ] || exit 83
kind
name=$(printf '%b.' "$3")
name=${name%.}
if [ -n "$2" ]; then
    set -- . -mindepth "$1" -maxdepth "$2"
else
    set -- . -mindepth "$1"
fi
case $kind in
    g)
        set -- "$@" -ignore_readdir_race
        [ -z "$name" ] || set -- "$@" -name "$name"
        find "$@" -printf "$records" || exit 72
        ;;
    *)
        # Not by -exec with a plus: busybox makes lists that are too long, and leaves them out with a good exit code.
        exec 4>&1
        codes=$({
            { find "$@" -print0; echo "$?" >&3; } | xargs -0 -n 1000 sh -c "$each" sh "$kind" >&4 || echo 1 >&3
        } 3>&1)
        [ "$codes" = 0 ] || exit 72
        ;;
esac
