#!/bin/sh
# Looks for Javas on this host, starts those that may fit, and tells of each; one line each, with tabs in it. Standard
# input: lines of shell that are run first, as those of a job. Arguments:
#   1 the work directory  2 a directory of this attempt alone  3 the key under which the answer is kept, or -
#   4 5 the lowest and highest version for the user's code  6 7 the same of its supervisor; 0 0: there is none
#   8 patterns of further places, with blanks between; plain: none, shipped: only the one that was shipped
#   9 10 the paths that were asked for, or -  11 the name of the Java that was shipped, or -
#   the others: the words before the Java of the user's code
set -u
umask 077
assign() {
    work=$1 dir=$2 key=$3 low=$4 high=$5 low2=$6 high2=$7 where=$8 wanted=$9
    shift 9
    wanted2=$1 shipped=$2
}
assign "$@"
mkdir -p "$work/env" && mkdir "$dir" || exit 71
trap 'cd / && rm -rf "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
cat > "$dir/setup" || exit 71
: > "$dir/note" || exit 71

# In a function, because its lines may set the arguments; they may also use the names of variables that are used here.
prepare() {
    . "$1" >&2
}
if [ -s "$dir/setup" ]; then
    set +u
    prepare "$dir/setup"
    code=$?
    set -u
    if [ "$code" -eq 77 ]; then
        printf 'unfit\nend\n'
        exit 0
    fi
fi
assign "$@"
shift 11

say() {
    printf '%s\n' "$1" >> "$dir/note"
}

property() {
    printf '%s\n' "$answer" | sed -n "s/^ *$1 = //p" | tr -d '\t' | head -n 1
}

# Starts a Java and tells of it. $1: what it is called, $2: what it is, the others: the words that start it.
begin() {
    name=$1 kind=$2
    shift 2
    # No more than a login node lets anybody have.
    answer=$("$@" -Xmx32m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XshowSettings:properties -version 2>&1 </dev/null |
        head -c 65536)
    version=$(property 'java\.specification\.version')
    version=${version#1.}
    case $version in
        '' | *[!0-9]*)
            say "failed	$kind	$name	$(printf '%s\n' "$answer" | tail -n 3 | cut -c 1-300 | tr '\t\n' '  ')"
            version=0
            return 1
            ;;
    esac
    full=$(property 'java\.runtime\.version')
    say "java	$kind	$name	$version	${full:-$(property 'java\.version')}	$(property 'java\.vendor')	$(property 'java\.home')"
}

fits() {
    [ "$1" -ge "$low" ] && [ "$1" -le "$high" ] && [ $# -lt 3 ] && work_found=yes
    [ "$1" -ge "$low2" ] && [ "$1" -le "$high2" ] && control_found=yes
    return 0
}

seen=:
# Looks at one place. $1: a Java, $2: where it comes from
look() {
    [ "$work_found$control_found" = yesyes ] && return
    if [ ! -f "$1" ] || [ ! -x "$1" ]; then
        say "absent	$2	$1"
        return
    fi
    home=$(cd -P "${1%/*}/.." 2>/dev/null && pwd) || home=$1
    case $(ls -ld "$1") in
        *' -> '*)
            target=$(readlink -f "$1" 2>/dev/null) && [ -n "$target" ] &&
                home=$(cd -P "${target%/*}/.." 2>/dev/null && pwd)
            ;;
    esac
    case $seen in *":$home:"*) return ;; esac
    seen=$seen$home:
    told=$(sed -n 's/^JAVA_VERSION="\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' "$home/release" 2>/dev/null)
    if [ -n "$told" ] && { [ "$told" -lt "$low" ] || [ "$told" -gt "$high" ]; } &&
        { [ "$told" -lt "$low2" ] || [ "$told" -gt "$high2" ]; }; then
        say "other	$2	$1	$told"
        return
    fi
    begin "$1" "$2" "$1" || return
    say "stamp	$1	$(LC_ALL=C ls -lLn "$1" | { read -r m l u g s a b c d && echo "$m $u $g $s $a $b $c"; })"
    if [ $# -gt 2 ] || [ "$prefixed" = yes ]; then fits "$version" - -; else fits "$version"; fi
}

prefixed=no work_found=no control_found=no
[ "$high2" -gt 0 ] || control_found=yes
[ $# -eq 0 ] || prefixed=yes

say "platform	$(uname -s) $(uname -m)"
if [ "$prefixed" = yes ]; then
    java=java
    [ "$wanted" = - ] || java=$wanted
    if begin "$* $java" prefix "$@" "$java" && [ "$version" -ge "$low" ] && [ "$version" -le "$high" ]; then
        work_found=yes
    fi
    wanted=-
fi
# Where a path was asked for, no other one will do.
least=$low2
[ "$wanted2" = - ] || low2=1000
if [ "$wanted" != - ]; then
    look "$wanted" asked
    low=1000
fi
if [ "$wanted2" != - ] && [ "$wanted2" = "$wanted" ] && [ "$work_found" = yes ]; then
    control_found=yes
elif [ "$wanted2" != - ]; then
    low2=$least
    look "$wanted2" control -
    low2=1000
fi
if [ "$where" != shipped ]; then
    if [ -n "${JAVA_HOME:-}" ]; then
        look "$JAVA_HOME/bin/java" JAVA_HOME
    else
        say 'unset	JAVA_HOME'
    fi
    java=$(command -v java 2>/dev/null)
    case $java in
        /*) look "$java" PATH ;;
        *) say 'unset	PATH' ;;
    esac
fi
case $where in
    *[/~]*)
        for pattern in $where; do
            case $pattern in
                "~/"*) pattern=${HOME:-}/${pattern#??} ;;
            esac
            for java in $pattern/bin/java; do
                [ -x "$java" ] && look "$java" folder
            done
        done
        ;;
esac
if [ "$shipped" != - ] && [ -x "$work/env/$shipped/bin/java" ]; then
    look "$work/env/$shipped/bin/java" shipped
fi
say end
cat "$dir/note"
# Only what was good is kept: what is mended must be seen at once.
if [ "$key" != - ] && [ "$work_found$control_found" = yesyes ]; then
    mv -f "$dir/note" "$work/env/note-$key" 2>/dev/null
fi
exit 0
