# What runs on a host without a scheduler. POSIX sh, no more: dash, bash, busybox.
# Called as: sh -c 'eval "$0"' TEXT MODE ARGUMENTS, and with a job's own copy, run.sh, by what stays behind.
#
# ~/.clustrix-ssh/HOST/       HOST because homes are shared
#   slots/PID_START_BOOT      a running element, with how much it counts for
#   jobs/ID/                  one submission
#     name, count, launcher, lane.N
#     I.claim                 element I is taken by a lane; if it is not empty, by a cancel
#     I.cancel I.timeout      why it was told to end
#     I.run                   PID START BOOT TIME of its process, the leader of a session and a group
#     I.end                   STATE CODE TIME TIME; made in one step, as all that is read by others
# A process is PID, START and BOOT together, so that a number given out again is never taken for it.
mode=$1
shift
host=$(uname -n | tr -c 'A-Za-z0-9.\n-' '_')
state=${HOME:?HOME is not set}/.clustrix-ssh/$host
boot=
if [ -r /proc/sys/kernel/random/boot_id ]; then
  read -r boot </proc/sys/kernel/random/boot_id
else
  boot=$(sysctl -n kern.boottime 2>/dev/null | tr -c 'A-Za-z0-9\n' '-')
fi
boot=${boot:-unknown}

fail() {
  printf 'clustrix: %s\n' "$1" >&2
  exit 69
}

# A home that is not mounted just now says nothing of its jobs.
known() {
  [ -d "$state/jobs" ] || fail "$state/jobs is not there: is the home directory mounted?"
}

put() {
  file=$1
  shift
  printf '%s\n' "$*" >|"$file.tmp.$$" && mv -f "$file.tmp.$$" "$file"
}

nap() {
  sleep 0.2 2>/dev/null || sleep 1
}

# born PID: when it was started, also of one that has ended and was not waited for
born() {
  born=
  if [ -r /proc/self/stat ]; then
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    stat=${stat##*) }
    set -- $stat
    [ $# -gt 19 ] || return 1
    run=$1
    shift 19
    born=$1
  else
    run=R
    born=$(ps -o lstart= -p "$1" 2>/dev/null | tr -s ' :' '--')
  fi
  [ -n "$born" ]
}

alive() {
  [ "$3" = "$boot" ] && born "$1" && [ "$born" = "$2" ] && [ "$run" != Z ] && [ "$run" != X ]
}

# whether somebody is there to start the rest of the job
tended() {
  for file in "$job"/launcher "$job"/lane.*; do
    case $file in *.tmp.*) continue ;; esac
    if { read -r q s b <"$file"; } 2>/dev/null && alive "$q" "$s" "$b"; then
      return 0
    fi
  done
  return 1
}

# "kill -TERM -PID" and no "--": the one form that dash, bash and busybox all take
stop_group() {
  kill -TERM "-$1" 2>/dev/null || return 0
  until_then=$(($(date +%s) + 5))
  while kill -0 "-$1" 2>/dev/null && [ "$(date +%s)" -lt "$until_then" ]; do
    nap
  done
  kill -KILL "-$1" 2>/dev/null
  return 0
}

# The kernel frees a flock when its holder dies. Without flock the lock is a link that names its holder; taking it from a
# dead one is not safe against a third that does the same in the same moment, and then an element too many runs.
lock() {
  exec 9>>"$state/lock"
  locked=flock
  command -v flock >/dev/null 2>&1 && flock 9 && return 0
  locked=link
  born $$
  until ln -s "$$ $born $boot" "$state/lock.link" 2>/dev/null; do
    holder=$(readlink "$state/lock.link")
    if [ -z "$holder" ]; then
      nap
      continue
    fi
    set -- $holder
    if alive "$1" "${2:-0}" "${3:-}"; then
      nap
    else
      mv "$state/lock.link" "$state/lock.dead.$$" 2>/dev/null && rm -f "$state/lock.dead.$$"
    fi
    born $$
  done
}

unlock() {
  [ "$locked" = flock ] || rm -f "$state/lock.link"
  exec 9>&-
}

# begin I: starts an element if there is a slot for it; its process is $p
begin() {
  lock
  used=0
  for slot in "$state"/slots/*; do
    [ -e "$slot" ] || continue
    q=${slot##*/}
    b=${q#*_}
    s=${b%%_*}
    b=${b#*_}
    q=${q%%_*}
    if alive "$q" "$s" "$b" && read -r weight <"$slot"; then
      used=$((used + weight))
    else
      rm -f "$slot"
    fi
  done
  p=
  if [ "$used" -eq 0 ] || [ $((used + cores)) -le "$most" ]; then
    if [ "$elements" -gt 1 ]; then
      CLUSTRIX_SSH_JOB=$id CLUSTRIX_SSH_INDEX=$1 setsid sh "./$script" </dev/null >>"$logs.$1.out" 2>>"$logs.$1.err" 9>&- &
    else
      CLUSTRIX_SSH_JOB=$id setsid sh "./$script" </dev/null >>"$logs.out" 2>>"$logs.err" 9>&- &
    fi
    p=$!
    born "$p"
    birth=${born:-none}
    slot=$state/slots/${p}_${birth}_$boot
    printf '%s\n' "$cores" >|"$slot"
  fi
  unlock
  [ -n "$p" ]
}

element() {
  until begin "$1"; do
    if [ -e "$job/$1.cancel" ]; then
      put "$job/$1.end" CANCELLED - - "$(date +%s)"
      return
    fi
    nap
  done
  from=$(date +%s)
  put "$job/$1.run" "$p" "$birth" "$boot" "$from"
  if [ -e "$job/$1.cancel" ]; then
    stop_group "$p" &
  fi
  killer=
  if [ "$walltime" -gt 0 ]; then
    (
      trap 'kill "$z" 2>/dev/null; exit 0' TERM
      sleep "$walltime" &
      z=$!
      wait "$z"
      if alive "$p" "$birth" "$boot"; then
        true >|"$job/$1.timeout"
        stop_group "$p"
      fi
    ) &
    killer=$!
  fi
  wait "$p"
  code=$?
  if [ -n "$killer" ]; then
    kill -TERM "$killer" 2>/dev/null
  fi
  # what it has left running ends with it, as on any cluster
  stop_group "$p"
  end=FAILED
  if [ -e "$job/$1.timeout" ]; then
    end=TIMED_OUT
  elif [ -e "$job/$1.cancel" ]; then
    end=CANCELLED
  elif [ "$code" -eq 0 ]; then
    end=SUCCEEDED
  fi
  put "$job/$1.end" "$end" "$code" "$from" "$(date +%s)"
  rm -f "$slot"
}

processors() {
  nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

# say I STATE CODE FROM TO TEXT
say() {
  if [ "$count" -gt 1 ]; then
    printf 'clustrix|%s_%s|%s|%s|%s|%s|%s\n' "$id" "$@"
  else
    shift
    printf 'clustrix|%s|%s|%s|%s|%s|%s\n' "$id" "$@"
  fi
}

ended() {
  { read -r end code from to <"$job/$1.end"; } 2>/dev/null || return 1
  say "$1" "$end" "$code" "$from" "$to" ''
}

look() {
  ended "$1" && return
  if { read -r q s b from <"$job/$1.run"; } 2>/dev/null; then
    if alive "$q" "$s" "$b"; then
      say "$1" RUNNING - "$from" - ''
    elif ended "$1"; then
      :
    elif [ "$b" != "$boot" ]; then
      say "$1" NODE_FAILED - "$from" - 'the host was restarted while it ran'
    elif tended; then
      say "$1" RUNNING - "$from" - 'ending'
    else
      ended "$1" || say "$1" NODE_FAILED - "$from" - 'its process is gone and so is what watched over it: somebody killed them'
    fi
    return
  fi
  if { read -r end to <"$job/$1.claim"; } 2>/dev/null && [ "$end" = CANCELLED ]; then
    say "$1" CANCELLED - - "$to" 'before it started'
  elif [ "$tended" = yes ]; then
    say "$1" PENDING - - - 'waiting for a slot'
  elif [ "$tended" = restart ]; then
    say "$1" NODE_FAILED - - - 'the host was restarted before it was started'
  else
    # a lane may have started or ended it since the lanes were looked at
    if [ -e "$job/$1.run" ] || [ -e "$job/$1.end" ]; then
      say "$1" RUNNING - - - 'ending'
    else
      say "$1" NODE_FAILED - - - 'it was never started: what was to start it was killed'
    fi
  fi
}

cancel_one() {
  [ -e "$job/$1.end" ] && return
  set -C
  if { printf 'CANCELLED %s\n' "$now" >"$job/$1.claim"; } 2>/dev/null; then
    set +C
    return
  fi
  set +C
  [ -s "$job/$1.claim" ] && return
  true >|"$job/$1.cancel"
  if { read -r q s b from <"$job/$1.run"; } 2>/dev/null && alive "$q" "$s" "$b"; then
    kill -TERM "-$q" 2>/dev/null
    victims="$victims $q $s"
  fi
}

# opened ARGUMENT: sets id, job, count and, for an element, index
opened() {
  case $1 in *[!0-9_-]*) return 1 ;; esac
  id=${1%%_*}
  index=${1#"$id"}
  index=${index#_}
  job=$state/jobs/$id
  { read -r count <"$job/count"; } 2>/dev/null
}

case $mode in
submit)
  command -v setsid >/dev/null 2>&1 || fail "there is no program 'setsid' on $host; install util-linux or busybox"
  [ -r "./$1" ] || fail "there is no script '$1' in $(pwd)"
  mkdir -p "$state/jobs" "$state/slots" && chmod 700 "$HOME/.clustrix-ssh" || fail "$state can't be made"
  now=$(date +%s)
  n=0
  until mkdir -m 700 "$state/jobs/$now-$$-$n" 2>/dev/null; do
    n=$((n + 1))
    [ "$n" -lt 100 ] || fail "no directory can be made in $state/jobs"
  done
  id=$now-$$-$n
  job=$state/jobs/$id
  printf '%s\n' "$0" >"$job/run.sh" && put "$job/name" "$2" && put "$job/count" "$4" || fail "$job can't be written to"
  setsid sh "$job/run.sh" launch "$id" "$@" </dev/null >"$job/launcher.log" 2>&1 &
  p=$!
  born "$p"
  put "$job/launcher" "$p" "${born:-none}" "$boot" || fail "$job can't be written to"
  printf 'clustrix|submitted|%s\n' "$id"
  ;;
launch | lane)
  id=$1 script=$2 logs=$4 elements=$5 concurrent=$6 walltime=$7 cores=$8 most=$9
  shift 9
  keep=$1 lane=${2:-}
  job=$state/jobs/$id
  if [ "$mode" = launch ]; then
    [ "$most" -gt 0 ] || most=$(processors)
    lanes=$elements
    [ "$concurrent" -eq 0 ] || [ "$concurrent" -ge "$lanes" ] || lanes=$concurrent
    [ "$most" -ge "$lanes" ] || lanes=$most
    while [ "$lanes" -gt 0 ]; do
      sh "$job/run.sh" lane "$id" "$script" - "$logs" "$elements" "$concurrent" "$walltime" "$cores" "$most" "$keep" "$lanes" &
      lanes=$((lanes - 1))
    done
    find "$state/jobs" -mindepth 1 -maxdepth 1 -type d -mtime "+$keep" -exec sh "$job/run.sh" expire {} \;
    wait
  else
    set -C
    born $$
    put "$job/lane.$lane" "$$" "$born" "$boot"
    i=0
    while [ "$i" -lt "$elements" ]; do
      if { true >"$job/$i.claim"; } 2>/dev/null; then
        element "$i"
      fi
      i=$((i + 1))
    done
  fi
  ;;
expire)
  job=$1
  tended && exit 0
  for file in "$job"/*.run; do
    if { read -r q s b from <"$file"; } 2>/dev/null && alive "$q" "$s" "$b"; then
      exit 0
    fi
  done
  rm -rf "$job"
  ;;
kill)
  sleep 5
  while [ $# -gt 1 ]; do
    if alive "$1" "$2" "$boot"; then
      kill -KILL "-$1" 2>/dev/null
    fi
    shift 2
  done
  ;;
status)
  known
  printf 'clustrix|status|%s\n' "$boot"
  for argument; do
    opened "$argument" || continue
    tended=no
    if tended; then
      tended=yes
    elif { read -r q s b <"$job/launcher"; } 2>/dev/null && [ "$b" != "$boot" ]; then
      tended=restart
    fi
    i=0
    while [ "$i" -lt "$count" ]; do
      look "$i"
      i=$((i + 1))
    done
  done
  ;;
cancel)
  known
  now=$(date +%s)
  victims=
  for argument; do
    opened "$argument" || continue
    if [ -n "$index" ]; then
      [ "$index" -lt "$count" ] && cancel_one "$index"
      continue
    fi
    i=0
    while [ "$i" -lt "$count" ]; do
      cancel_one "$i"
      i=$((i + 1))
    done
  done
  if [ -n "$victims" ]; then
    setsid sh -c 'eval "$0"' "$0" kill $victims </dev/null >/dev/null 2>&1 &
  fi
  printf 'clustrix|cancelled\n'
  ;;
find)
  [ -d "$HOME" ] || fail "the home directory $HOME is not there"
  printf 'clustrix|find\n'
  for file in "$state"/jobs/*/name; do
    if { read -r name <"$file"; } 2>/dev/null && [ "$name" = "$1" ]; then
      file=${file%/name}
      printf 'clustrix|job|%s\n' "${file##*/}"
    fi
  done
  ;;
info)
  printf 'clustrix|info|%s|%s\n' "$(uname -sr)" "$(processors)"
  ;;
esac
