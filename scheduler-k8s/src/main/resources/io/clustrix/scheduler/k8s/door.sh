#!/bin/sh
# The pod's end of the stream to its driver, started by exec from the file that the pod's first process has written. Arguments: the work directory, the job's directory below its
# jobs/, the seconds between two beats, and "quick", or "calm" if there are many pods: then what is printed arrives later.
#
# First it prints "clustrix-door 1 STATE", which is new, fed or over. Then it takes lines and answers each with "ok", or "no" and
# a reason, before it reads on; so a program that reads too far finds nothing there:
#   tar N         N bytes follow, an archive to be unpacked in the work directory (only when new)
#   lease RUN     a driver lives
#   list          answered with a line "has PATH" for each file, before the ok
#   have PATH N   so many bytes of a file need not be sent
#   go, dismiss   run the script (only when new), or end without (the door ends as well)
#   watch         from here on the door sends frames, and takes only beat, lease and bye, without an answer
# Frames:
#   data PATH OFFSET N           and N bytes: what a growing file has from there on
#   dir PATH                     a claim
#   file PATH N SHA256           and N bytes: a file that is whole
#   beat                         to be answered with beat or lease
#   end CODE WHY                 the script has ended, and all has been sent
#   bye                          the answer to bye; the pod ends
# Paths are relative to the job's directory.
set -u
umask 077
LC_ALL=C
export LC_ALL
work=$1
job=$2
between=$((10 * $3)) # tenths of a second, as all times here
pace=${4:-quick}
dir=$work/.pod
fifo=$dir/door.$$
most=1048576
deaf=600
longest=16 # rounds that a result waits for output

cd "$work/jobs/$job" || exit 71
rm -f "$fifo"
mkfifo "$fifo" || exit 71
exec 4<> "$fifo"
exec 5<&0
reader=
ticker=
beats=
trap 'rm -f "$fifo"; kill $reader $ticker $beats 2> /dev/null' EXIT
trap 'exit 1' HUP INT TERM

# A connection that was cut leaves its door behind. It is known by the fifo that it has open: the number alone may be another's.
for other in "$dir"/door.*; do
    pid=${other##*.}
    [ "$pid" != "$$" ] || continue
    if [ "/proc/$pid/fd/4" -ef "$other" ]; then
        kill -s KILL -- "-$pid" 2> /dev/null
        kill -s KILL "$pid" 2> /dev/null
    fi
    rm -f "$other"
done

state=new
[ -e "$dir/go" ] && state=fed
[ -e "$dir/over" ] && state=over
printf 'clustrix-door 1 %s\n' "$state" || exit 1

# ---------------------------------------------------------------- what has been sent of which file: " PATH=N PATH=N "
sent=' '
sent_of() {
    case $sent in
        *" $1="*)
            offset=${sent#*" $1="}
            offset=${offset%% *}
            ;;
        *) offset=0 ;;
    esac
}
set_sent() {
    case $sent in
        *" $1="*)
            rest=${sent#*" $1="}
            sent="${sent%%" $1="*} $1=$2 ${rest#* }"
            ;;
        *) sent="$sent$1=$2 " ;;
    esac
}
# Names that could tear a line are none of ours.
named() {
    case ${1##*/} in
        '' | .* | *[!A-Za-z0-9._-]*) return 1 ;;
    esac
}

leases=0
lease() {
    case $1 in
        '' | *[!A-Za-z0-9_-]*) return 0 ;;
    esac
    leases=$((leases + 1))
    echo "$$ $leases" > "$work/leases/$1"
}

unpack() {
    # Tar may end before its input does.
    head -c "$1" <&5 | (
        cd "$work" && tar -xof - >&2
        code=$?
        echo > "$dir/feeding"
        cat > /dev/null
        exit "$code"
    )
}

# ---------------------------------------------------------------- questions and answers
watching=
while [ -z "$watching" ] && read -r word a b; do
    answer=ok
    case $word in
        tar)
            if [ "$state" = new ]; then
                echo > "$dir/feeding"
                unpack "$a" || answer="no the archive can't be unpacked in the pod"
            else
                head -c "$a" <&5 > /dev/null
                answer="no the pod has been fed"
            fi
            ;;
        lease) lease "$a" ;;
        list)
            for file in logs/*.out logs/*.err attempts/*.part results/* exits/*; do
                [ -f "$file" ] && named "$file" && printf 'has %s\n' "$file"
            done
            ;;
        have) named "$a" && set_sent "$a" "$b" ;;
        go)
            if [ "$state" = new ]; then
                echo > "$dir/go" && echo go 1<> "$dir/orders"
                state=fed
            else
                answer="no the script was started before"
            fi
            ;;
        dismiss)
            if [ "$state" = new ]; then
                echo ok
                echo dismiss 1<> "$dir/orders"
                exit 0
            fi
            answer="no the script was started before"
            ;;
        watch) watching=yes ;;
        beat) ;;
        *) answer="no such word: $word" ;;
    esac
    printf '%s\n' "$answer" || exit 1
done
[ -n "$watching" ] || exit 1 # the connection was cut

# ---------------------------------------------------------------- frames
# Sends what a file has got, at most $2 bytes. It is opened once: workers delete files of attempts, and what was announced must
# come. Who cuts off a file while it is read gets zeros.
grown() {
    sent_of "$1"
    {
        size=$(wc -c < /proc/self/fd/7)
        size=$((size))
        length=$((size - offset))
        [ "$length" -le "$2" ] || { length=$2; more=yes; }
        if [ "$length" -gt 0 ]; then
            printf 'data %s %s %s\n' "$1" "$offset" "$length" || exit 1
            { tail -c "+$((offset + 1))" /proc/self/fd/7; cat /dev/zero; } 2> /dev/null | head -c "$length"
            set_sent "$1" "$((offset + length))"
        fi
    } 7< "$1"
}
whole() {
    case $sent in *" $1="*) return 0 ;; esac
    {
        size=$(wc -c < /proc/self/fd/7)
        size=$((size))
        # The driver takes a long silence for the end of the connection, and a sum of gigabytes takes long.
        if [ "$size" -ge 268435456 ]; then
            (
                trap - EXIT HUP INT TERM
                while sleep 5 > /dev/null; do printf 'beat\n'; done
            ) < /dev/null &
            beats=$!
        fi
        sum=$(sha256sum < /proc/self/fd/7)
        if [ -n "$beats" ]; then
            kill "$beats" 2> /dev/null
            wait "$beats" 2> /dev/null
            beats=
        fi
        printf 'file %s %s %s\n' "$1" "$size" "${sum%% *}" || exit 1
        [ "$size" -eq 0 ] || { cat /proc/self/fd/7 /dev/zero 2> /dev/null; } | head -c "$size"
        set_sent "$1" done
    } 7< "$1"
}

# Two stamps in turn tell which files may have changed since the last but one look, without asking each for its size: who is not
# older than a stamp may have been written to after it.
stamp=a
rounds=0
kept=0
round() {
    old=$dir/stamp.$$.$stamp
    if [ "$stamp" = a ]; then stamp=b; else stamp=a; fi
    { echo > "$dir/stamp.$$.$stamp"; } 2> /dev/null
    all=${1-}
    # Now and then in any case: clocks are set, and disks are full.
    rounds=$((rounds + 1))
    [ "$((rounds % 30))" -ne 1 ] || all=yes
    [ -z "$more" ] || all=yes
    more=
    # What was printed before a result is to be there before it: a result that comes while logs are looked at is left for the
    # next round.
    ready=
    for file in results/*; do
        case $sent in *" $file="*) continue ;; esac
        [ -f "$file" ] && named "$file" && ready="$ready $file"
    done
    for file in claims/*; do
        case $sent in *" $file="*) continue ;; esac
        if [ -d "$file" ] && named "$file"; then
            printf 'dir %s\n' "$file" || exit 1
            set_sent "$file" 1
        fi
    done
    for file in logs/*.out logs/*.err attempts/*.part; do
        [ -f "$file" ] || continue
        if [ -n "$all" ] || [ ! -e "$old" ] || ! [ "$file" -ot "$old" ]; then
            named "$file" || continue
            element=${file#attempts/}
            [ -e "results/${element%%.*}" ] && [ "$element" != "$file" ] && continue
            grown "$file" "$most"
        fi
    done
    [ -n "$ready" ] || return 0
    # Nor may somebody who prints without end keep it back.
    kept=$((kept + 1))
    if [ -z "$more" ] || [ "$kept" -gt "$longest" ]; then
        kept=0
        for file in $ready; do whole "$file"; done
    fi
}

over() {
    read -r code why < "$dir/over"
    most=268435456
    more=yes
    while [ -n "$more" ]; do round all; done
    for file in exits/*; do
        [ -f "$file" ] && named "$file" && whole "$file"
    done
    printf 'end %s %s\n' "$code" "$why" || exit 1
}

# Everything that happens comes through the one fifo.
(
    trap - EXIT HUP INT TERM
    while read -r line; do printf '%s\n' "$line"; done
    echo gone
) <&5 >&4 &
reader=$!
(
    trap - EXIT HUP INT TERM
    exec 5<&-
    n=0
    # At first output is wanted soon. Each tick starts a process, and a node may have a hundred pods.
    [ "$pace" = quick ] || n=120
    while [ -e "$fifo" ]; do
        n=$((n + 1))
        if [ "$n" -le 40 ] && sleep 0.5 2> /dev/null; then
            echo 'tick 5'
        elif [ "$n" -le 120 ]; then
            sleep 1
            echo 'tick 10'
        else
            sleep 2
            echo 'tick 20'
        fi
    done
) < /dev/null >&4 &
ticker=$!

more=
posted=
quiet=0
beaten=0
ended=
if [ -e "$dir/over" ]; then echo over >&4; else round all; fi
while read -r event value; do
    case $event in
        tick)
            quiet=$((quiet + value))
            beaten=$((beaten + value))
            [ "$quiet" -lt "$deaf" ] || exit 1
            if [ "$beaten" -ge "$between" ]; then
                beaten=0
                printf 'beat\n' || exit 1
            fi
            [ -n "$ended" ] || round
            ;;
        more)
            posted=
            [ -n "$ended" ] || round
            ;;
        over)
            [ -n "$ended" ] || over
            ended=yes
            ;;
        lease)
            quiet=0
            lease "$value"
            ;;
        beat) quiet=0 ;;
        bye)
            if [ -n "$ended" ]; then
                printf 'bye\n'
                echo bye 1<> "$dir/orders"
                exit 0
            fi
            ;;
        gone) exit 1 ;;
    esac
    # Behind what else has happened.
    if [ -n "$more" ] && [ -z "$ended$posted" ]; then
        posted=yes
        echo more >&4
    fi
done <&4
