# setup: find, install and record what the build needs. Sourced by setup, run and test.
# shellcheck shell=bash

here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=scripts/lib/detect.sh
. "$here/detect.sh"
# shellcheck source=scripts/lib/libclang.sh
. "$here/libclang.sh"
# shellcheck source=scripts/lib/install.sh
. "$here/install.sh"

mark="# Written by scripts/setup for this machine; delete it and run setup to renew it."
config=$root/.cargo/config.toml

# The keys that a bare `cargo build` needs here, none of which override the environment.
config_text() {
    local env_keys='' flags='' dir
    env_key() { [ -z "$2" ] || env_keys="$env_keys$1 = { value = \"$2\", force = false }
"; }
    env_key MPICC "$config_mpicc"
    env_key HDF5_DIR "$config_hdf5"
    env_key LIBCLANG_PATH "$config_libclang"
    env_key BINDGEN_EXTRA_CLANG_ARGS "$config_clang_args"
    for dir in $rpaths; do
        flags="$flags${flags:+, }\"-C\", \"link-arg=-Wl,-rpath,$dir\""
    done
    [ -n "$env_keys$flags" ] || return 0
    echo "$mark"
    [ -z "$env_keys" ] || printf '\n[env]\n%s' "$env_keys"
    [ -z "$flags" ] || printf '\n[build]\nrustflags = [%s]\n' "$flags"
}

config_value() {
    [ ! -f "$config" ] || sed -n "s/^$1 = { value = \"\(.*\)\", force.*/\1/p" "$config"
}

# Write the file only when its content changes: cargo rebuilds what depends on it.
write_config() {
    local text
    # What the environment says now is not recorded for later, nor takes away what was.
    [ -z "${MPICC:-}" ] || [ ! -f "$config" ] || return 0
    [ -z "${HDF5_DIR:-}" ] || config_hdf5=$(config_value HDF5_DIR)
    [ -z "${LIBCLANG_PATH:-}" ] || config_libclang=$(config_value LIBCLANG_PATH)
    text=$(config_text)
    if [ -f "$config" ] && ! grep -qF "$mark" "$config"; then
        [ -z "$text" ] || [ "$(cat "$config")" = "$text" ] ||
            note ".cargo/config.toml is yours and stays as it is; this machine may need in it:
$text"
    elif [ -z "$text" ]; then
        rm -f "$config"
    elif [ ! -f "$config" ] || [ "$(cat "$config")" != "$text" ]; then
        mkdir -p "$root/.cargo" && echo "$text" >"$config" || die 1 "cannot write $config"
    fi
}

# With MPICC set the file above does not know the library's directory.
use_rpaths() {
    local dir
    [ -n "${MPICC:-}" ] || return 0
    for dir in $rpaths; do
        export RUSTFLAGS="${RUSTFLAGS:-}${RUSTFLAGS:+ }-C link-arg=-Wl,-rpath,$dir"
    done
}

# `mpicc` itself may become another library (module load, update-alternatives), which
# mpi-sys does not notice either: forget what was built for the one before.
forget_other_mpi() {
    local now="$wrapper $mpi_name" stamp=$CARGO_TARGET_DIR/.mpi dir
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" != "$now" ]; then
        say "the MPI library was $(cat "$stamp") and is $now: building its bindings again"
        for dir in "$CARGO_TARGET_DIR"/*/build/mpi-* "$CARGO_TARGET_DIR"/*/.fingerprint/mpi-*; do
            [ ! -d "$dir" ] || rm -rf "$dir"
        done
    fi
    if [ ! -d "$CARGO_TARGET_DIR" ]; then
        # As cargo makes it, with the mark by which backups leave it out.
        mkdir -p "$CARGO_TARGET_DIR"
        echo "Signature: 8a477f597d28d172789f06886806bc55" >"$CARGO_TARGET_DIR/CACHEDIR.TAG"
    fi
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ] || echo "$now" >"$stamp"
}

detect() {
    missing='' reasons='' notes='' rpaths=''
    check_rust
    check_cc
    check_mpi
    check_hdf5
    check_libclang
    [ "$want_mpich" = no ] || check_mpich
    [ "$want_readers" = no ] || check_hdf5_readers
    [ "$want_slurm" = no ] || check_slurm
    if [ "$want_checkers" = yes ]; then
        have shellcheck || lack shellcheck "shellcheck, for the tests"
        have valgrind || lack valgrind "valgrind, for the tests"
    fi
}

# setup [--check] [--mpich] [--for-tests] [--quiet]: returns 1 if something is missing.
# Call it as a condition: its probes are commands that may fail.
setup() {
    local check=no quiet=no want_mpich=no want_readers=no want_slurm=no want_checkers=no
    while [ $# -gt 0 ]; do
        case $1 in
        --check) check=yes ;;
        --quiet) quiet=yes ;;
        --mpich) want_mpich=yes ;;
        --for-tests)
            want_mpich=yes want_readers=yes want_slurm=yes
            # Optional for a person, not for continuous integration.
            [ -z "${CI:-}" ] || want_checkers=yes
            ;;
        *) die 2 "unknown option '$1' (see $me --help)" ;;
        esac
        shift
    done
    scratch
    detect
    if [ -n "$missing" ] && [ "$check" = no ]; then
        # The compiler first: without it nothing can tell whether the rest is there.
        if lacks cc && missing=cc install_missing; then detect; fi
        if [ -n "$missing" ] && ! lacks cc && install_missing; then detect; fi
    fi
    if [ -n "$missing" ]; then
        explain
        return 1
    fi
    if [ "$check" = no ]; then
        write_config
        forget_other_mpi
    fi
    [ -z "$notes" ] || printf '%s' "$notes" | sed "s/^/$me: note: /" >&2
    [ "$quiet" = yes ] || say "all there: $mpi_name ($wrapper, $launcher), HDF5 in $hdf5_dir"
}
