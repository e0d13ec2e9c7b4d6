# shellcheck shell=bash
# One node of Kubernetes: etcd, API server, controller manager, scheduler, kubelet and containerd, all on this machine and
# reached over its loopback interface only. Nothing is pulled from anywhere: the images are imported.
K8S=$BED/k8s
K8S_PKI=$K8S/pki
K8S_NAMESPACE=clustrix-test
K8S_CLAIM=clustrix
K8S_VOLUME=$K8S/volume
K8S_BRIDGE=clustrix-k8s
K8S_SUBNET=10.90.0
K8S_DAEMONS=(etcd kube-apiserver containerd kube-controller-manager kube-scheduler kubelet)
CONTAINERD_SOCKET=$K8S/containerd/containerd.sock
# In these the kubelet knows no other paths.
K8S_POD_LOGS=(/var/log/pods /var/log/containers)

ETCD_PORT=$((PORTS + 60))
ETCD_PEER_PORT=$((PORTS + 61))
APISERVER_PORT=$((PORTS + 62))
CONTROLLERS_PORT=$((PORTS + 63))
SCHEDULER_PORT=$((PORTS + 64))
KUBELET_PORT=$((PORTS + 65))
KUBELET_HEALTH_PORT=$((PORTS + 66))

kubectl() { timeout 20 "$K8S_BIN/kubectl" --kubeconfig="$K8S_PKI/admin.kubeconfig" "$@" < /dev/null; }
ctr() { timeout 60 /usr/bin/ctr -a "$CONTAINERD_SOCKET" -n k8s.io "$@" < /dev/null; }
# quicker than kubectl, to ask again and again
apiserver() {
    curl -sf -m 5 --cacert "$K8S_PKI/ca.crt" --cert "$K8S_PKI/admin.crt" --key "$K8S_PKI/admin.key" "https://127.0.0.1:$APISERVER_PORT$1"
}

# k8s_daemon PROGRAM ARGUMENT...: starts it, if it does not run. None of these goes to the background or writes its process
# id by itself; the shell in between has the id that the program then has.
k8s_daemon() {
    local program=$1 name=${1##*/}
    shift
    alive "$PIDS/$name.pid" "$name" && return
    rm -f "$PIDS/$name.pid"
    # shellcheck disable=SC2016 # for that shell
    detached "$LOGS/$name.log" setsid --fork env -i PATH="$PATH" sh -c 'echo $$ > "$0" && exec "$@"' "$PIDS/$name.pid" "$program" "$@"
    wait_for 5 "start of $name" alive "$PIDS/$name.pid" "$name" || die "$name does not start: see $LOGS/$name.log"
}

# ---- keys -----------------------------------------------------------------------------------------------------------

# certificate NAME SUBJECT EXTENSIONS...
certificate() {
    local file=$K8S_PKI/$1 subject=$2
    shift 2
    openssl ecparam -name prime256v1 -genkey -noout -out "$file.key"
    openssl req -new -key "$file.key" -subj "$subject" -out "$file.csr"
    openssl x509 -req -in "$file.csr" -CA "$K8S_PKI/ca.crt" -CAkey "$K8S_PKI/ca.key" -CAcreateserial -days 3650 \
        -extfile <(printf '%s\n' "$@") -out "$file.crt"
    rm "$file.csr"
}

# kubeconfig NAME NAMESPACE USER: a file of that name, with USER's YAML
kubeconfig() {
    local owner=root
    # Who ran sudo runs the tests.
    case $1 in admin | clustrix | powerless) owner=${SUDO_UID:-0}:${SUDO_GID:-0} ;; esac
    put "$K8S_PKI/$1.kubeconfig" 600 << K || true
apiVersion: v1
kind: Config
current-context: testbed
clusters:
- name: testbed
  cluster: {server: "https://127.0.0.1:$APISERVER_PORT", certificate-authority-data: $(base64 -w0 "$K8S_PKI/ca.crt")}
contexts:
- name: testbed
  context: {cluster: testbed, user: $1, namespace: $2}
users:
- name: $1
  user: {$3}
K
    chown "$owner" "$K8S_PKI/$1.kubeconfig"
}

k8s_keys() {
    local name server='extendedKeyUsage=serverAuth' client='extendedKeyUsage=clientAuth'
    if [[ ! -e $K8S_PKI/complete ]]; then
        rm -rf "$K8S_PKI"
        directory root 755 "$K8S_PKI"
        (
            umask 077
            openssl ecparam -name prime256v1 -genkey -noout -out "$K8S_PKI/ca.key"
            openssl req -x509 -new -key "$K8S_PKI/ca.key" -subj "/CN=clustrix-testbed" -days 3650 -out "$K8S_PKI/ca.crt"
            certificate apiserver /CN=kube-apiserver "$server" 'subjectAltName=DNS:localhost,IP:127.0.0.1'
            certificate kubelet-server /CN=localhost "$server" 'subjectAltName=DNS:localhost,IP:127.0.0.1'
            certificate admin /O=system:masters/CN=admin "$client"
            certificate controller-manager /CN=system:kube-controller-manager "$client"
            certificate scheduler /CN=system:kube-scheduler "$client"
            certificate node /O=system:nodes/CN=system:node:localhost "$client"
            certificate apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client "$client"
            openssl genrsa -out "$K8S_PKI/sa.key" 2048
            openssl rsa -in "$K8S_PKI/sa.key" -pubout -out "$K8S_PKI/sa.pub"
        ) > "$LOGS/k8s-keys.log" 2>&1 || die "no keys: see $LOGS/k8s-keys.log"
        touch "$K8S_PKI/complete"
    fi
    for name in admin controller-manager scheduler node; do
        kubeconfig "$name" default "client-certificate-data: $(base64 -w0 "$K8S_PKI/$name.crt"), client-key-data: $(base64 -w0 "$K8S_PKI/$name.key")"
    done
}

# ---- daemons --------------------------------------------------------------------------------------------------------

etcd_start() {
    local client=http://127.0.0.1:$ETCD_PORT peer=http://127.0.0.1:$ETCD_PEER_PORT
    directory root 700 "$K8S/etcd"
    k8s_daemon etcd --data-dir "$K8S/etcd" --listen-client-urls "$client" --advertise-client-urls "$client" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" --unsafe-no-fsync
}

apiserver_ready() { apiserver /readyz; }

# A line for each request of the account that Clustrix uses, so that they can be counted.
audit_policy() {
    cat << E
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [ResponseStarted, ResponseComplete, Panic]
rules:
  - level: Metadata
    users: ["system:serviceaccount:$K8S_NAMESPACE:clustrix"]
  - level: None
E
}

kube-apiserver_start() {
    audit_policy | put "$K8S/audit.yaml" 644 || true
    k8s_daemon "$K8S_BIN/kube-apiserver" --etcd-servers="http://127.0.0.1:$ETCD_PORT" \
        --bind-address=127.0.0.1 --secure-port="$APISERVER_PORT" --endpoint-reconciler-type=none \
        --service-cluster-ip-range=10.96.0.0/16 --cert-dir="$K8S/cert" \
        --tls-cert-file="$K8S_PKI/apiserver.crt" --tls-private-key-file="$K8S_PKI/apiserver.key" --client-ca-file="$K8S_PKI/ca.crt" \
        --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$K8S_PKI/sa.pub" \
        --service-account-signing-key-file="$K8S_PKI/sa.key" \
        --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
        --feature-gates=TTLAfterFinished=true \
        --audit-policy-file="$K8S/audit.yaml" --audit-log-path="$LOGS/k8s-audit.log" --audit-log-maxsize=50 --audit-log-maxbackup=1 \
        --kubelet-client-certificate="$K8S_PKI/apiserver-kubelet.crt" --kubelet-client-key="$K8S_PKI/apiserver-kubelet.key" \
        --kubelet-certificate-authority="$K8S_PKI/ca.crt" --kubelet-preferred-address-types=Hostname
}

# Default limits of these clients are for clusters of many machines: 100 Jobs would take three times as long.
kube-controller-manager_start() {
    local config=$K8S_PKI/controller-manager.kubeconfig
    k8s_daemon "$K8S_BIN/kube-controller-manager" --kubeconfig="$config" --authentication-kubeconfig="$config" \
        --authorization-kubeconfig="$config" --bind-address=127.0.0.1 --secure-port="$CONTROLLERS_PORT" --port=0 \
        --cert-dir="$K8S/cert" --leader-elect=false --service-account-private-key-file="$K8S_PKI/sa.key" \
        --root-ca-file="$K8S_PKI/ca.crt" --use-service-account-credentials=true --kube-api-qps=200 --kube-api-burst=400 \
        --concurrent-gc-syncs=10 --feature-gates=TTLAfterFinished=true
}

kube-scheduler_start() {
    local config=$K8S_PKI/scheduler.kubeconfig
    k8s_daemon "$K8S_BIN/kube-scheduler" --kubeconfig="$config" --authentication-kubeconfig="$config" \
        --authorization-kubeconfig="$config" --bind-address=127.0.0.1 --secure-port="$SCHEDULER_PORT" --port=0 \
        --cert-dir="$K8S/cert" --leader-elect=false --kube-api-qps=200 --kube-api-burst=400
}

kubelet_config() {
    cat << E
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: $KUBELET_PORT
readOnlyPort: 0
healthzPort: $KUBELET_HEALTH_PORT
healthzBindAddress: 127.0.0.1
tlsCertFile: $K8S_PKI/kubelet-server.crt
tlsPrivateKeyFile: $K8S_PKI/kubelet-server.key
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $K8S_PKI/ca.crt}}
authorization: {mode: Webhook}
# without systemd
cgroupDriver: cgroupfs
enforceNodeAllocatable: [pods]
failSwapOn: false
makeIPTablesUtilChains: false
hairpinMode: none
# There is no DNS. Asked for here it is refused at once, and without an address each pod gets a warning.
clusterDNS: [$K8S_SUBNET.1]
clusterDomain: cluster.local
volumePluginDir: $K8S/kubelet/plugins
# it would make directories under /var/lib/kubelet
featureGates: {DevicePlugins: false}
# how full the machine's disk is, is none of the tests' business
evictionHard: {memory.available: 100Mi, nodefs.available: "1%", imagefs.available: "1%"}
imageGCHighThresholdPercent: 100
maxPods: 200
kubeAPIQPS: 200
kubeAPIBurst: 400
eventRecordQPS: 0
# else the node is ready only after 10 s and more
nodeStatusUpdateFrequency: 2s
E
}

kubelet_start() {
    directory root 755 "$K8S/kubelet"
    kubelet_config | put "$K8S/kubelet.yaml" 644 || true
    # By this name and --kubelet-preferred-address-types it is reached over the loopback interface.
    k8s_daemon "$K8S_BIN/kubelet" --config="$K8S/kubelet.yaml" --kubeconfig="$K8S_PKI/node.kubeconfig" \
        --hostname-override=localhost --root-dir="$K8S/kubelet" --cert-dir="$K8S/cert" \
        --container-runtime=remote --container-runtime-endpoint="unix://$CONTAINERD_SOCKET"
}

containerd_config() {
    cat << E
version = 2
root = "$K8S/containerd/root"
state = "$K8S/containerd/state"
[grpc]
  address = "$CONTAINERD_SOCKET"
[plugins."io.containerd.internal.v1.opt"]
  path = "$K8S/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${K8S_IMAGE}pause:1"
  # root of a machine that is a container itself may not lower these
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$K8S/cni/net.d"
E
}

network_config() {
    cat << E
{"cniVersion": "0.4.0", "name": "$K8S_BRIDGE", "plugins": [{"type": "bridge", "bridge": "$K8S_BRIDGE", "isGateway": true,
 "ipMasq": false, "ipam": {"type": "host-local", "dataDir": "$K8S/cni/ipam",
 "ranges": [[{"subnet": "$K8S_SUBNET.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
E
}

containerd_start() {
    directory root 755 "$K8S/containerd" "$K8S/cni" "$K8S/cni/net.d"
    containerd_config | put "$K8S/containerd.toml" 644 || true
    network_config | put "$K8S/cni/net.d/10-testbed.conflist" 644 || true
    k8s_daemon containerd --config "$K8S/containerd.toml"
    wait_for 30 "containerd answers" ctr version || die "see $LOGS/containerd.log"
    local archive imported=$K8S/containerd/imported-${K8S_IMAGE_DIRECTORY##*/}
    [[ -e $imported ]] && return
    for archive in "$K8S_IMAGE_DIRECTORY"/*.tar; do
        ctr images import "$archive" >> "$LOGS/k8s-images.log" 2>&1 || die "$archive is not imported: see $LOGS/k8s-images.log"
    done
    touch "$imported"
}

node_ready() { [[ $(kubectl get node localhost -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]; }

k8s_running() {
    local name
    for name in "${K8S_DAEMONS[@]}"; do alive "$PIDS/$name.pid" "$name" || return 1; done
}

k8s_thaw() {
    local name pid
    for name in "${K8S_DAEMONS[@]}"; do
        if alive "$PIDS/$name.pid" "$name"; then
            read -r pid < "$PIDS/$name.pid"
            kill -CONT "$pid"
        fi
    done
}

# What says that a daemon does its work, once it has been started again.
k8s_works() {
    case $1 in
        etcd | kube-apiserver) apiserver_ready ;;
        kube-controller-manager) curl -sfk -m 5 "https://127.0.0.1:$CONTROLLERS_PORT/healthz" ;;
        kube-scheduler) curl -sfk -m 5 "https://127.0.0.1:$SCHEDULER_PORT/healthz" ;;
        kubelet) curl -sf -m 5 "http://127.0.0.1:$KUBELET_HEALTH_PORT/healthz" && node_ready ;;
    esac
}

# k8s_fault SERVICE VERB
k8s_fault() {
    local name=$1 verb=$2 pid
    case $name in apiserver | controller-manager | scheduler) name=kube-$name ;; esac
    [[ -e $K8S_PKI/complete ]] || die "there is no Kubernetes to break: sudo testbed/up k8s"
    case $verb in
        stop) stop "$name" "$PIDS/$name.pid" ;;
        kill)
            pid=$(cat "$PIDS/$name.pid")
            signal "$name" "$PIDS/$name.pid" KILL
            wait_for 5 "end of $name" gone "$pid" "$name"
            ;;
        start)
            "${name}_start"
            wait_for 60 "$1 works" k8s_works "$name" || die "see $LOGS/$name.log"
            ;;
        freeze) signal "$name" "$PIDS/$name.pid" STOP ;;
        thaw) signal "$name" "$PIDS/$name.pid" CONT ;;
        *) usage ;;
    esac
}

# ---- what the tests have there ---------------------------------------------------------------------------------------

# token_of ACCOUNT: of a service account; it does not expire
token_of() {
    local secret
    secret=$(kubectl -n "$K8S_NAMESPACE" get serviceaccount "$1" -o 'jsonpath={.secrets[0].name}')
    [[ -n $secret ]] && kubectl -n "$K8S_NAMESPACE" get secret "$secret" -o 'jsonpath={.data.token}' | base64 -d
}

# A directory of this machine that many pods may mount at once, by a claim. Any user may write to it, as to /tmp.
k8s_volume() {
    directory root 1777 "$K8S_VOLUME"
    put "$K8S/volume.yaml" 644 << E || true
apiVersion: v1
kind: PersistentVolume
metadata: {name: $K8S_NAMESPACE-$K8S_CLAIM}
spec:
  capacity: {storage: 10Gi}
  accessModes: [ReadWriteMany]
  storageClassName: ""
  hostPath: {path: $K8S_VOLUME, type: Directory}
  claimRef: {namespace: $K8S_NAMESPACE, name: $K8S_CLAIM}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: $K8S_CLAIM, namespace: $K8S_NAMESPACE}
spec:
  accessModes: [ReadWriteMany]
  storageClassName: ""
  volumeName: $K8S_NAMESPACE-$K8S_CLAIM
  resources: {requests: {storage: 10Gi}}
E
    kubectl apply -f "$K8S/volume.yaml"
}

claim_bound() { [[ $(kubectl -n "$K8S_NAMESPACE" get pvc "$K8S_CLAIM" -o 'jsonpath={.status.phase}') == Bound ]]; }

k8s_accounts() {
    local account
    if ! kubectl get namespace "$K8S_NAMESPACE" > /dev/null 2>&1; then kubectl create namespace "$K8S_NAMESPACE"; fi
    kubectl -n "$K8S_NAMESPACE" apply -f "$K8S_FILES/rights.yaml"
    if ! kubectl -n "$K8S_NAMESPACE" get serviceaccount powerless > /dev/null 2>&1; then
        kubectl -n "$K8S_NAMESPACE" create serviceaccount powerless
    fi
    # pods cannot be made before their account has a token
    for account in default clustrix powerless; do
        wait_for 60 "the service account $account has a token" token_of "$account" || die "see $LOGS/kube-controller-manager.log"
    done
    for account in clustrix powerless; do kubeconfig "$account" "$K8S_NAMESPACE" "token: $(token_of "$account")"; done
}

k8s_properties() {
    cat << E
k8s.version=$K8S_VERSION
k8s.kubectl=$K8S_BIN/kubectl
k8s.server=https://127.0.0.1:$APISERVER_PORT
k8s.kubeconfig=$K8S_PKI/clustrix.kubeconfig
k8s.kubeconfig.admin=$K8S_PKI/admin.kubeconfig
k8s.kubeconfig.powerless=$K8S_PKI/powerless.kubeconfig
k8s.context=testbed
k8s.namespace=$K8S_NAMESPACE
k8s.service-account=clustrix
k8s.node=localhost
k8s.audit=$LOGS/k8s-audit.log
k8s.image.jdk=${K8S_IMAGE}jdk:17
k8s.image.jdk.home=/opt/java
k8s.image.base=${K8S_IMAGE}base:1
k8s.image.busybox=${K8S_IMAGE}busybox:1
k8s.image.missing=${K8S_IMAGE}missing:1
k8s.image.user=1000
k8s.claim=$K8S_CLAIM
k8s.claim.directory=$K8S_VOLUME
E
}

# ---- up and down ----------------------------------------------------------------------------------------------------

# A kubelet deletes the logs of pods that it does not know, and the control groups of all pods.
k8s_alone() {
    local directory
    [[ -e $K8S/pod-logs ]] && return
    for directory in "${K8S_POD_LOGS[@]}"; do
        [[ -z $(ls -A "$directory" 2> /dev/null) ]] || die "$directory has logs of other pods: this machine has a Kubernetes of its own"
    done
    touch "$K8S/pod-logs"
}

k8s_up() {
    local start=$SECONDS
    k8s_installed || die "what Kubernetes needs is not all installed: sudo testbed/install k8s"
    directory root 755 "$K8S"
    k8s_alone
    k8s_thaw
    k8s_keys
    etcd_start
    kube-apiserver_start
    containerd_start
    wait_for 90 "the API server is ready" apiserver_ready || die "see $LOGS/kube-apiserver.log and $LOGS/etcd.log"
    kube-controller-manager_start
    kube-scheduler_start
    kubelet_start
    wait_for 60 "the controller manager is healthy" k8s_works kube-controller-manager || die "see $LOGS/kube-controller-manager.log"
    wait_for 60 "the scheduler is healthy" k8s_works kube-scheduler || die "see $LOGS/kube-scheduler.log"
    k8s_accounts > "$LOGS/k8s-accounts.log" 2>&1 || die "no accounts: see $LOGS/k8s-accounts.log"
    k8s_volume > "$LOGS/k8s-volume.log" 2>&1 || die "no volume: see $LOGS/k8s-volume.log"
    wait_for 30 "the claim is bound" claim_bound || die "see $LOGS/k8s-volume.log and $LOGS/kube-controller-manager.log"
    wait_for 60 "the node is ready" node_ready || die "see $LOGS/kubelet.log and $LOGS/containerd.log"
    say "k8s is up after $((SECONDS - start)) s: $K8S_BIN/kubectl --kubeconfig $K8S_PKI/clustrix.kubeconfig get pods"
}

no_tasks() { [[ -z $(ctr tasks ls -q) ]]; }

# The keepers of containers are no children of containerd; their command line has its socket, and that is ours.
k8s_shims() { pgrep -f "^/usr/bin/containerd-shim-runc-v2 .* -address $CONTAINERD_SOCKET( |\$)" || true; }
no_shims() { [[ -z $(k8s_shims) ]]; }

k8s_containers_down() {
    local id pid
    if alive "$PIDS/containerd.pid" containerd; then
        for id in $(ctr tasks ls -q); do ctr tasks kill -s 9 "$id" || true; done
        for id in $(ctr containers ls -q); do
            ctr tasks rm -f "$id" || true
            ctr containers rm "$id" || true
            rm -f /var/lib/cni/results/*-"$id"-*
        done
        wait_for 5 "end of all containers" no_tasks || true
        stop containerd "$PIDS/containerd.pid"
    fi > "$LOGS/k8s-down.log" 2>&1
    if ! wait_for 2 "end of the keepers of containers" no_shims 2> /dev/null; then
        for pid in $(k8s_shims); do kill -KILL "$pid" 2> /dev/null || true; done
    fi
}

# The next one is a new cluster; only the keys stay.
k8s_down() {
    local mount
    [[ -d $K8S ]] || return 0
    k8s_thaw
    stop kubelet "$PIDS/kubelet.pid"
    stop kube-scheduler "$PIDS/kube-scheduler.pid"
    stop kube-controller-manager "$PIDS/kube-controller-manager.pid"
    stop kube-apiserver "$PIDS/kube-apiserver.pid"
    stop etcd "$PIDS/etcd.pid"
    k8s_containers_down
    awk -v directory="$K8S/" 'index($2, directory) == 1 { print $2 }' /proc/mounts | sort -r |
        while read -r mount; do umount -l "$mount" || true; done
    ip link delete "$K8S_BRIDGE" 2> /dev/null || true
    find /sys/fs/cgroup/kubepods /sys/fs/cgroup/*/kubepods -depth -type d -exec rmdir {} + 2> /dev/null || true
    rm -f /var/lib/cni/results/"$K8S_BRIDGE"-*
    # containerd and its network plugin make these whatever they are told
    find /run/containerd /var/lib/cni -depth -type d -empty -delete 2> /dev/null || true
    if [[ -e $K8S/pod-logs ]]; then rm -rf "${K8S_POD_LOGS[@]}" "$K8S/pod-logs"; fi
    rm -rf --one-file-system "$K8S"/{etcd,kubelet,containerd,cni,cert,volume}
}

k8s_status() {
    local name
    for name in "${K8S_DAEMONS[@]}"; do line "$name" "$PIDS/$name.pid" "$name"; done
}
