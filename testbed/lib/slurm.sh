# shellcheck shell=bash
# munged, slurmctld, one slurmd for each node, and for accounting slurmdbd on a MariaDB. All nodes are this machine.
SLURM=$BED/slurm
MUNGE=$BED/munge
MARIADB=$BED/mariadb
CLUSTER=clustrix
SLURM_CONFIGS=(slurm.conf cgroup.conf slurmdbd.conf)

slurm_installed() { [[ -x /usr/sbin/slurmctld && -x /usr/sbin/slurmd && -x /usr/sbin/munged ]]; }
accounting_installed() { [[ -x /usr/sbin/slurmdbd && -x /usr/sbin/mariadbd ]]; }

slurm_nodes() { seq -f 'n%g' 1 "$NODES"; }
slurmd_pid() { echo "$PIDS/slurmd.$1.pid"; }

# ---- munge: our own, with a key and a socket of its own -------------------------------------------------------------

munge_up() {
    alive "$MUNGE/munged.pid" munged && return
    directory munge 755 "$MUNGE"
    directory munge 700 "$MUNGE/private"
    if [[ ! -s $MUNGE/private/key ]]; then
        head -c 128 /dev/urandom > "$MUNGE/private/key"
        chown munge: "$MUNGE/private/key"
        chmod 600 "$MUNGE/private/key"
    fi
    rm -f "$MUNGE"/socket*
    detached "$LOGS/munged.out" setpriv --reuid=munge --regid=munge --clear-groups /usr/sbin/munged --num-threads=4 \
        --key-file="$MUNGE/private/key" --seed-file="$MUNGE/private/seed" --log-file="$MUNGE/private/log" \
        --pid-file="$MUNGE/munged.pid" --socket="$MUNGE/socket" || die "munged does not start: $(tail -n 3 "$LOGS/munged.out")"
    wait_for 5 "munged answers" munge -S "$MUNGE/socket" -n || die "see $MUNGE/private/log"
}

# ---- how memory is limited ------------------------------------------------------------------------------------------

# cgroup-v1: by the kernel, the job ends as OUT_OF_MEMORY. polling: slurmd looks once a second and kills, the job ends
# as FAILED. Slurm wants systemd for cgroup v2, and there is none here.
memory_limit() {
    case $MEMORY_LIMIT in
        cgroup-v1 | polling) echo "$MEMORY_LIMIT" ;;
        auto) if cgroup_v1_usable; then echo cgroup-v1; else echo polling; fi ;;
        *) die "CLUSTRIX_TEST_MEMORY_LIMIT must be auto, cgroup-v1 or polling, not '$MEMORY_LIMIT'" ;;
    esac
}

cgroup_v1_usable() {
    local controller probe
    for controller in memory freezer cpuset; do
        probe=/sys/fs/cgroup/$controller/clustrix-probe-$$
        mkdir "$probe" 2> /dev/null || return 1
        [[ $controller != memory || -w $probe/memory.limit_in_bytes ]] || { rmdir "$probe"; return 1; }
        rmdir "$probe"
    done
}

# ---- configuration --------------------------------------------------------------------------------------------------

# slurm_conf yes|no (accounting) cgroup-v1|polling
slurm_conf() {
    cat << E
ClusterName=$CLUSTER
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$SLURMCTLD_PORT
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# cred_expire is also how long a requeued job has to wait; the default is 120 s
AuthInfo=socket=$MUNGE/socket,cred_expire=5
StateSaveLocation=$SLURM/state
SlurmdSpoolDir=$SLURM/spool/%n
SlurmctldPidFile=$PIDS/slurmctld.pid
SlurmdPidFile=$PIDS/slurmd.%n.pid
SlurmctldLogFile=$LOGS/slurmctld.log
SlurmdLogFile=$LOGS/slurmd.%n.log
SlurmctldDebug=info
SlurmdDebug=info
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=100
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=2,default_queue_depth=2000,bf_max_job_test=2000,max_array_tasks=$MAX_ARRAY_SIZE
MaxArraySize=$MAX_ARRAY_SIZE
MaxJobCount=50000
MinJobAge=$MIN_JOB_AGE
JobRequeue=1
KillWait=2
CompleteWait=0
SlurmctldTimeout=30
SlurmdTimeout=10
ReturnToService=2
PropagateResourceLimits=NONE
JobCompType=jobcomp/none
# believe the CPUs of the node lines, not the real ones
SlurmdParameters=config_overrides
NodeName=n[1-$NODES] NodeHostname=localhost NodeAddr=127.0.0.1 Port=$SLURMD_PORT-$((SLURMD_PORT + NODES - 1)) CPUs=$CPUS RealMemory=$MEMORY_MB State=UNKNOWN
PartitionName=debug Nodes=n[1-$NODES] Default=YES MaxTime=INFINITE DefaultTime=10:00 State=UP OverSubscribe=NO
PartitionName=short Nodes=n[1-$NODES] MaxTime=1 DefaultTime=1 State=UP
E
    if [[ $2 == cgroup-v1 ]]; then
        printf '%s\n' ProctrackType=proctrack/cgroup TaskPlugin=task/cgroup
    else
        printf '%s\n' ProctrackType=proctrack/linuxproc TaskPlugin=task/none JobAcctGatherParams=OverMemoryKill
    fi
    if [[ $1 == yes ]]; then
        printf '%s\n' AccountingStorageType=accounting_storage/slurmdbd AccountingStorageHost=127.0.0.1 \
            "AccountingStoragePort=$SLURMDBD_PORT" AccountingStoreFlags=job_comment "AccountingStoragePass=$MUNGE/socket"
    else
        printf '%s\n' AccountingStorageType=accounting_storage/none
    fi
}

# slurmd opens the plugin that is named here even where it has no use for it; that of v1 does so without any cgroup.
# The cores stay free: a node has more CPUs than the machine.
cgroup_conf() {
    printf '%s\n' CgroupPlugin=cgroup/v1 CgroupMountpoint=/sys/fs/cgroup CgroupAutomount=no ConstrainCores=no \
        ConstrainSwapSpace=no ConstrainDevices=no "ConstrainRAMSpace=$(if [[ $1 == cgroup-v1 ]]; then echo yes; else echo no; fi)"
}

slurmdbd_conf() {
    cat << E
AuthType=auth/munge
AuthInfo=socket=$MUNGE/socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$SLURMDBD_PORT
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$MARIADB_PORT
StorageUser=slurm
StoragePass=$(cat "$MARIADB/password")
StorageLoc=slurm_acct_db
LogFile=$LOGS/slurmdbd.log
PidFile=$PIDS/slurmdbd.pid
DebugLevel=info
E
}

# Slurm's programs look for their configuration in /etc/slurm.
link_config() {
    local file
    mkdir -p /etc/slurm
    for file in "${SLURM_CONFIGS[@]}"; do
        [[ ! -e /etc/slurm/$file || -L /etc/slurm/$file ]] ||
            die "/etc/slurm/$file is not the test bed's: this machine has a Slurm of its own"
        ln -sfn "$SLURM/etc/$file" "/etc/slurm/$file"
    done
}

unlink_config() {
    local file
    for file in "${SLURM_CONFIGS[@]}"; do
        if [[ $(readlink "/etc/slurm/$file") == "$SLURM/etc/$file" ]]; then rm -f "/etc/slurm/$file"; fi
    done
}

# ---- accounting -----------------------------------------------------------------------------------------------------

mariadb_conf() {
    cat << E
[mysqld]
datadir=$MARIADB/data
socket=$MARIADB/run/socket
pid-file=$MARIADB/run/pid
log-error=$MARIADB/run/log
port=$MARIADB_PORT
bind-address=127.0.0.1
innodb_buffer_pool_size=64M
innodb_log_file_size=16M
innodb_lock_wait_timeout=900
# quick rather than safe: nothing here outlives the tests
innodb_flush_log_at_trx_commit=0
innodb_doublewrite=0
skip-name-resolve
performance_schema=OFF
E
}

sql() { mariadb --no-defaults -S "$MARIADB/run/socket" "$@" < /dev/null; }

mariadb_up() {
    directory mysql 755 "$MARIADB" "$MARIADB/run"
    directory mysql 700 "$MARIADB/data"
    if [[ ! -s $MARIADB/password ]]; then (umask 077 && random_word > "$MARIADB/password"); fi
    mariadb_conf | put "$MARIADB/my.cnf" 644 || true
    if [[ ! -e $MARIADB/data/.complete ]]; then
        rm -rf "${MARIADB:?}/data"
        directory mysql 700 "$MARIADB/data"
        mariadb-install-db --defaults-file="$MARIADB/my.cnf" --user=mysql --auth-root-authentication-method=socket \
            --skip-test-db > "$LOGS/mariadb-install.log" 2>&1 < /dev/null || die "no database: see $LOGS/mariadb-install.log"
        touch "$MARIADB/data/.complete"
    fi
    if ! alive "$MARIADB/run/pid" mariadbd; then
        # it does not go to the background by itself
        detached "$LOGS/mariadb.out" setsid --fork mariadbd --defaults-file="$MARIADB/my.cnf" --user=mysql
        wait_for 30 "MariaDB answers" sql -e 'select 1' || die "see $MARIADB/run/log"
    fi
    sql -e "create database if not exists slurm_acct_db;
        create user if not exists 'slurm'@'127.0.0.1';
        set password for 'slurm'@'127.0.0.1' = password('$(cat "$MARIADB/password")');
        grant all on slurm_acct_db.* to 'slurm'@'127.0.0.1';"
}

slurmdbd_start() {
    alive "$PIDS/slurmdbd.pid" slurmdbd && return
    detached "$LOGS/slurmdbd.out" slurmdbd || die "slurmdbd does not start: see $LOGS/slurmdbd.log"
    wait_for 30 "slurmdbd answers" sacctmgr -n list cluster || die "see $LOGS/slurmdbd.log"
}

accounting_up() {
    accounting_installed || die "slurmdbd and MariaDB are not both installed: sudo testbed/install accounting"
    mariadb_up
    if slurmdbd_conf | put "$SLURM/etc/slurmdbd.conf" 600; then stop slurmdbd "$PIDS/slurmdbd.pid"; fi
    slurmdbd_start
    if ! sacctmgr -n list cluster format=Cluster | grep -qw "$CLUSTER"; then
        sacctmgr -i add cluster "$CLUSTER"
        sacctmgr -i add account testbed Cluster="$CLUSTER"
        sacctmgr -i add user "$(IFS=,; echo "${BED_USERS[*]}")" Account=testbed Cluster="$CLUSTER"
    fi > "$LOGS/sacctmgr.log" 2>&1 || die "no accounting for this cluster: see $LOGS/sacctmgr.log"
}

accounting_down() {
    stop slurmdbd "$PIDS/slurmdbd.pid"
    stop mariadbd "$MARIADB/run/pid"
}

accounting_running() { alive "$PIDS/slurmdbd.pid" slurmdbd && alive "$MARIADB/run/pid" mariadbd; }

# ---- Slurm ----------------------------------------------------------------------------------------------------------

slurmctld_start() {
    alive "$PIDS/slurmctld.pid" slurmctld && return
    detached "$LOGS/slurmctld.out" slurmctld || die "slurmctld does not start: see $LOGS/slurmctld.log"
}

slurmd_start() {
    alive "$(slurmd_pid "$1")" slurmd && return
    mkdir -p "$SLURM/spool/$1"
    detached "$LOGS/slurmd.$1.out" slurmd -N "$1" || die "slurmd of $1 does not start: see $LOGS/slurmd.$1.log"
}

# node_useful NODE: false if it takes no jobs at the moment; brings it back if it is down or drained
node_useful() {
    case $(timeout 5 sinfo -h -N -p debug -n "$1" -o %T) in
        idle | mixed | allocated | completing) return 0 ;;
        down* | drain*) scontrol update "NodeName=$1" State=RESUME || true ;;
    esac
    return 1
}

slurm_ready() {
    local node ready=0
    for node in $(slurm_nodes); do node_useful "$node" || ready=1; done
    return "$ready"
}

slurm_running() {
    local node
    alive "$PIDS/slurmctld.pid" slurmctld || return 1
    for node in $(slurm_nodes); do alive "$(slurmd_pid "$node")" slurmd || return 1; done
}

slurm_thaw() {
    local pid
    if alive "$PIDS/slurmctld.pid" slurmctld; then
        read -r pid < "$PIDS/slurmctld.pid"
        kill -CONT "$pid"
    fi
}

controller_answers() { timeout 5 scontrol ping | grep -q UP; }

# slurm_conf_with KEY=VALUE...: instead of the settings that up has written, which are kept beside them until they are
# put back. Some keys are read only when the controller starts, so it does; jobs go on.
slurm_conf_with() {
    local conf=$SLURM/etc/slurm.conf setting keys=()
    for setting in "$@"; do
        [[ $setting =~ ^[A-Za-z]+=[A-Za-z0-9_,.:/=-]+$ ]] || die "no setting of Slurm: '$setting'"
        keys+=(-e "^${setting%%=*}=")
    done
    [[ -e $conf.up ]] || cp -p "$conf" "$conf.up"
    if [[ $# -eq 0 ]]; then
        mv -f "$conf.up" "$conf"
    else
        { grep -v "${keys[@]}" "$conf.up"; printf '%s\n' "$@"; } | put "$conf" 644 || return 0
    fi
    stop slurmctld "$PIDS/slurmctld.pid"
    slurmctld_start
    wait_for 20 "slurmctld answers" controller_answers || die "see $LOGS/slurmctld.log"
    scontrol reconfigure # so that the slurmd have read the same
    wait_for 30 "all $NODES nodes are there" slurm_ready || die "see $LOGS/slurmctld.log and $LOGS/slurmd.n*.log"
}

# slurm_up yes|no (accounting)
slurm_up() {
    local accounting=$1 limit node changed=no
    slurm_installed || die "Slurm is not installed: sudo testbed/install slurm"
    limit=$(memory_limit)
    user_up "$BED_USER" /bin/bash
    directory "$BED_USER" 755 "$HOMES/$BED_USER/work"
    directory root 755 "$SLURM" "$SLURM/etc" "$SLURM/state" "$SLURM/spool"
    slurm_thaw
    rm -f "$SLURM/etc/slurm.conf.up"
    if slurm_conf "$accounting" "$limit" | put "$SLURM/etc/slurm.conf" 644; then changed=yes; fi
    if cgroup_conf "$limit" | put "$SLURM/etc/cgroup.conf" 644; then changed=yes; fi
    link_config
    munge_up
    if [[ $changed == yes ]]; then stop_slurm; fi
    if [[ $accounting == yes ]]; then accounting_up; else accounting_down; fi
    slurmctld_start
    for node in $(slurm_nodes); do slurmd_start "$node"; done
    wait_for 30 "all $NODES nodes are there" slurm_ready || {
        sinfo >&2 || true
        die "see $LOGS/slurmctld.log and $LOGS/slurmd.n*.log"
    }
    say "slurm is up: $NODES nodes of $CPUS CPUs and $MEMORY_MB MB, memory limits: $limit, accounting: $accounting"
}

stop_slurm() {
    stop slurmd "$PIDS"/slurmd.*.pid
    stop slurmctld "$PIDS/slurmctld.pid"
}

ENDED='COMPLETED|CANCELLED|FAILED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY|DEADLINE|BOOT_FAIL|PREEMPTED'
queue_empty() { ! timeout 5 squeue -h -t all -o %T | grep -qvxE "$ENDED"; }

slurm_down() {
    local pid
    slurm_thaw
    if alive "$PIDS/slurmctld.pid" slurmctld; then
        timeout 5 scancel -p debug || true
        timeout 5 scancel -p short || true
        wait_for 6 "end of all jobs" queue_empty || true
    fi
    stop_slurm
    accounting_down
    # /etc/slurm is ours, so these are: the keepers of jobs that did not end in time
    if [[ $(readlink /etc/slurm/slurm.conf) == "$SLURM/etc/slurm.conf" ]]; then
        for pid in $(pgrep -x slurmstepd || true); do kill -KILL "$pid" 2> /dev/null || true; done
        # slurmd leaves its control groups; those that still have a process are not removed
        find /sys/fs/cgroup/*/slurm_n* -depth -type d -exec rmdir {} + 2> /dev/null || true
    fi
    stop munged "$MUNGE/munged.pid"
    unlink_config
}
