# The record of one file. $1: whether links are followed.
case $1 in
    yes) [ -e "$p" ] || why "$p" ;;
    *) [ -e "$p" ] || [ -h "$p" ] || why "$p" ;;
esac
kind
case $1,$kind in
    yes,g) find -H "$p" -maxdepth 0 -printf "$records" || exit 72 ;;
    no,g) find "$p" -maxdepth 0 -printf "$records" || exit 72 ;;
    yes,x)
        i=$(stat -L -c '%f/%s/%Y/%U/%G/%u/%g' -- "$p") || exit 72
        printf 'x/%s\000%s\000\000' "$i" "$p"
        ;;
    yes,o)
        i=$(stat -L -f '%p/%z/%m/%Su/%Sg/%u/%g' -- "$p") || exit 72
        printf 'o/%s\000%s\000\000' "$i" "$p"
        ;;
    *) sh -c "$each" sh "$kind" "$p" || exit 72 ;;
esac
