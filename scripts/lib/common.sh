# Shared by scripts/setup, scripts/run and scripts/test. Sourced, never run.
# Kept to bash 3.2, which is what macOS ships.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
me=$(basename "$0")
work=

say() { echo "$me: $*" >&2; }

# die CODE MESSAGE...
die() {
    local code=$1
    shift
    say "$*"
    exit "$code"
}

have() { command -v "$1" >/dev/null 2>&1; }

# A scratch directory for the probes, removed at exit.
scratch() {
    [ -n "$work" ] && return
    work=$(mktemp -d "${TMPDIR:-/tmp}/grange.XXXXXX")
    trap scratch_remove EXIT
}

scratch_remove() {
    [ -z "$work" ] || rm -rf "$work"
    work=
}

# Cores this process may use: its affinity mask and, in a container, its quota.
cores() {
    local n quota period
    n=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
    if read -r quota period 2>/dev/null </sys/fs/cgroup/cpu.max && [ "$quota" != max ]; then
        quota=$((quota / period))
        [ "$quota" -ge 1 ] || quota=1
        [ "$quota" -ge "$n" ] || n=$quota
    fi
    echo "$n"
}

numa_nodes() {
    local n=0 dir
    for dir in /sys/devices/system/node/node[0-9]*; do
        [ ! -d "$dir" ] || n=$((n + 1))
    done
    [ "$n" -ge 1 ] || n=1
    echo "$n"
}

# The programs: the names of the [[bin]] tables of Cargo.toml.
programs() {
    awk '/^\[/ { bin = ($0 ~ /^\[\[bin\]\]/) }
         bin && /^name *=/ { gsub(/^name *= *"|".*$/, ""); print }' "$root/Cargo.toml"
}

# mpi-sys does not notice that MPICC changed, so each MPI library has a build
# directory of its own: target for `mpicc`, target/mpicc.mpich for
# MPICC=mpicc.mpich, below CARGO_TARGET_DIR where that is set.
target_base=
use_target_dir() {
    local name
    [ -n "$target_base" ] || target_base=${CARGO_TARGET_DIR:-$root/target}
    case $target_base in
    /*) ;;
    *) target_base=$PWD/$target_base ;;
    esac
    export CARGO_TARGET_DIR=$target_base
    if [ -n "${MPICC:-}" ]; then
        name=$(echo "${MPICC#/}" | tr '/ ' '__')
        # A script that a test starts gets the directory with the name already on it.
        [ "$(basename "$target_base")" = "$name" ] || CARGO_TARGET_DIR=$target_base/$name
    fi
}

# What a launch on this one machine needs, as environment variables: they
# reach launchers that the tests start too. A value the user set stays.
use_launch_env() {
    # Open MPI refuses root unless told twice; root is usual in containers.
    if [ "$(id -u)" -eq 0 ]; then
        export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    fi
    # Bound to one core, a rank's threads would share it: first Open MPI 4, then 5.
    export OMPI_MCA_hwloc_base_binding_policy="${OMPI_MCA_hwloc_base_binding_policy:-none}"
    export PRTE_MCA_hwloc_default_binding_policy="${PRTE_MCA_hwloc_default_binding_policy:-none}"
    # Slots are counted in physical cores, which hyperthreads or a quota outnumber.
    export OMPI_MCA_rmaps_base_oversubscribe="${OMPI_MCA_rmaps_base_oversubscribe:-1}"
    export PRTE_MCA_rmaps_default_mapping_policy="${PRTE_MCA_rmaps_default_mapping_policy:-:oversubscribe}"
}
