# shellcheck shell=bash
# What the tests read: one file, written in one step. README.md says what each key means.

yes_no() { if "$@"; then echo true; else echo false; fi; }

properties() {
    echo "# Written by testbed/up; testbed/down removes it. The keys are explained in testbed/README.md."
    echo "testbed.directory=$BED"
    echo "testbed.boot-id=$(cat /proc/sys/kernel/random/boot_id)"
    echo "testbed.fault=$CHECKOUT/testbed/fault"
    echo "testbed.sshd=$CHECKOUT/testbed/sshd"
    echo "testbed.faketime=$(dpkg-query -L libfaketime 2> /dev/null | grep '/libfaketime\.so\.1$' || true)"
    echo "ssh.up=$(yes_no ssh_running)"
    if ssh_running; then ssh_properties; fi
    echo "slurm.up=$(yes_no slurm_running)"
    if slurm_running; then slurm_properties; fi
    echo "sge.up=$(yes_no sge_running)"
    if sge_running; then sge_properties; fi
    echo "k8s.up=$(yes_no k8s_running)"
    if k8s_running; then k8s_properties; fi
}

ssh_properties() {
    cat << E
ssh.host=127.0.0.1
ssh.port=$SSH_PORT
ssh.user=$BED_USER
ssh.homes=$HOMES
ssh.key=$KEYS/id_ed25519
ssh.key.ecdsa=$KEYS/id_ecdsa
ssh.key.rsa=$KEYS/id_rsa
ssh.key.passphrase=$KEYS/id_passphrase
ssh.key.passphrase-file=$KEYS/passphrase
ssh.key.stranger=$KEYS/id_stranger
ssh.known-hosts=$KEYS/known_hosts
ssh.config=$KEYS/ssh_config
ssh.users.csh=$USER_CSH
ssh.users.fish=$USER_FISH
ssh.users.banner=$USER_BANNER
ssh.password.port=$SSH_PASSWORD_PORT
ssh.password.user=$USER_PASSWORD
ssh.password.password-file=$KEYS/password
ssh.jump.target.host=127.0.0.1
ssh.jump.target.port=$SSH_TARGET_PORT
E
}

slurm_properties() {
    cat << E
slurm.version=$(sinfo --version | cut -d' ' -f2)
slurm.bin=$(dirname "$(command -v sbatch)")
slurm.accounting=$(yes_no accounting_running)
slurm.work-directory=$HOMES/$BED_USER/work
slurm.nodes=$NODES
slurm.cpus-per-node=$CPUS
slurm.memory-per-node=$MEMORY_MB
slurm.memory-limit=$(memory_limit)
slurm.max-array-size=$MAX_ARRAY_SIZE
slurm.min-job-age=$MIN_JOB_AGE
slurm.partition=debug
slurm.partition.short=short
E
}

write_properties() {
    # Tests of several JVMs lock it, of whatever user.
    : >> "$BED/tests.lock"
    chmod 666 "$BED/tests.lock"
    directory "${SUDO_UID:-root}" 755 "$(dirname "$PROPERTIES")"
    properties | put "$PROPERTIES" 644 || true
}
