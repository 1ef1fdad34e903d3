#!/usr/bin/env bash
# Several hosts on one machine, for tests of mpirun across hosts; see --help.
set -euo pipefail

usage() {
    cat <<'H'
usage: hosts.sh run N CMD...      with N hosts up, run CMD; its exit code is this one's
 inside of CMD:
       hosts.sh mpirun ARGS...    Open MPI's mpirun over the hosts, started on a host of its own, without ranks
       hosts.sh exec I CMD...     run CMD on host I, as ssh would
       hosts.sh link I up|down    plug in, or cut, the cable of host I
       hosts.sh kill I            cut the power of host I

Host I is called hI, and is a set of Linux namespaces: its own name, network card and address, processes, /proc
and /dev/shm. The file system is that of the machine, as if all hosts had mounted it. All of it is in namespaces
itself, which end with CMD, or with this process however it is ended: nothing is left behind, no address of the
machine is taken, and several sets may be up at once. $TMPDIR is a directory that all hosts of the set share.
Wants Linux, `ip`, `unshare` and `nsenter`; and root, or leave to have user namespaces.

SLOTS=N (1) is the number of ranks that mpirun puts on a host.
H
}

self=$(readlink -f "$0")
# On a file system of the set's own: what is there goes with it.
state=/run/grange-hosts
net=10.78.0

die() {
    echo "hosts.sh: $*" >&2
    exit 1
}

# enter I CMD...: on that host.
enter() {
    local pid
    pid=$(cat "$state/h$1.pid" 2>/dev/null) || die "host h$1 is not up"
    shift
    # The process noted is the one that made the namespaces; of processes it is outside itself.
    exec nsenter -t "$pid" -n -u -i -m --pid="/proc/$pid/ns/pid_for_children" -- "$@"
}

# The first process of a host: it takes in what others orphan, and all end with it.
host() {
    hostname "h$1"
    ip link set lo up
    mount -t tmpfs -o mode=1777 tmpfs /dev/shm
    : >"$state/h$1.ready"
    while :; do
        sleep 1000 &
        wait $! || true
    done
}

# wait_for FILE PID: until it is there, unless that process ends first.
wait_for() {
    until [ -e "$1" ]; do
        kill -0 "$2" 2>/dev/null || die "a host does not come up"
        sleep 0.01
    done
}

boot() {
    local i=$1 pid
    setsid unshare --net --uts --ipc --mount --pid --fork --kill-child=SIGKILL --mount-proc \
        "$BASH" "$self" __host "$i" </dev/null &
    pid=$!
    disown
    echo "$pid" >"$state/h$i.pid"
    wait_for "$state/h$i.ready" "$pid"
    ip link add name "cable$i" type veth peer name eth0 netns "$pid"
    ip link set "cable$i" master switch up
    nsenter -t "$pid" -n ip addr add "$net.$i/24" dev eth0
    nsenter -t "$pid" -n ip link set eth0 up
}

# The first process of the set, in namespaces of its own.
inside() {
    local n=$1 i
    shift
    mount -t tmpfs tmpfs /run
    mkdir -p "$state/tmp"
    # The launcher names its files there by process, and those of two sets have the same numbers.
    export TMPDIR=$state/tmp
    hostname head
    ip link set lo up
    ip link add name switch type bridge
    ip addr add "$net.254/24" dev switch
    ip link set switch up
    # A name without an address costs seconds at every start.
    echo "127.0.0.1 localhost" >"$state/hosts"
    echo "$net.254 head" >>"$state/hosts"
    for ((i = 1; i <= n; i++)); do
        echo "$net.$i h$i" >>"$state/hosts"
        echo "h$i slots=${SLOTS:-1}" >>"$state/hostfile"
    done
    mount --bind "$state/hosts" /etc/hosts
    # What mpirun calls for ssh: agent HOST COMMAND.
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nhost=${1#h}\nshift\nexec "%s" exec "$host" sh -c "$*"\n' "$self" >"$state/agent"
    chmod +x "$state/agent"
    for ((i = 1; i <= n; i++)); do boot "$i"; done
    # In the background, since only so a signal is heeded before it is over.
    trap 'kill -TERM "$!"' TERM
    "$@" &
    i=0
    wait $! || i=$?
    exit "$i"
}

case ${1:-} in
-h | --help) usage ;;
run)
    [ $# -ge 3 ] || die "run N CMD... (see --help)"
    for tool in ip unshare nsenter setsid; do
        command -v "$tool" >/dev/null || die "no '$tool' on PATH"
    done
    user=()
    [ "$(id -u)" -eq 0 ] || user=(--user --map-root-user)
    exec unshare "${user[@]}" --net --uts --ipc --mount --pid --fork --kill-child=SIGKILL --mount-proc \
        "$BASH" "$self" __inside "${@:2}"
    ;;
__inside) inside "${@:2}" ;;
__host) host "$2" ;;
mpirun)
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    # Where hwloc looks for OpenCL, the library for that may block signals in mpirun, which then hands none on.
    export HWLOC_COMPONENTS=${HWLOC_COMPONENTS--opencl}
    exec mpirun --hostfile "$state/hostfile" --mca plm rsh --mca plm_rsh_agent "$state/agent" \
        --mca plm_rsh_no_tree_spawn 1 --mca oob_tcp_if_include "$net.0/24" --mca btl_tcp_if_include "$net.0/24" \
        --bind-to none "${@:2}"
    ;;
exec) enter "${@:2}" ;;
link) ip link set "cable$2" "$3" ;;
kill)
    # First the cable: the dying hosts of real life do not say so to their peers.
    ip link set "cable$2" down
    kill -KILL "$(cat "$state/h$2.pid")"
    rm "$state/h$2.pid"
    ;;
*)
    echo "hosts.sh: what? (see --help)" >&2
    exit 2
    ;;
esac
