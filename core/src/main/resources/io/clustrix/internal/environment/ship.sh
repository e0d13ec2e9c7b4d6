#!/bin/sh
# Takes a Java into the work directory, once whoever asks: standard input is a tar, packed by gzip. Arguments: the work
# directory, a directory of this attempt alone, the name under which the Java is to be kept.
set -u
umask 077
work=$1 dir=$2 name=$3
place=$work/env/$name
lock=$work/env/lock-$name
mkdir -p "$work/env" && mkdir "$dir" || exit 71
mine=no
beats=
leave() {
    cd /
    [ -z "$beats" ] || kill "$beats" 2>/dev/null
    # Not that of an heir, who took this process for dead.
    [ "$mine" = yes ] && grep -qsF " $dir " "$lock/beat" && rm -rf "$lock"
    rm -rf "$dir"
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

# Who has the lock changes what is in it all the time. If nothing changes for so many seconds, its holder is dead, and the
# first who makes the next heir's directory has it. However many see the same, one has it.
patience=15
still=0
last=
while [ ! -x "$place/bin/java" ]; do
    if mkdir "$lock" 2>/dev/null; then
        mine=yes
        break
    fi
    [ -d "$lock" ] || [ -w "$work/env" ] || exit 71
    heirs=$(ls "$lock" 2>/dev/null | grep -c '^heir')
    now=$heirs:$(cat "$lock/beat" 2>/dev/null)
    if [ "$now" = "$last" ]; then
        still=$((still + 1))
    else
        still=0
        last=$now
    fi
    if [ "$still" -ge "$patience" ]; then
        still=0
        if mkdir "$lock/heir$((heirs + 1))" 2>/dev/null; then
            mine=yes
            break
        fi
    fi
    sleep 1
done

if [ "$mine" = yes ]; then
    echo "$name $dir start" > "$lock/beat"
fi
if [ "$mine" = yes ] && [ ! -x "$place/bin/java" ]; then
    (
        n=0
        while kill -0 $$ && echo "$name $dir $n" > "$lock/beat"; do
            n=$((n + 1))
            sleep 2
        done
    ) >/dev/null 2>&1 </dev/null &
    beats=$!
    # What attempts have left behind whose host or driver died.
    find "$work/env" -maxdepth 1 -name 'tmp.*' -mtime +0 -exec rm -rf {} + 2>/dev/null </dev/null
    mkdir "$dir/java" && cd "$dir/java" || exit 71
    gzip -dc | tar -xf - || exit 72
    [ -f all ] && rm -f all || exit 72
    # Each start reads it in place of the classes; where it can't be made, starts are slower.
    bin/java -Xshare:dump -Xmx256m >/dev/null 2>&1 </dev/null
    if ! bin/java -Xmx32m -XX:+UseSerialGC -version >"$dir/answer" 2>&1 </dev/null; then
        cat "$dir/answer" >&2
        exit 73
    fi
    cd "$dir" || exit 71
    [ -e "$place" ] && mv "$place" "$dir/broken"
    mv "$dir/java" "$place" || exit 72
    echo "$dir" >> "$work/env/made-$name"
    echo made
fi
: > "$place/used"
answer=$("$place/bin/java" -Xmx32m -XX:+UseSerialGC -XshowSettings:properties -version 2>&1 </dev/null)
printf '%s\n' "$answer" | sed -n 's/^ *\(java\.[a-z.]*\) = /\1=/p'
echo end
