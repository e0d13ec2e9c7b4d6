# shellcheck shell=bash
# Three sshd on the loopback interface:
#   main      keys only, the users with all the login shells
#   password  a password, or the same question by keyboard-interactive
#   target    what is reached through main, as behind a jump host
KEYS=$BED/keys
SSH=$BED/ssh
SSHD=/usr/sbin/sshd
SSHD_INSTANCES=(main password target)

ssh_installed() { [[ -x $SSHD && -x /usr/bin/tcsh && -x /usr/bin/fish ]]; }

sshd_port() {
    case $1 in
        main) echo "$SSH_PORT" ;;
        password) echo "$SSH_PASSWORD_PORT" ;;
        target) echo "$SSH_TARGET_PORT" ;;
        *) die "no such sshd: $1; there are ${SSHD_INSTANCES[*]}" ;;
    esac
}

ssh_users() {
    user_up "$BED_USER" /bin/bash
    user_up "$USER_CSH" /usr/bin/tcsh
    user_up "$USER_FISH" /usr/bin/fish
    user_up "$USER_BANNER" /bin/bash
    user_up "$USER_PASSWORD" /bin/bash
    local name
    for name in "${BED_USERS[@]}"; do
        directory "$name" 700 "$HOMES/$name/.ssh"
        [[ $name == "$USER_PASSWORD" ]] || install -m 600 -o "$name" -g "$name" "$SSH/authorized_keys" "$HOMES/$name/.ssh/authorized_keys"
    done
    # Many a site greets like this, and it ends up in the output of every remote command. bash reads .bashrc for
    # those as well, and .profile where a login shell is asked for.
    local file
    for file in .bashrc .profile; do
        printf '%s\n' '# without the usual "return if not interactive"' \
            "echo '*** Welcome to the test bed (stdout, $file) ***'" \
            "echo '*** Maintenance on Monday (stderr, $file) ***' >&2" > "$HOMES/$USER_BANNER/$file"
        chown "$USER_BANNER:" "$HOMES/$USER_BANNER/$file"
    done
}

# secret FILE: a random word for it, once
secret() {
    if [[ ! -s $1 ]]; then (umask 077 && random_word > "$1"); fi
}

# new_key FILE PASSPHRASE TYPE [BITS]
new_key() {
    local file=$1 passphrase=$2 type=$3
    if [[ ! -s $file.pub ]]; then
        rm -f "$file"
        ssh-keygen -q -t "$type" ${4:+-b "$4"} -N "$passphrase" -C clustrix-testbed -f "$file"
    fi
}

ssh_keys() {
    directory root 755 "$KEYS" "$SSH"
    secret "$KEYS/passphrase"
    secret "$KEYS/password"
    new_key "$KEYS/id_ed25519" '' ed25519
    new_key "$KEYS/id_ecdsa" '' ecdsa 256
    new_key "$KEYS/id_rsa" '' rsa 3072
    new_key "$KEYS/id_passphrase" "$(cat "$KEYS/passphrase")" ed25519
    new_key "$KEYS/id_stranger" '' ed25519 # nobody lets this one in
    cat "$KEYS"/id_{ed25519,ecdsa,rsa,passphrase}.pub > "$SSH/authorized_keys"
    # Who ran sudo runs the tests, and ssh wants a key of one's own that nobody else can read.
    chown "${SUDO_UID:-0}:${SUDO_GID:-0}" "$KEYS"/{id_*,password,passphrase}
    local name type
    for name in "${SSHD_INSTANCES[@]}"; do
        new_key "$SSH/host_${name}_ed25519" '' ed25519
        new_key "$SSH/host_${name}_ecdsa" '' ecdsa 256
    done
    for name in "${SSHD_INSTANCES[@]}"; do
        for type in ed25519 ecdsa; do
            printf '[127.0.0.1]:%s %s\n' "$(sshd_port "$name")" "$(cut -d' ' -f1,2 "$SSH/host_${name}_$type.pub")"
        done
    done | put "$KEYS/known_hosts" 644 || true
    ssh_client_config | put "$KEYS/ssh_config" 644 || true
}

# ssh_host ALIAS PORT USER
ssh_host() {
    printf 'Host %s\n  HostName 127.0.0.1\n  Port %s\n  User %s\n' "$@"
}

ssh_client_config() {
    ssh_host testbed "$SSH_PORT" "$BED_USER"
    ssh_host testbed-csh "$SSH_PORT" "$USER_CSH"
    ssh_host testbed-fish "$SSH_PORT" "$USER_FISH"
    ssh_host testbed-banner "$SSH_PORT" "$USER_BANNER"
    ssh_host testbed-password "$SSH_PASSWORD_PORT" "$USER_PASSWORD"
    ssh_host testbed-target "$SSH_TARGET_PORT" "$BED_USER"
    printf '  ProxyJump testbed\n'
    printf 'Host *\n'
    printf '  %s\n' "IdentityFile $KEYS/id_ed25519" 'IdentitiesOnly yes' "UserKnownHostsFile $KEYS/known_hosts" \
        'StrictHostKeyChecking yes' 'ConnectTimeout 10'
}

# sshd_config NAME
sshd_config() {
    local name=$1
    cat << E
Port $(sshd_port "$name")
ListenAddress 127.0.0.1
HostKey $SSH/host_${name}_ed25519
HostKey $SSH/host_${name}_ecdsa
PidFile $PIDS/sshd-$name.pid
AuthorizedKeysFile .ssh/authorized_keys
PermitRootLogin no
UseDNS no
X11Forwarding no
PrintMotd no
PrintLastLog no
# 10 is OpenSSH's default, and so most servers'; MaxStartups is not: many tests connect at once
MaxSessions 10
MaxStartups 100:30:200
Subsystem sftp internal-sftp
E
    case $name in
        main | target)
            printf '%s\n' 'UsePAM no' 'PasswordAuthentication no' 'KbdInteractiveAuthentication no' \
                "AllowUsers $BED_USER $USER_CSH $USER_FISH $USER_BANNER"
            ;;
        password)
            # keyboard-interactive is PAM's question
            printf '%s\n' 'UsePAM yes' 'PasswordAuthentication yes' 'KbdInteractiveAuthentication yes' \
                'PubkeyAuthentication no' "AllowUsers $USER_PASSWORD"
            ;;
    esac
}

sshd_listens() { [[ $(ssh-keyscan -T 2 -t ed25519 -p "$(sshd_port "$1")" 127.0.0.1 2> /dev/null) == *ssh-ed25519* ]]; }

# sshd_start NAME: starts it if it does not run with this configuration
sshd_start() {
    local name=$1 config=$SSH/sshd_config-$1
    if sshd_config "$name" | put "$config" 600; then sshd_stop "$name"; fi
    alive "$PIDS/sshd-$name.pid" sshd && return
    directory root 755 /run/sshd
    # by its absolute path, and so is the configuration: sshd executes itself again, from /
    detached "$LOGS/sshd-$name.log" "$SSHD" -f "$config" -E "$LOGS/sshd-$name.log" ||
        die "sshd ($name) does not start: see $LOGS/sshd-$name.log"
    wait_for 10 "sshd ($name) answers on port $(sshd_port "$name")" sshd_listens "$name" || die "see $LOGS/sshd-$name.log"
}

# The connections of an sshd are the children of the one that listens.
sshd_cut() {
    local pid
    alive "$PIDS/sshd-$1.pid" sshd || return 0
    for pid in $(pgrep -P "$(cat "$PIDS/sshd-$1.pid")" -x sshd || true); do kill -TERM "$pid" 2> /dev/null || true; done
}

# The listener goes, and all its connections, as when the machine goes.
sshd_stop() {
    local pid children=''
    if alive "$PIDS/sshd-$1.pid" sshd; then children=$(pgrep -P "$(cat "$PIDS/sshd-$1.pid")" -x sshd || true); fi
    stop sshd "$PIDS/sshd-$1.pid"
    for pid in $children; do
        if running "$pid" sshd; then kill -TERM "$pid" 2> /dev/null || true; fi
    done
}

ssh_running() {
    local name
    for name in "${SSHD_INSTANCES[@]}"; do alive "$PIDS/sshd-$name.pid" sshd || return 1; done
}

ssh_up() {
    ssh_installed || die "sshd and the shells are not all installed: sudo testbed/install ssh"
    ssh_keys
    ssh_users
    printf '%s:%s\n' "$USER_PASSWORD" "$(cat "$KEYS/password")" | chpasswd
    local name
    for name in "${SSHD_INSTANCES[@]}"; do sshd_start "$name"; done
    ssh -F "$KEYS/ssh_config" -o BatchMode=yes testbed true < /dev/null || die "sshd runs, but refuses the key: see $LOGS/sshd-main.log"
    say "ssh is up: ssh -F $KEYS/ssh_config testbed"
}

ssh_down() {
    local name
    for name in "${SSHD_INSTANCES[@]}"; do sshd_stop "$name"; done
}
