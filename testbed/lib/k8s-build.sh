# shellcheck shell=bash
# Makes what the Kubernetes of the test bed needs and no Debian package has: its programs, out of Debian's own source
# package, and the images of the pods, out of this machine's packages. All of it goes to a directory outside of the
# checkout, each part in one step, so that it is there whole or not at all.
K8S_VERSION=1.20.2
K8S_CACHE=${CLUSTRIX_TEST_K8S_CACHE:-/var/cache/clustrix-testbed}
# Counts the changes of the recipe below, so that programs by an older one are not taken for those of a newer.
K8S_BIN=$K8S_CACHE/kubernetes-$K8S_VERSION-1
K8S_PROGRAMS=(kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl)
K8S_FILES=$CHECKOUT/testbed/k8s
# .invalid never is a host: an image that is not there cannot be had from anywhere.
K8S_IMAGE=testbed.invalid/

k8s_installed() {
    [[ -x /usr/bin/etcd && -x /usr/bin/containerd && -x /usr/sbin/runc && -x /usr/lib/cni/bridge ]] && k8s_jdk > /dev/null
}

k8s_built() { [[ -x $K8S_BIN/kubectl ]]; }

# Debian's JDK, whose libraries are Debian's too.
k8s_jdk() {
    local home
    for home in /usr/lib/jvm/java-17-openjdk-*; do
        if [[ -x $home/bin/java ]]; then
            echo "$home"
            return
        fi
    done
    return 1
}

# ---- programs -------------------------------------------------------------------------------------------------------

# k8s_source DIRECTORY: the source package, by lists of our own, so that the machine's stay as they are
k8s_source() {
    local work=$1 apt=$1/apt version
    mkdir -p "$apt"/{sources,lists/partial,cache/archives/partial}
    find /etc/apt/sources.list.d -name '*.sources' -exec sed -s 's/^Types:.*/Types: deb-src/' {} + > "$apt/sources/all.sources"
    find /etc/apt/sources.list.d /etc/apt/sources.list -name '*.list' -exec sed -n 's/^deb /deb-src /p' {} + \
        > "$apt/sources/all.list" 2> /dev/null || true
    printf '%s\n' 'Dir::Etc::sourcelist "/dev/null";' "Dir::Etc::sourceparts \"$apt/sources\";" "Dir::State::lists \"$apt/lists\";" \
        "Dir::Cache \"$apt/cache\";" 'APT::Sandbox::User "root";' > "$apt/apt.conf"
    export APT_CONFIG=$apt/apt.conf
    apt-get -q update
    version=$(apt-cache showsrc --only-source kubernetes | sed -n "s/^Version: \(.*really$K8S_VERSION-.*\)/\1/p" | tail -n 1)
    [[ -n $version ]] || die "the machine's package sources have no source package of Kubernetes $K8S_VERSION"
    (cd "$work" && apt-get -q source "kubernetes=$version")
    unset APT_CONFIG
    mkdir -p "$work/go/src/k8s.io"
    mv "$work"/kubernetes-*/ "$work/go/src/k8s.io/kubernetes"
}

# k8s_generate DIRECTORY: the one generated file that the source package lacks. The current directory is the source.
k8s_generate() {
    local work=$1 directories
    go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    directories=$({
        grep -rl --include=*.go '+k8s:openapi-gen=' pkg cmd plugin || true
        (cd staging/src && grep -rl --include=*.go '+k8s:openapi-gen=' k8s.io | sed 's,^,vendor/,')
    } | grep -vE '_test\.go$|/testdata/|vendor/k8s.io/(code-generator|sample-apiserver)/' | xargs -n1 dirname |
        sort -u | sed 's,^,k8s.io/kubernetes/,' | paste -sd,)
    "$work/openapi-gen" --logtostderr -i "$directories" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
        -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r "$work/violations.report"
}

# k8s_compile DIRECTORY
k8s_compile() {
    local work=$1 vendor=k8s.io/kubernetes/vendor/k8s.io name
    # GOPATH mode: the source package's module files do not agree with its vendor directory. No network from here on.
    mkdir "$work/tmp"
    export GOPATH=$work/go GOCACHE=$work/cache GOTMPDIR=$work/tmp GO111MODULE=off GOFLAGS='' GOPROXY=off CGO_ENABLED=0
    export PATH=/usr/lib/go-1.19/bin:$PATH
    cd "$work/go/src/k8s.io/kubernetes"
    # The vendored reflect2 is of before Go 1.18 and calls the runtime by an older signature: with a newer Go it writes
    # to wrong places in memory, and requests die at random. Debian has one that is right.
    rm -rf vendor/github.com/modern-go/reflect2
    cp -r /usr/share/gocode/src/github.com/modern-go/reflect2 vendor/github.com/modern-go/
    k8s_generate "$work"
    mkdir -p cmd/testbed
    cp "$K8S_FILES/main.go" cmd/testbed/
    mkdir "$work/bin"
    go build -trimpath -tags 'providerless dockerless' -o "$work/bin/kubernetes" -ldflags "-s -w \
        -X $vendor/component-base/version.gitVersion=v$K8S_VERSION -X $vendor/client-go/pkg/version.gitVersion=v$K8S_VERSION \
        -X $vendor/component-base/version.gitMajor=1 -X $vendor/component-base/version.gitMinor=20 \
        -X $vendor/component-base/version.gitTreeState=clean" ./cmd/testbed
    for name in "${K8S_PROGRAMS[@]}"; do ln -s kubernetes "$work/bin/$name"; done
}

# k8s_build: programs and images, if they are not there. Another one that is at it is waited for.
k8s_build() {
    k8s_installed || die "what Kubernetes needs is not all installed: sudo testbed/install k8s"
    [[ $K8S_CACHE =~ ^/[A-Za-z0-9._/-]+$ ]] ||
        die "CLUSTRIX_TEST_K8S_CACHE must be an absolute path of letters, digits and ._/-, not '$K8S_CACHE'"
    mkdir -p "$K8S_CACHE" "$LOGS"
    exec 8> "$K8S_CACHE/lock"
    flock -w 1800 8 || die "another build has held $K8S_CACHE/lock for 1800 s"
    k8s_images
    if ! k8s_built; then
        [[ -x /usr/lib/go-1.19/bin/go ]] || die "Go is not installed: sudo testbed/install k8s"
        # what a build that was killed has left
        rm -rf "$K8S_CACHE"/build.*
        local work start=$SECONDS
        work=$(mktemp -d "$K8S_CACHE/build.XXXXXX")
        chmod 755 "$work"
        say "building Kubernetes $K8S_VERSION, some 4 minutes; its log is $LOGS/k8s-build.log"
        (set -e && k8s_source "$work" && k8s_compile "$work") > "$LOGS/k8s-build.log" 2>&1 < /dev/null || true
        [[ -L $work/bin/kubectl ]] || {
            tail -n 20 "$LOGS/k8s-build.log" >&2
            die "Kubernetes is not built: see $LOGS/k8s-build.log; its directory is $work"
        }
        mv -T "$work/bin" "$K8S_BIN"
        rm -rf "$work"
        say "built Kubernetes $K8S_VERSION in $((SECONDS - start)) s: $K8S_BIN"
    fi
    exec 8>&-
}

# ---- images ---------------------------------------------------------------------------------------------------------

# image FILE NAME COMMAND ENVIRONMENT LAYER...: an archive as "docker save" writes it; the layers are tar files in FILE's directory
image() {
    local file=$1 name=$2 command=$3 environment=$4 layer digest digests='' paths='' config
    shift 4
    for layer in "$@"; do
        digest=$(sha256sum < "${file%/*}/$layer")
        digests+="${digests:+,}\"sha256:${digest%% *}\""
        paths+="${paths:+,}\"$layer\""
    done
    config=${file##*/}.json
    printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Env":[%s],"WorkingDir":"/work","Cmd":["%s"]},"rootfs":{"type":"layers","diff_ids":[%s]}}' \
        "$(dpkg --print-architecture)" "$environment" "$command" "$digests" > "${file%/*}/$config"
    printf '[{"Config":"%s","RepoTags":["%s"],"Layers":[%s]}]' "$config" "$name" "$paths" > "${file%/*}/manifest.json"
    tar -C "${file%/*}" --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$file" manifest.json "$config" "$@"
}

# layer FILE DIRECTORY
layer() { tar -C "$2" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$1" .; }

# libraries_of DIRECTORY: the shared libraries outside of it that what is in it needs
libraries_of() {
    find "$1/" \( -name '*.so' -o -path '*/bin/*' \) -type f -exec ldd {} + 2> /dev/null |
        awk -v inside="$1/" '/=> \// && index($3, inside) != 1 { print $3 } /^\t\/lib/ { print $1 }' | sort -u
}

# k8s_images: makes them again when the JDK, busybox or the recipe have changed
k8s_images() {
    local jdk recipe out work applet file directory
    jdk=$(k8s_jdk)
    recipe=$({
        cat "${BASH_SOURCE[0]}" "$K8S_FILES/pause.c" "$jdk/release"
        dpkg-query -W busybox-static libc6
    } | sha256sum)
    out=$K8S_CACHE/images-${recipe:0:12}
    # shellcheck disable=SC2034 # lib/k8s.sh imports them
    K8S_IMAGE_DIRECTORY=$out
    [[ -d $out ]] && return
    rm -rf "$K8S_CACHE"/images.*
    work=$(mktemp -d "$K8S_CACHE/images.XXXXXX")
    chmod 755 "$work"
    mkdir -p "$work"/{tar,pause,busybox/{bin,etc,proc,sys,dev,root,usr/bin},base,jdk/opt}

    gcc -Os -static -s -o "$work/pause/pause" "$K8S_FILES/pause.c"

    cp /bin/busybox "$work/busybox/bin/"
    for applet in $(/bin/busybox --list); do
        [[ $applet == busybox ]] || ln -s busybox "$work/busybox/bin/$applet"
    done
    # Any user may write to these two, so the images can be run as one who is not root.
    mkdir -m 1777 "$work/busybox/tmp" "$work/busybox/work"
    printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'worker:x:1000:1000::/work:/bin/sh' \
        'nobody:x:65534:65534:nobody:/work:/bin/sh' > "$work/busybox/etc/passwd"
    printf '%s\n' 'root:x:0:' 'worker:x:1000:' 'nogroup:x:65534:' > "$work/busybox/etc/group"

    # The directory, with what its links lead to elsewhere; not what nobody runs.
    mkdir "$work/jdk/opt/java"
    tar -C "$jdk" --dereference --ignore-failed-read --exclude={./docs,./jmods,./man,./include,./legal,src.zip} -cf - . |
        tar -C "$work/jdk/opt/java" -xf -
    # What a JDK needs of the machine, and a Java that is brought along finds there: another one than this also what the
    # C library has always had.
    for file in $(libraries_of "$jdk") $(dpkg -L libc6 | grep -E '/lib(dl|m|pthread|rt)\.so\.[0-9]+$'); do
        directory=$work/base${file%/*}
        mkdir -p "$directory"
        cp -L "$file" "$directory/"
    done

    for directory in pause busybox base jdk; do layer "$work/tar/$directory.layer" "$work/$directory"; done
    local path='"PATH=/opt/java/bin:/bin:/usr/bin","LANG=C.UTF-8"'
    image "$work/tar/pause.tar" "${K8S_IMAGE}pause:1" /pause '' pause.layer
    image "$work/tar/busybox.tar" "${K8S_IMAGE}busybox:1" /bin/sh "$path" busybox.layer
    image "$work/tar/base.tar" "${K8S_IMAGE}base:1" /bin/sh "$path" busybox.layer base.layer
    image "$work/tar/jdk.tar" "${K8S_IMAGE}jdk:17" /bin/sh "$path,\"JAVA_HOME=/opt/java\"" busybox.layer base.layer jdk.layer
    rm "$work/tar"/*.layer "$work/tar"/*.json
    mv -T "$work/tar" "$out"
    rm -rf "$work"
    # those of other recipes
    find "$K8S_CACHE" -maxdepth 1 -name 'images-*' ! -path "$out" -exec rm -rf {} +
    say "made the images of the pods: $out"
}
