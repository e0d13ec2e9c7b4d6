# shellcheck shell=bash
# Son of Grid Engine: sge_qmaster and one sge_execd, both on this machine. Debian's packages fix its directories and its
# ports (6444 and 6445), so there can be one on a machine.
SGE_HOME=/var/lib/gridengine
SGE_SPOOL=/var/spool/gridengine
SGE_COMMON=$SGE_HOME/default/common
SGE_BIN=/usr/lib/gridengine
SGE_ARCH_SCRIPT=/usr/share/gridengine/util/arch
SGE_QMASTER_PID=$SGE_SPOOL/qmaster/qmaster.pid
SGE_EXECD_PID=$PIDS/sge_execd.pid
SGE_SLOTS=64

sge_installed() { [[ -x $SGE_BIN/sge_qmaster && -x $SGE_BIN/sge_execd && -x $SGE_BIN/qstat ]]; }

# sge PROGRAM ARGUMENT...: the program itself, not Debian's wrapper, which starts 30 processes first
sge() {
    local program=$1
    shift
    SGE_ROOT=$SGE_HOME SGE_CELL=default SGE_SINGLE_LINE=1 "$SGE_BIN/$program" "$@"
}

sge_daemon() { SGE_ROOT=$SGE_HOME SGE_CELL=default detached "$LOGS/$1.out" "$SGE_BIN/$1"; }

# Every command and, twice, every job of Debian's Grid Engine runs this script to learn the name of the architecture.
sge_arch_up() {
    [[ -e $SGE_ARCH_SCRIPT.real ]] && return
    dpkg-divert --local --rename --divert "$SGE_ARCH_SCRIPT.real" --add "$SGE_ARCH_SCRIPT" > /dev/null
    local arch
    arch=$("$SGE_ARCH_SCRIPT.real")
    put "$SGE_ARCH_SCRIPT" 755 << E || true
#!/bin/sh
[ \$# -eq 0 ] && { echo $arch; exit 0; }
exec $SGE_ARCH_SCRIPT.real "\$@"
E
}

sge_arch_down() {
    [[ -e $SGE_ARCH_SCRIPT.real ]] || return 0
    rm -f "$SGE_ARCH_SCRIPT"
    dpkg-divert --local --rename --remove "$SGE_ARCH_SCRIPT" > /dev/null
}

# The address 127.0.0.1 has the name localhost, but a client says the machine's name: Grid Engine is told that the two
# are one host, before it starts, and /etc/hosts stays as it is.
sge_host_aliases() {
    local host=$1 others
    others=$(getent hosts 127.0.0.1 | cut -s -d' ' -f2- | tr -s ' ' '\n' | grep -vxF -e "$host" -e localhost | tr '\n' ' ' || true)
    echo "$host localhost $others"
}

sge_cell_up() {
    local host=$1
    directory sgeadmin 755 "$SGE_SPOOL" "$SGE_SPOOL"/{qmaster,qmaster/job_scripts,spooldb,execd} "$SGE_HOME/default" "$SGE_COMMON" /run/gridengine
    if [[ ! -f $SGE_COMMON/bootstrap ]]; then
        install -m 644 -o sgeadmin -g sgeadmin /usr/share/gridengine/default-bootstrap "$SGE_COMMON/bootstrap"
    fi
    echo "$host" > "$SGE_COMMON/act_qmaster"
    sge_host_aliases "$host" > "$SGE_COMMON/host_aliases"
    chown -R sgeadmin: "$SGE_COMMON"
    if [[ ! -e $SGE_SPOOL/spooldb/.complete ]]; then
        rm -rf "${SGE_SPOOL:?}"/spooldb/*
        setpriv --reuid=sgeadmin --regid=sgeadmin --init-groups /usr/share/gridengine/scripts/init_cluster \
            "$SGE_HOME" default "$SGE_SPOOL/spooldb" sgeadmin > "$LOGS/sge-cell.log" 2>&1 < /dev/null ||
            die "no cell for Grid Engine: see $LOGS/sge-cell.log"
        touch "$SGE_SPOOL/spooldb/.complete"
    fi
}

# with KEY=VALUE...: the lines of stdin, those with these keys replaced
with() {
    local expression='' pair
    for pair in "$@"; do expression+="s|^${pair%%=*}[[:space:]].*|${pair%%=*} ${pair#*=}|;"; done
    sed -e "$expression"
}

sge_configure() {
    local host=$1 conf=$BED/sge
    mkdir -p "$conf"
    # quick: a round each second, and an ended job is in the accounting file at once
    sge qconf -ssconf | with schedule_interval=0:0:1 flush_submit_sec=1 flush_finish_sec=1 job_load_adjustments=NONE \
        load_adjustment_decay_time=0:0:0 load_formula=slots > "$conf/scheduler"
    sge qconf -Msconf "$conf/scheduler"
    sge qconf -sconf | with load_report_time=00:00:05 max_unheard=00:00:30 shepherd_cmd=$SGE_BIN/sge_shepherd \
        'reporting_params=accounting=true reporting=false flush_time=00:00:01 accounting_flush_time=00:00:00 joblog=false sharelog=00:00:00' > "$conf/global"
    sge qconf -Mconf "$conf/global"
    # Memory is counted. With 0 for those that do not ask, each of them would be killed at once.
    sge qconf -sc | with 'h_vmem=h_vmem MEMORY <= YES YES 8G 0' > "$conf/complexes"
    sge qconf -Mc "$conf/complexes"
    sge qconf -as "$host"
    sge qconf -ah "$host"
    printf '%s\n' "hostname $host" 'load_scaling NONE' "complex_values slots=$SGE_SLOTS,h_vmem=512G" 'user_lists NONE' \
        'xuser_lists NONE' 'projects NONE' 'xprojects NONE' 'usage_scaling NONE' 'report_variables NONE' > "$conf/host"
    sge qconf -Ae "$conf/host"
    printf '%s\n' 'group_name @allhosts' "hostlist $host" > "$conf/hosts"
    sge qconf -Ahgrp "$conf/hosts"
    # shellcheck disable=SC2016 # $pe_slots is Grid Engine's word
    printf '%s\n' 'pe_name smp' 'slots 999' 'user_lists NONE' 'xuser_lists NONE' 'start_proc_args NONE' 'stop_proc_args NONE' \
        'allocation_rule $pe_slots' 'control_slaves FALSE' 'job_is_first_task TRUE' 'urgency_slots min' \
        'accounting_summary FALSE' 'qsort_args NONE' > "$conf/environment"
    sge qconf -Ap "$conf/environment"
    # the queue comes last: that it is there says that all of this is
    sge qconf -sq | with qname=all.q hostlist=@allhosts "slots=$SGE_SLOTS" pe_list=smp load_thresholds=NONE shell=/bin/bash \
        shell_start_mode=unix_behavior notify=00:00:02 > "$conf/queue"
    sge qconf -Aq "$conf/queue"
}

# sge_accounting_flushed TIME: how late an ended job may be in the accounting
sge_accounting_flushed() {
    local conf=$BED/sge/late
    mkdir -p "$conf"
    sge qconf -sconf | sed "s/accounting_flush_time=[0-9:]*/accounting_flush_time=$1/" > "$conf/global"
    sge qconf -Mconf "$conf/global" > /dev/null
    sge qconf -sconf | grep -q "accounting_flush_time=$1" || die "Grid Engine does not take accounting_flush_time=$1"
}

sge_execd_pid() {
    cat "$SGE_SPOOL"/execd/*/execd.pid > "$SGE_EXECD_PID" && alive "$SGE_EXECD_PID" sge_execd
}

sge_qmaster_start() {
    alive "$SGE_QMASTER_PID" sge_qmaster && return
    sge_daemon sge_qmaster || die "sge_qmaster does not start: see $LOGS/sge_qmaster.out"
    wait_for 20 "sge_qmaster answers" sge qconf -sh || die "see $LOGS/sge_qmaster.out and $SGE_SPOOL/qmaster/messages"
}

# A queue that works has nothing in the column of states, and a load.
sge_ready() { sge qstat -f | awk '/^all\.q/ { good = NF == 5 && $4 != "-NA-" } END { exit !good }'; }

sge_running() { alive "$SGE_QMASTER_PID" sge_qmaster && alive "$SGE_EXECD_PID" sge_execd; }

sge_up() {
    local host
    host=$(hostname)
    sge_installed || die "Grid Engine is not installed: sudo testbed/install sge"
    getent hosts "$host" > /dev/null || die "Grid Engine wants this machine's name to have an address: put '127.0.0.1 $host' into /etc/hosts"
    user_up "$BED_USER" /bin/bash
    directory "$BED_USER" 755 "$HOMES/$BED_USER/work"
    sge_arch_up
    if ! alive "$SGE_QMASTER_PID" sge_qmaster; then sge_cell_up "$host"; fi
    sge_qmaster_start
    if ! sge qconf -sql 2> /dev/null | grep -qx all.q; then
        sge_configure "$host" > "$LOGS/sge-configure.log" 2>&1 || die "Grid Engine's configuration: see $LOGS/sge-configure.log"
    fi
    if ! alive "$SGE_EXECD_PID" sge_execd; then
        sge_daemon sge_execd || die "sge_execd does not start: see $LOGS/sge_execd.out"
        wait_for 10 "sge_execd runs" sge_execd_pid || die "see $LOGS/sge_execd.out and /tmp/execd_messages.*"
    fi
    wait_for 60 "Grid Engine's queue is open" sge_ready || {
        sge qstat -f >&2
        die "see $SGE_SPOOL/qmaster/messages"
    }
    say "sge is up: $SGE_SLOTS slots"
}

sge_empty() { [[ -z $(SGE_ROOT=$SGE_HOME timeout 5 "$SGE_BIN/qstat" -u '*') ]]; }

sge_down() {
    sge_installed || return 0
    if alive "$SGE_QMASTER_PID" sge_qmaster; then
        SGE_ROOT=$SGE_HOME timeout 5 "$SGE_BIN/qdel" -u '*' > /dev/null 2>&1 || true
        wait_for 6 "end of Grid Engine's jobs" sge_empty || true
    fi
    stop sge_execd "$SGE_EXECD_PID"
    stop sge_qmaster "$SGE_QMASTER_PID"
    sge_arch_down
}

# Its directories are the test bed's once it has written its own configuration there.
sge_purge() {
    [[ -d $BED/sge ]] || return 0
    rm -rf "${SGE_SPOOL:?}"/{qmaster,spooldb,execd} "${SGE_COMMON:?}"/{accounting,act_qmaster,host_aliases,bootstrap}
}

sge_properties() {
    cat << E
sge.version=$(sge qstat -help | head -n 1 | cut -d' ' -f2)
sge.bin=/usr/bin
sge.root=$SGE_HOME
sge.work-directory=$HOMES/$BED_USER/work
sge.queue=all.q
sge.parallel-environment=smp
sge.slots=$SGE_SLOTS
E
}

sge_status() {
    line sge_qmaster "$SGE_QMASTER_PID" sge_qmaster
    line sge_execd "$SGE_EXECD_PID" sge_execd
}
