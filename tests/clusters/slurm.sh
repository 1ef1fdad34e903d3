#!/usr/bin/env bash
# A Slurm cluster of several nodes on this one Linux machine, for as long as a command runs; see usage.
#
# Every node has its own network, host name, process table, /dev/shm and IPC, by namespaces; all files are
# shared, as on a cluster. The cluster itself is in namespaces too, with all its own files below a /run of
# its own: nothing of it can outlive this script, however that ends. No systemd, no control groups.
set -euo pipefail

usage() {
    cat <<'H'
usage: tests/clusters/slurm.sh run NODES -- COMMAND...

Brings up slurmctld and so many nodes, n1, n2, ..., runs COMMAND with SLURM_CONF and
a TMPDIR that all nodes share, and takes all down. Needs Slurm, munge, ip, and root or
user namespaces. Partitions: debug, and high, whose jobs preempt those of debug.

In COMMAND:
  slurm.sh crash I         cuts the power of node I: all its processes end at once
  slurm.sh boot I          switches it on again
  slurm.sh link I up|down  plugs its network cable in, or pulls it
  slurm.sh exec I CMD...   runs CMD on it

CLUSTER_CPUS  cores that each node claims to have (default: 4)
H
}

me=$(readlink -f "$0")
cluster=/run/grange-slurm
network=10.77.0
cpus=${CLUSTER_CPUS:-4}
export PATH=/usr/local/sbin:/usr/sbin:/sbin:$PATH
export SLURM_CONF=$cluster/slurm.conf

die() { echo "slurm.sh: $*" >&2 && exit 1; }

# until_true TRIES COMMAND...: fails when it was not true so many times, 0.05 s apart.
until_true() {
    local left=$1
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.05
    done
}

# Intervals are the shortest that Slurm bears, since tests wait for them: nodes that do not answer
# (SlurmdTimeout), the end of what was cancelled (KillWait, GraceTime), a requeued job's next start, which
# is when credentials have expired (cred_expire).
write_conf() {
    local nodes=$1 user i
    user=$(id -un)
    cat >"$SLURM_CONF" <<C
ClusterName=grange
SlurmctldHost=head($network.254)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$cluster/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool/%n
SlurmctldPidFile=$cluster/slurmctld.pid
SlurmdPidFile=$cluster/slurmd-%n.pid
TmpFS=$cluster/local
SlurmctldLogFile=$cluster/log/slurmctld
SlurmdLogFile=$cluster/log/%n
MailProg=/bin/true
RebootProgram=/bin/false
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
ReturnToService=1
MessageTimeout=5
SlurmctldTimeout=10
SlurmdTimeout=6
InactiveLimit=0
KillWait=5
WaitTime=0
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=2,sched_min_interval=10000,batch_sched_delay=1
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
NodeName=DEFAULT CPUs=$cpus RealMemory=4000 State=UNKNOWN
$(for ((i = 1; i <= nodes; i++)); do echo "NodeName=n$i NodeAddr=$network.$i"; done)
PartitionName=DEFAULT Nodes=ALL MaxTime=INFINITE DefaultTime=10 State=UP
PartitionName=debug Default=YES PriorityTier=1 GraceTime=5
PartitionName=high PriorityTier=10 PreemptMode=OFF
C
    {
        echo "127.0.0.1 localhost"
        echo "$network.254 head"
        for ((i = 1; i <= nodes; i++)); do echo "$network.$i n$i"; done
    } >"$cluster/hosts"
}

# What runs as the first process of a node.
node() {
    hostname "n$1"
    mount -t tmpfs -o mode=1777 tmpfs /dev/shm
    # Slurm's pmix makes the same names there on every node.
    mount -t tmpfs -o mode=1777 tmpfs "$cluster/local"
    slurmd -D -N "n$1" </dev/null >>"$cluster/log/n$1.err" 2>&1 &
    # It collects what is left of others until the power is cut.
    while :; do wait -n || sleep 1; done
}

boot() {
    local i=$1
    mkdir -p "$cluster/spool/n$i"
    if [ ! -e "/run/netns/n$i" ]; then
        ip netns add "n$i"
        ip link add "cable$i" type veth peer name eth0 netns "n$i"
        ip link set "cable$i" master switch up
        ip -n "n$i" addr add "$network.$i/24" dev eth0
        ip -n "n$i" link set eth0 up
        ip -n "n$i" link set lo up
    fi
    ip link set "cable$i" up
    setsid nsenter --net="/run/netns/n$i" \
        unshare --uts --ipc --mount --pid --fork --kill-child=SIGKILL --mount-proc \
        bash "$me" __node "$i" </dev/null >>"$cluster/log/n$i.err" 2>&1 &
    echo $! >"$cluster/n$i.pid"
    disown
}

# The process outside of the node whose only child is the node's first.
keeper() { cat "$cluster/n$1.pid" 2>/dev/null || die "there is no node $1 that runs"; }

is_gone() { ! kill -0 "$1" 2>/dev/null; }

crash() {
    local keeper
    keeper=$(keeper "$1")
    ip link set "cable$1" down
    kill -s KILL "$keeper"
    until_true 100 is_gone "$keeper" || die "node $1 does not end"
    rm "$cluster/n$1.pid"
}

on_node() {
    local first
    first=$(tr -d ' ' <"/proc/$1/task/$1/children")
    shift
    nsenter -t "$first" --net --uts --ipc --mount --pid -- "$@"
}

answers() { scontrol ping 2>/dev/null | grep -q 'is UP'; }
are_idle() { [ "$(sinfo -h -p debug -t idle -o %D 2>/dev/null)" = "$1" ]; }

# In the namespaces of the cluster: all of it, then the command.
inside() {
    local nodes=$1 i code=0
    shift
    [ "${1:-}" = -- ] && shift
    mount -t tmpfs -o mode=755 tmpfs /run
    hostname head
    ip link set lo up
    mkdir -p "$cluster"/{log,state,spool,munge,tmp,local}
    chmod 755 "$cluster"
    export TMPDIR=$cluster/tmp
    write_conf "$nodes"
    mount --bind "$cluster/hosts" /etc/hosts
    (umask 077 && head -c 1024 /dev/urandom >"$cluster/munge/key")
    munged --force --num-threads=2 --key-file="$cluster/munge/key" --socket="$cluster/munge/socket" \
        --pid-file="$cluster/munge/pid" --log-file="$cluster/munge/log" --seed-file="$cluster/munge/seed" \
        2>"$cluster/log/munged.err" || die "munged does not start: $(tail -n 1 "$cluster/log/munged.err")"
    ip link add switch type bridge
    ip addr add "$network.254/24" dev switch
    ip link set switch up
    setsid slurmctld -D -c </dev/null >>"$cluster/log/slurmctld.err" 2>&1 &
    until_true 200 answers || die "slurmctld does not start: $(tail -n 1 "$cluster/log/slurmctld.err")"
    for ((i = 1; i <= nodes; i++)); do boot "$i"; done
    until_true 400 are_idle "$nodes" || die "not all of $nodes nodes come up: $(sinfo -h -N -o '%N %T')"
    "$@" || code=$?
    # The daemons' words are gone with the cluster.
    [ "$code" -eq 0 ] || tail -n 60 "$cluster"/log/slurmctld >&2
    exit "$code"
}

case ${1:-} in
-h | --help) usage ;;
run)
    shift
    [ $# -ge 3 ] || { usage >&2 && exit 2; }
    # Without root, in a user namespace of its own.
    user=()
    [ "$(id -u)" -eq 0 ] || user=(--user --map-current-user --keep-caps)
    exec unshare "${user[@]}" --net --uts --ipc --mount --pid --fork --kill-child=SIGKILL --mount-proc \
        bash "$me" __inside "$@"
    ;;
__inside) inside "${@:2}" ;;
__node) node "$2" ;;
boot) boot "$2" ;;
crash) crash "$2" ;;
link) ip link set "cable$2" "$3" ;;
exec) on_node "$(keeper "$2")" "${@:3}" ;;
*) usage >&2 && exit 2 ;;
esac
