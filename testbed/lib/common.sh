# shellcheck shell=bash disable=SC2034 # the other files use what is set here
# Settings, processes, files. Sourced by the commands beside this directory; nothing here starts anything.
set -euo pipefail
umask 022
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# A Slurm or Grid Engine of the caller's is not the one meant here.
unset SLURM_CONF SGE_ROOT SGE_CELL SGE_QMASTER_PORT SGE_EXECD_PORT

# ---- settings: each from the environment, or its default -----------------------------------------------------------

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BED=${CLUSTRIX_TEST_BED:-/var/tmp/clustrix-testbed}
BED_USER=${CLUSTRIX_TEST_USER:-hpc}
PORTS=${CLUSTRIX_TEST_PORTS:-27600}
NODES=${CLUSTRIX_TEST_NODES:-4}
CPUS=${CLUSTRIX_TEST_CPUS:-8}
MEMORY_MB=${CLUSTRIX_TEST_MEMORY_MB:-4000}
MAX_ARRAY_SIZE=${CLUSTRIX_TEST_MAX_ARRAY_SIZE:-1001}
MIN_JOB_AGE=${CLUSTRIX_TEST_MIN_JOB_AGE:-300}
MEMORY_LIMIT=${CLUSTRIX_TEST_MEMORY_LIMIT:-auto}

MARIADB_PORT=$((PORTS + 6))
SLURMCTLD_PORT=$((PORTS + 17))
SLURMDBD_PORT=$((PORTS + 19))
SSH_PORT=$((PORTS + 22))
SSH_PASSWORD_PORT=$((PORTS + 23))
SSH_TARGET_PORT=$((PORTS + 24))
SLURMD_PORT=$((PORTS + 31)) # of n1; the next nodes have the next ones

HOMES=$BED/home
LOGS=$BED/log
PIDS=$BED/pid
PROPERTIES=$CHECKOUT/testbed/run/testbed.properties

# ---- words to the caller -------------------------------------------------------------------------------------------

say() { printf 'testbed: %s\n' "$*"; }
warn() { printf 'testbed: %s\n' "$*" >&2; }
die() {
    warn "$*"
    exit 1
}

need_root() {
    [[ $EUID -eq 0 ]] || die "this needs root: sudo $0 $*"
    [[ $BED =~ ^/[A-Za-z0-9._/-]+$ ]] || die "CLUSTRIX_TEST_BED must be an absolute path of letters, digits and ._/-, not '$BED'"
    [[ $BED_USER =~ ^[a-z][a-z0-9-]*$ ]] || die "CLUSTRIX_TEST_USER is no user name: '$BED_USER'"
    local name
    for name in PORTS NODES CPUS MEMORY_MB MAX_ARRAY_SIZE MIN_JOB_AGE; do
        [[ ${!name} =~ ^[0-9]{1,6}$ ]] || die "CLUSTRIX_TEST_$name must be a number, not '${!name}'"
    done
}

# One command at a time. The daemons do not inherit the descriptor: see detached.
take_lock() {
    mkdir -p "$BED" "$LOGS" "$PIDS"
    exec 9> "$BED/lock"
    flock -w 60 9 || die "another testbed command has held $BED/lock for 60 s"
}

# ---- processes -----------------------------------------------------------------------------------------------------

# running PID NAME: is that process there, and is it still the program we started? A zombie does not count.
running() {
    local status
    status=$(cat "/proc/$1/status" 2> /dev/null) || return 1
    [[ $status == Name:$'\t'"${2:0:15}"$'\n'* && $status != *$'\n'State:$'\t'Z* ]]
}

# alive PIDFILE NAME
alive() {
    local pid
    [[ -s $1 ]] && read -r pid < "$1" && [[ $pid =~ ^[0-9]+$ ]] && running "$pid" "$2"
}

# wait_for SECONDS WHAT COMMAND...: false with a message once the time is over
wait_for() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" > /dev/null 2>&1; do
        if ((SECONDS >= end)); then
            warn "timed out: $what"
            return 1
        fi
        sleep 0.05
    done
}

# detached LOG COMMAND...: a session of its own, and none of our descriptors. A daemon that kept our stdout would
# hang whoever reads us through a pipe; one that kept the lock would hold it for ever.
detached() {
    local log=$1
    shift
    (
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            if ((fd > 2)); then eval "exec $fd>&-"; fi
        done
        exec setsid "$@" < /dev/null >> "$log" 2>&1
    )
}

gone() { ! running "$1" "$2"; }

# stop NAME PIDFILE...: TERM to all, then wait for each; KILL for one that takes longer than 15 s
stop() {
    local name=$1 file pid
    local -a pids=()
    shift
    for file in "$@"; do
        if alive "$file" "$name"; then
            read -r pid < "$file"
            pids+=("$pid")
            # a frozen process gets its TERM once it is thawed
            kill -TERM "$pid" 2> /dev/null || true
            kill -CONT "$pid" 2> /dev/null || true
        fi
    done
    for pid in "${pids[@]}"; do
        if ! wait_for 15 "end of $name, process $pid" gone "$pid" "$name"; then
            kill -KILL "$pid" 2> /dev/null || true
            wait_for 5 "end of $name, process $pid, after SIGKILL" gone "$pid" "$name" || true
        fi
    done
    rm -f "$@"
}

# ---- files ---------------------------------------------------------------------------------------------------------

# directory OWNER MODE PATH...
directory() {
    local owner=$1 mode=$2
    shift 2
    install -d -o "$owner" -g "$(id -gn "$owner")" -m "$mode" "$@"
}

# put FILE MODE < text: replaces the file in one step; false if it had this text already
put() {
    local new
    new=$(mktemp "$1.XXXXXX")
    cat > "$new"
    chmod "$2" "$new"
    if cmp -s "$new" "$1"; then
        rm -f "$new"
        return 1
    fi
    mv -f "$new" "$1"
}

random_word() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }

# ---- users ---------------------------------------------------------------------------------------------------------

USER_CSH=$BED_USER-csh
USER_FISH=$BED_USER-fish
USER_BANNER=$BED_USER-banner
USER_PASSWORD=$BED_USER-password
BED_USERS=("$BED_USER" "$USER_CSH" "$USER_FISH" "$USER_BANNER" "$USER_PASSWORD")
# By this we know our own users again.
USER_COMMENT="Clustrix test bed"

is_ours() { [[ $(getent passwd "$1" | cut -d: -f5) == "$USER_COMMENT" ]]; }

# user_up NAME SHELL
user_up() {
    local name=$1 shell=$2 home=$HOMES/$1 entry
    if ! entry=$(getent passwd "$name"); then
        useradd --no-create-home --home-dir "$home" --shell "$shell" --comment "$USER_COMMENT" --user-group "$name"
    else
        is_ours "$name" || die "a user $name is there already, and is not the test bed's: choose another name with CLUSTRIX_TEST_USER"
        [[ $entry == *:$home:$shell ]] || usermod --home "$home" --shell "$shell" "$name"
    fi
    # useradd leaves the account locked, and sshd without PAM lets no locked account in
    if [[ $(getent shadow "$name" | cut -d: -f2) == '!'* ]]; then usermod -p '*' "$name"; fi
    directory root 755 "$HOMES"
    directory "$name" 755 "$home"
}

# What the test users left running: sessions, jobs' orphans. The users are ours, so their processes are.
end_processes_of_users() {
    local name dir
    for dir in /proc/[0-9]*; do
        name=$(stat -c %U "$dir" 2> /dev/null) || continue
        if [[ " ${BED_USERS[*]} " == *" $name "* ]] && is_ours "$name"; then kill -KILL "${dir##*/}" 2> /dev/null || true; fi
    done
}
