# shellcheck shell=bash
# Shared by the scripts of this directory, which source it first. Therefore some of
# its variables are used only there, and some come from the settings file.
# shellcheck disable=SC2034,SC2154
set -euo pipefail
shopt -s inherit_errexit

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
parts=(etcd kube-apiserver kube-controller-manager kube-scheduler)

say() {
    printf 'control-plane: %s\n' "$*" >&2
}

die() {
    say "$1"
    exit "${2:-1}"
}

# Sets $dir, the state directory, and names derived from it: everything that the
# machine has only one of (cgroups, interfaces) gets this name.
use_dir() {
    dir=$(realpath -m -- "${1:-${PODBAY_CONTROL_PLANE:-${XDG_RUNTIME_DIR:-/tmp}/podbay-control-plane-$UID}}")
    # With a longer path, the sockets in it would not fit into the 108 bytes of a socket address.
    ((${#dir} <= 60)) || die "the path of the state directory is too long (more than 60 bytes): $dir"
    name=podbay-$(printf %s "$dir" | sha256sum | cut -c1-8)
    socket=$dir/containerd.sock
}

# Options of every script. The remaining arguments are in $args.
parse() {
    local chosen=
    args=()
    while (($#)); do
        case $1 in
            --dir)
                chosen=${2:?--dir needs a directory}
                shift
                ;;
            --help | -h)
                # Prints the comment at the top of the script.
                sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
                exit 0
                ;;
            --)
                shift
                args+=("$@")
                break
                ;;
            *) args+=("$1") ;;
        esac
        shift
    done
    use_dir "$chosen"
}

is_ours() {
    [[ -f $dir/settings && -O $dir ]]
}

# Prints the process ids of a part, which may be a pattern. Every process is
# started by a unique name in $dir/libexec, so its command line identifies
# it: there is no pid file that could be missing or outdated.
pids() {
    local file first
    for file in /proc/[0-9]*/cmdline; do
        first=
        { IFS= read -r -d '' first <"$file" || true; } 2>/dev/null
        # shellcheck disable=SC2053 # a pattern is wanted
        if [[ $first == "$dir/libexec/"$1 ]]; then
            file=${file%/cmdline}
            echo "${file#/proc/}"
        fi
    done
}

runs() {
    [[ -n $(pids "$1") ]]
}

# Ends processes and waits until they are gone. A process whose first thread has
# released its memory has no command line any more, but may still be ending others
# (like the first process of a PID namespace): only its state shows that.
end() {
    local signal=$1 seconds=$2 pid state deadline
    shift 2
    (($#)) || return 0
    kill "-$signal" "$@" 2>/dev/null || true
    deadline=$((SECONDS + seconds))
    for pid; do
        while state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null) && [[ $state != [ZX] ]]; do
            ((SECONDS < deadline)) || return 1
            sleep 0.05
        done
    done
}

# Starts a part in the background, with its log in $dir/log.
launch() {
    local part=$1
    shift
    setsid "${within[@]}" "$dir/libexec/$part" "$@" >>"$dir/log/$part.log" 2>&1 </dev/null 9<&- &
    named "$part" $!
    disown
}

# Waits until a process that was just started has the name of its part, by which it is identified from then on,
# or until it has ended.
named() {
    local part=$1 pid=$2 deadline=$((SECONDS + 30))
    until runs "$part"; do
        kill -0 "$pid" 2>/dev/null || return 0
        ((SECONDS < deadline)) || die "process $pid has not become $part within 30 s"
        sleep 0.02
    done
}

# Everything launched from here on runs in the namespaces of the host.
enter_host() {
    local pid
    pid=$(pids host)
    [[ $pid ]] || die "the host is not running"
    within=("$dir/libexec/nsenter" --target "$pid" --mount --pid --)
}

start_part() {
    local url pki=$dir/pki kubeconfig=$dir/pki/$1.kubeconfig within=()
    # shellcheck source=/dev/null
    . "$dir/settings"
    url=unix://$dir/etcd.sock
    case $1 in
        etcd)
            # On a socket in the state directory: no port, and nobody else can access
            # it. etcd requires ports to advertise, but nothing uses them.
            launch etcd --data-dir="$dir/etcd" --unsafe-no-fsync \
                --listen-client-urls="$url" --advertise-client-urls=http://localhost:1 \
                --listen-peer-urls="unix://$dir/etcd-peer.sock" \
                --initial-advertise-peer-urls=http://localhost:1 --initial-cluster=default=http://localhost:1
            ;;
        kube-apiserver)
            local extra=()
            # Without the controller manager, nothing creates the service accounts
            # that this plugin requires of every pod.
            [[ -x $dir/libexec/kube-controller-manager ]] || extra+=(--disable-admission-plugins=ServiceAccount)
            launch kube-apiserver --etcd-servers="$url" \
                --bind-address=127.0.0.1 --secure-port="$api_port" --advertise-address=127.0.0.1 \
                --endpoint-reconciler-type=none \
                --tls-cert-file="$pki/kube-apiserver.crt" --tls-private-key-file="$pki/kube-apiserver.key" \
                --client-ca-file="$pki/ca.crt" \
                --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction "${extra[@]}" \
                --allow-privileged=true \
                --service-cluster-ip-range=10.96.0.0/16 \
                --service-account-issuer=https://kubernetes.default.svc.cluster.local \
                --service-account-key-file="$pki/service-account.key" \
                --service-account-signing-key-file="$pki/service-account.key" \
                --kubelet-preferred-address-types=Hostname \
                --kubelet-certificate-authority="$pki/ca.crt" \
                --kubelet-client-certificate="$pki/kube-apiserver-kubelet-client.crt" \
                --kubelet-client-key="$pki/kube-apiserver-kubelet-client.key"
            ;;
        kube-controller-manager)
            # With its default request rate, it takes two seconds longer to start.
            launch kube-controller-manager --kubeconfig="$kubeconfig" \
                --leader-elect=false --secure-port=0 --kube-api-qps=200 --kube-api-burst=400 \
                --use-service-account-credentials \
                --root-ca-file="$pki/ca.crt" \
                --service-account-private-key-file="$pki/service-account.key" \
                --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key"
            ;;
        kube-scheduler)
            launch kube-scheduler --kubeconfig="$kubeconfig" --leader-elect=false --secure-port=0
            ;;
        containerd)
            enter_host
            launch containerd --config="$dir/containerd.toml"
            ;;
        kubelet)
            # Named "localhost", which is where the API server then
            # connects to it: logs and exec stay on loopback.
            enter_host
            launch kubelet --kubeconfig="$kubeconfig" --config="$dir/kubelet.yaml" \
                --hostname-override=localhost --root-dir="$dir/kubelet" --cert-dir="$pki"
            ;;
        *) die "no such part: $1" 2 ;;
    esac
}

# Waits until a command succeeds. If a part that it needs ends meanwhile, or after the
# timeout, prints the end of that part's log and fails.
wait_for() {
    local what=$1 part=$2 patience=$3 deadline=$((SECONDS + $3))
    shift 3
    until "$@" >/dev/null 2>&1; do
        if ! runs "$part"; then
            say "$part ended before $what"
        elif ((SECONDS >= deadline)); then
            say "gave up after $patience s of waiting until $what"
        else
            sleep 0.1
            continue
        fi
        say "the last lines of ${logs:-$dir/log}/$part.log:"
        tail -n 20 "$dir/log/$part.log" >&2 || true
        return 1
    done
}

kubectl() {
    "$dir/bin/kubectl" --kubeconfig="$dir/kubeconfig" --request-timeout=5s "$@"
}

api_ready() {
    kubectl get --raw=/readyz
}

# The cgroups of all pods: one in every hierarchy, of which cgroup v2 has one and cgroup v1 a dozen.
cgroups() {
    local where type
    while read -r _ where type _; do
        case $type in
            cgroup | cgroup2) echo "$where/$name" ;;
        esac
    done </proc/self/mounts
}

# Stops the host, or what remains of it. The first process of its PID
# namespace ends all others with it (kubelet, containerd, its shims, the
# pods), and with the last process, the mounts and the pods' networks vanish.
host_down() {
    local group port
    # A frozen process cannot be killed.
    while read -r group; do
        [[ ! -f $group/freezer.state ]] || find "$group" -name freezer.state -exec sh -c 'echo THAWED >"$1"' - {} \;
    done < <(cgroups)
    # shellcheck disable=SC2046 # one argument for each
    end KILL 30 $(pids host) $(pids unshare) $(pids nsenter) || say "the host does not end"
    while read -r group; do
        # Empty, but still busy for a moment.
        for _ in {1..100}; do
            [[ ! -d $group ]] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || { sleep 0.05; continue; }
            break
        done
    done < <(cgroups)
    if ip link show "$name" >/dev/null 2>&1; then
        # The kernel removes a pod's interface some time after its process: do not wait for it.
        for port in $(ip -o link show master "$name" | sed 's/^[0-9]*: \([^@:]*\).*/\1/'); do
            ip link delete "$port" 2>/dev/null || true
        done
        ip link delete "$name"
    fi
    rm -rf "$dir/containerd" "$dir/run" "$dir/kubelet" "$dir/pods" "$dir/over" "$dir/cni-state"
}

# Stops everything, or what remains of it.
take_down() {
    is_ours || return 0
    host_down
    # No data survives, so a graceful stop would have no benefit.
    # shellcheck disable=SC2046 # one argument for each
    end KILL 30 $(pids '*') || say "the control plane does not end"
    rm -rf "$dir"
}

# Timeout in seconds for waiting for others: longer than a build takes.
patience=${PODBAY_CONTROL_PLANE_PATIENCE:-1800}

# The processes that have a file or folder open.
holders() {
    local pid fd
    for pid in /proc/[0-9]*; do
        for fd in "$pid"/fd/*; do
            if [[ ${pid#/proc/} != "$$" && $fd -ef $1 ]]; then
                printf '%s (%s) ' "${pid#/proc/}" "$(tr '\0' ' ' <"$pid/cmdline" 2>/dev/null)"
                break
            fi
        done
    done
}

# Locks the file or folder of an open file descriptor, and reports what it waits for.
lock_file() {
    local fd=$1 file=$2 what=$3
    ! flock -n "$fd" || return 0
    say "waiting for $what: $(holders "$file")"
    flock -w "$patience" "$fd" || die "gave up after $patience s of waiting for $what: $(holders "$file")"
}

# Waits until no other script is changing this cluster. The lock is on the state
# directory itself, which a "down" may have removed meanwhile. File
# descriptor 9 holds it, so no process that keeps running may inherit it.
lock() {
    until
        (umask 077 && mkdir -p "$dir")
        exec 9<"$dir"
        lock_file 9 "$dir" "another script that changes the cluster in $dir"
        [[ $dir -ef /proc/self/fd/9 ]]
    do
        :
    done
}

# A cluster is reachable over loopback only, so only from the network namespace in which it was started.
same_network() {
    # shellcheck source=/dev/null
    . "$dir/settings"
    [[ ${netns:?} == "$(readlink /proc/self/ns/net)" ]]
}
