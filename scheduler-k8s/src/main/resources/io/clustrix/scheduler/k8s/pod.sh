#!/bin/sh
# The first process of a pod's container. It waits until its input has been fed, runs the job's script, keeps what that has left
# until the driver has it, and ends with the script's exit code.
# Arguments: the work directory, the job's directory below its jobs/, the script's name in that, the beginning of the logs' names,
# "array" or "single", and numbers of seconds: the wall time or 0, how long to wait for input, how long to keep results, how
# long a script that is told to end may take. The last argument is the text of door.sh. With 0 s for the input nothing of all this
# happens: the input is there, on a volume of many pods, and so are the results.
#
# What it shares with the door (door.sh) lies in WORK/.pod:
#   door      the text of door.sh
#   ready     both may begin
#   orders    a fifo for this process: "go", "dismiss", "bye"
#   feeding   touched while input arrives
#   go        the order was given
#   over      the exit code and a word why, once the script has ended
#   door.PID  a fifo of each door, which is told "over"
set -u
umask 077
work=$1
job=$2
script=$3
logs=$4
kind=$5
walltime=$6
patience=$7
keep=$8
grace=$9
dir=$work/.pod
door=${10}
told=${CLUSTRIX_TERMINATION_LOG:-/dev/termination-log}
unset CLUSTRIX_TERMINATION_LOG
no_input=76
no_place=77
abandoned=95 # a worker whose lease was not renewed: its driver is gone

fail() {
    printf '%s\n' "$2" >&2
    { printf '%s' "$2" > "$told"; } 2> /dev/null
    exit "$1"
}

if [ "$patience" -eq 0 ]; then
    dir=
    cd "$work/jobs/$job" || fail "$no_place" "clustrix: $work/jobs/$job is not there in the pod"
else
    mkdir -p "$dir" "$work/store" "$work/env" "$work/leases" "$work/jobs/$job" &&
        cd "$work/jobs/$job" &&
        mkdir -p claims attempts results exits logs &&
        mkfifo "$dir/orders" ||
        fail "$no_place" "clustrix: the work directory $work can't be written to in the pod, or there is no mkfifo"
    # Open for both, a fifo neither blocks who opens it nor ends.
    exec 3<> "$dir/orders"
fi

# Runs a command after some seconds, in a process of its own that a TERM ends with its sleep.
after() {
    (
        nap=
        trap '[ -n "$nap" ] && kill "$nap" 2> /dev/null; exit 0' TERM
        seconds=$1
        shift
        sleep "$seconds" &
        nap=$!
        wait "$nap" && "$@"
    ) < /dev/null 3>&- &
    timer=$!
}

child=
reader=
stopped=
# What a TERM changes happens in the trap itself: one that comes just before a wait does not end that wait.
trap '[ -z "$child" ] || kill "$child" 2> /dev/null
    if [ -n "$reader" ] && [ -z "$stopped" ]; then
        kill "$timer" 2> /dev/null
        after "$last" kill "$reader"
    fi
    stopped=yes' TERM INT

# Waits for an order of the door. Arguments: the seconds for it, and how many are left after a TERM from outside. The code is
# 10 for go, 11 for dismiss, 12 for bye.
order() {
    last=$2
    timer=
    (
        trap - TERM INT
        while read -r word; do
            case $word in
                go) exit 10 ;;
                dismiss) exit 11 ;;
                bye) exit 12 ;;
            esac
        done
    ) <&3 &
    reader=$!
    if [ -n "$stopped" ]; then after "$2" kill "$reader"; else after "$1" kill "$reader"; fi
    while :; do
        wait "$reader"
        code=$?
        kill -0 "$reader" 2> /dev/null || break
    done
    reader=
    kill "$timer" 2> /dev/null
    return "$code"
}

[ -z "$dir" ] ||
    { printf '%s\n' "$door" > "$dir/door" && echo > "$dir/ready"; } ||
    fail "$no_place" "clustrix: there is no room in the work directory $work of the pod"

rounds=0
while [ -n "$dir" ]; do
    rm -f "$dir/feeding"
    order "$patience" 0
    code=$?
    case $code in
        10) break ;;
        11) exit 0 ;;
    esac
    [ -z "$stopped" ] || exit 143
    # A large input on a slow line is not nobody.
    rounds=$((rounds + 1))
    if [ ! -e "$dir/feeding" ] || [ "$rounds" -ge 10 ]; then
        fail "$no_input" "clustrix: no driver has fed this pod within $patience s"
    fi
done

[ "$kind" = array ] && logs=$logs.${JOB_COMPLETION_INDEX:-0}
leader=
command -v setsid > /dev/null 2>&1 && leader=setsid
# A group of its own, so that all of it can be killed.
$leader sh "$script" < /dev/null >> "$logs.out" 2>> "$logs.err" 3>&- &
child=$!
[ -z "$stopped" ] || kill "$child" 2> /dev/null

end_all() {
    if [ -n "$leader" ]; then
        kill -s KILL -- "-$child" 2> /dev/null
    elif [ "$$" -eq 1 ]; then
        kill -s KILL -- -1 2> /dev/null # all of the container but the first process
    else
        kill -s KILL "$child" 2> /dev/null
    fi
}
too_long() {
    [ -z "$dir" ] || echo > "$dir/walltime"
    { printf walltime > "$told"; } 2> /dev/null
    kill "$child" 2> /dev/null
    sleep "$grace"
    end_all
}

timer=
[ "$walltime" -gt 0 ] && after "$walltime" too_long
limits=$timer
seen=
while :; do
    wait "$child"
    code=$?
    kill -0 "$child" 2> /dev/null || break
    if [ -n "$stopped" ] && [ -z "$seen" ]; then
        seen=yes
        after "$grace" end_all
        limits="$limits $timer"
    fi
done
child=
[ -z "$limits" ] || kill $limits 2> /dev/null

[ -n "$dir" ] || exit "$code"
why=ended
[ -z "$stopped" ] || why=stopped
[ ! -e "$dir/walltime" ] || why=walltime
printf '%s %s\n' "$code" "$why" > "$dir/over.new" && mv -f "$dir/over.new" "$dir/over"
# In the background: who does not read could hold it up.
for fifo in "$dir"/door.*; do
    [ -p "$fifo" ] && echo over 1<> "$fifo" &
done

end=$code
short=5
[ "$keep" -ge "$short" ] || short=$keep
[ "$code" -ne "$abandoned" ] || keep=$short
order "$keep" "$short"
exit "$end"
