# What is there and works: every probe compiles, links or loads the real thing.
# Sourced. Each check_* adds to $missing (words) and $reasons (lines).
# shellcheck shell=bash

missing=
reasons=
notes=
rpaths=

lack() { # lack WORD REASON
    missing="$missing $1"
    reasons="$reasons  $2
"
}

note() {
    notes="$notes$*
"
}

lacks() {
    case " $missing " in
    *" $1 "*) return 0 ;;
    *) return 1 ;;
    esac
}

# The line of a compiler's output that says most.
first_error() { grep -m 1 -iE 'error|not found|cannot' "$1" || head -n 1 "$1"; }

# Is version $1 at least version $2? Only major.minor counts.
at_least() {
    local a=${1%%.*} b=${2%%.*} x y
    x=${1#*.} y=${2#*.}
    x=${x%%.*} y=${y%%.*}
    [ "$a" -gt "$b" ] || { [ "$a" -eq "$b" ] && [ "${x:-0}" -ge "${y:-0}" ]; }
}

check_rust() {
    local want found
    want=$(sed -n 's/^rust-version *= *"\(.*\)".*/\1/p' "$root/Cargo.toml")
    # rustup edits the profile, which shells that are already open have not read.
    if ! have cargo && [ -x "$HOME/.cargo/bin/cargo" ]; then
        PATH=$HOME/.cargo/bin:$PATH
        note "cargo is in ~/.cargo/bin, which is not on PATH: run '. ~/.cargo/env' or open a new shell"
    fi
    # A toolchain that cannot say its version does not build either.
    found=$(cd "$root" && { rustc --version && cargo --version >/dev/null; } 2>/dev/null) || found=
    found=$(echo "$found" | awk '{ print $2 }')
    if [ -z "$found" ]; then
        lack rust "Rust $want or newer: no working rustc and cargo on PATH"
    elif ! at_least "$found" "$want"; then
        lack rust "Rust $want or newer: rustc is $found"
    fi
}

check_cc() {
    echo 'int main(void) { return 0; }' >"$work/cc.c"
    # Without Apple's tools cc is a stub that opens a window.
    if ! have cc || { [ "$(uname)" = Darwin ] && ! xcode-select -p >/dev/null 2>&1; }; then
        lack cc "a C compiler and linker: no cc on PATH"
    elif ! cc "$work/cc.c" -o "$work/cc" 2>"$work/log"; then
        lack cc "a C compiler and linker: cc fails: $(first_error "$work/log")"
    fi
}

# rpath_for DIR PROGRAM FLAGS: remember DIR if the loader alone does not find in it the
# libraries that PROGRAM was linked to (it finds none, or another version elsewhere);
# cargo then writes DIR into our programs. macOS keeps the path in the library.
rpath_for() {
    local dir=$1 loaded flag lib
    have ldd || return 0
    loaded=$(ldd "$2" 2>/dev/null | awk '$3 ~ "^/" { print $3 }' | while read -r lib; do readlink -f "$lib"; done)
    for flag in $3; do
        lib=$dir/lib${flag#-l}.so
        [ -e "$lib" ] && ! echo "$loaded" | grep -qxF "$(readlink -f "$lib")" || continue
        case " $rpaths " in
        *" $dir "*) ;;
        *) rpaths="$rpaths $dir" ;;
        esac
    done
}

# mpi_family WRAPPER: prints "openmpi 4.1.4", "mpich 4.0.2", "intel ..." or "other ?".
mpi_family() {
    cat >"$work/family.c" <<'C'
#include <mpi.h>
#if defined(OMPI_MAJOR_VERSION)
grange_mpi openmpi OMPI_MAJOR_VERSION OMPI_MINOR_VERSION OMPI_RELEASE_VERSION
#elif defined(I_MPI_VERSION)
grange_mpi intel I_MPI_VERSION
#elif defined(MPICH_VERSION)
grange_mpi mpich MPICH_VERSION
#else
grange_mpi other ?
#endif
C
    "$1" -E "$work/family.c" 2>/dev/null | tr -d '"' |
        awk '$1 == "grange_mpi" { v = $3; for (i = 4; i <= NF; i++) v = v "." $i; print $2, v }'
}

# launcher_family LAUNCHER: the same names, from its own words.
launcher_family() {
    case $("$1" --version 2>/dev/null) in
    *"Open MPI"* | *OpenRTE* | *PRRTE*) echo openmpi ;;
    *Intel*) echo intel ;;
    *HYDRA* | *MPICH* | *mpich*) echo mpich ;;
    *) echo other ;;
    esac
}

# The launcher of a wrapper's own library: mpiexec.mpich for mpicc.mpich, else the
# mpirun or mpiexec beside it. Another library's would start worlds of one rank.
find_launcher() {
    local wrapper=$1 family=$2 dir suffix='' name path
    dir=$(dirname "$(command -v "$wrapper")")
    case $(basename "$wrapper") in
    mpicc.*) suffix=$(basename "$wrapper") suffix=.${suffix#mpicc.} ;;
    esac
    for name in "mpirun$suffix" "mpiexec$suffix" mpirun mpiexec "mpiexec.$family" mpiexec.hydra; do
        for path in "$dir/$name" "$(command -v "$name" 2>/dev/null)"; do
            [ -x "$path" ] && [ "$(launcher_family "$path")" = "$family" ] || continue
            echo "$path"
            return 0
        done
    done
    return 1
}

# check_wrapper WORD WRAPPER: can it build as rsmpi does (compile by the wrapper, link
# by cc with the -L and -l that the wrapper shows) and is its launcher there?
check_wrapper() {
    local word=$1 wrapper=$2 libs dir
    cat >"$work/mpi.c" <<'C'
#include <mpi.h>
int main(int argc, char **argv) { MPI_Init(&argc, &argv); return MPI_Finalize(); }
C
    libs=$("$wrapper" -show 2>/dev/null | tr ' ' '\n' | grep -E '^-[lL]' | tr '\n' ' ') || libs=
    # shellcheck disable=SC2086 # $libs is a list of flags.
    if ! "$wrapper" -c "$work/mpi.c" -o "$work/mpi.o" 2>"$work/log" ||
        ! cc "$work/mpi.o" -o "$work/mpi" $libs 2>"$work/log"; then
        lack "$word" "MPI: $wrapper does not build a program: $(first_error "$work/log")"
        return
    fi
    mpi_name=$(mpi_family "$wrapper")
    if ! launcher=$(find_launcher "$wrapper" "${mpi_name%% *}"); then
        lack "$word-launcher" "MPI: $wrapper is ${mpi_name}, but there is no mpirun or mpiexec of it"
        return
    fi
    for dir in $libs; do
        case $dir in
        -L/*) rpath_for "${dir#-L}" "$work/mpi" "$libs" ;;
        esac
    done
}

# The default library: $MPICC, else mpicc on PATH, else where Fedora keeps it (on
# PATH there only after `module load`).
check_mpi() {
    local path plain
    wrapper=${MPICC:-mpicc}
    config_mpicc=
    if [ -z "${MPICC:-}" ] && ! have mpicc; then
        for path in /usr/lib64/openmpi/bin/mpicc /usr/lib64/mpich/bin/mpicc; do
            [ ! -x "$path" ] || { wrapper=$path config_mpicc=$path && break; }
        done
    fi
    if ! have "$wrapper"; then
        case ${MPICC:-} in
        "" | mpicc.openmpi) lack mpi "MPI: no $wrapper on PATH" ;;
        mpicc.mpich) lack mpich "MPI: no $wrapper on PATH" ;;
        *) lack mpicc-variable "MPI: MPICC=$wrapper is no command" ;;
        esac
        return
    fi
    ! lacks cc || { lack mpi "MPI: not tried without a C compiler" && return; }
    if [ -n "${MPICC:-}" ]; then
        # Another package is no help where the wrapper asked for does not work.
        check_wrapper mpicc-variable "$wrapper"
        return
    fi
    check_wrapper mpi "$wrapper"
    ! lacks mpi && ! lacks mpi-launcher || return 0
    plain=$(command -v mpirun || true)
    if [ -z "$plain" ]; then
        note "mpirun is not on PATH (scripts/run uses $launcher): 'module load mpi' or PATH=$(dirname "$launcher"):\$PATH"
    elif [ "$(launcher_family "$plain")" != "${mpi_name%% *}" ]; then
        note "mpicc is $mpi_name but plain mpirun is of another library, and starts worlds of one rank:" \
            "use $launcher, or put both back with 'update-alternatives --auto mpi' and '--auto mpirun'"
    elif have update-alternatives && [ "${mpi_name%% *}" != openmpi ] && [ "$wrapper" = mpicc ]; then
        note "mpicc and mpirun are $mpi_name as this machine is set, and that is used;" \
            "'update-alternatives --auto mpi' and '--auto mpirun' prefer Open MPI where it is installed"
    fi
}

# MPICH beside the default library, for the tests.
find_mpich() {
    local path
    for path in mpicc.mpich /usr/lib64/mpich/bin/mpicc mpicc; do
        have "$path" || continue
        case $(mpi_family "$path") in
        mpich*) echo "$path" && return 0 ;;
        esac
    done
    return 1
}

check_mpich() {
    local keep_name=${mpi_name:-} keep_launcher=${launcher:-} keep_rpaths=$rpaths
    if ! mpich_wrapper=$(find_mpich); then
        lack mpich "MPICH, for the tests: no mpicc.mpich"
    else
        check_wrapper mpich "$mpich_wrapper"
    fi
    mpi_name=$keep_name launcher=$keep_launcher rpaths=$keep_rpaths
}

# The directories of a prefix as hdf5-metno wants them: include and lib.
hdf5_prefix_ok() {
    [ -f "$1/include/H5pubconf.h" ] || [ -f "$1/include/H5pubconf-64.h" ] || return 1
    [ -e "$1/lib/libhdf5.so" ] || [ -e "$1/lib/libhdf5.dylib" ] || [ -e "$1/lib/libhdf5.a" ]
}

# Where HDF5 is, in the order of how much somebody meant it: HDF5_DIR, a loaded
# module (pkg-config, h5cc), the distribution. On Debian the serial library by
# name: with libhdf5-openmpi-dev installed a build takes the parallel one, silently.
find_hdf5() {
    local path
    hdf5_dir='' config_hdf5=''
    if [ -n "${HDF5_DIR:-}" ]; then
        hdf5_dir=$HDF5_DIR
        return
    fi
    path=$(pkg-config --variable=prefix hdf5 2>/dev/null) || path=
    case $path in
    "" | /usr) path=$(h5cc -showconfig 2>/dev/null | sed -n 's/^ *Installation point: *//p') || path= ;;
    esac
    for path in "$path" /usr/lib/"$(uname -m)"-linux-gnu*/hdf5/serial \
        /opt/homebrew/opt/hdf5 /usr/local/opt/hdf5 /usr/local; do
        [ "$path" != /usr ] && [ -n "$path" ] && hdf5_prefix_ok "$path" || continue
        hdf5_dir=$path config_hdf5=$path
        return
    done
    # /usr/include and the linker's own directories: hdf5-metno looks there itself.
    hdf5_dir=/usr
}

check_hdf5() {
    find_hdf5
    cat >"$work/h5.c" <<'C'
#include <H5pubconf.h>
extern int H5open(void);
#ifdef H5_HAVE_PARALLEL
int grange_parallel;
#endif
int main(void) { return H5open(); }
C
    # Fedora names the header after the word size.
    [ ! -f "$hdf5_dir/include/H5pubconf-64.h" ] || sed 's/H5pubconf/&-64/' "$work/h5.c" >"$work/h5-64.c"
    [ ! -f "$work/h5-64.c" ] || mv "$work/h5-64.c" "$work/h5.c"
    if lacks cc; then
        lack hdf5 "HDF5: not tried without a C compiler"
    elif ! cc -I"$hdf5_dir/include" "$work/h5.c" -o "$work/h5" -L"$hdf5_dir/lib" -lhdf5 2>"$work/log"; then
        if [ -n "${HDF5_DIR:-}" ]; then
            lack hdf5-variable "HDF5: HDF5_DIR=$HDF5_DIR does not build a program: $(first_error "$work/log")"
        else
            lack hdf5 "HDF5: no headers and library found"
        fi
    else
        rpath_for "$hdf5_dir/lib" "$work/h5" -lhdf5
        if grep -q grange_parallel "$work/h5"; then
            note "the HDF5 in $hdf5_dir is a parallel build, tied to one MPI library; a serial one is enough"
        fi
    fi
}

# What reads HDF5 files back in the tests. The distribution's Python may stand behind another on PATH.
check_hdf5_readers() {
    local python
    have h5dump || lack h5dump "h5dump, for the tests: no such command"
    for python in python3 /usr/bin/python3; do
        ! "$python" -c 'import h5py' 2>/dev/null || return 0
    done
    lack h5py "h5py, for the tests: no python3 has it"
}

# What tests/clusters/slurm.sh makes a cluster of. Where it is not packaged as on Debian, its tests say what they lack.
check_slurm() {
    local name lacking=
    [ "$(manager)" = apt ] || return 0
    for name in slurmctld slurmd srun munged ip pkill; do
        PATH=$PATH:/usr/sbin:/sbin command -v "$name" >/dev/null || lacking="$lacking $name"
    done
    [ -z "$lacking" ] || lack slurm "Slurm, for the tests: no$lacking"
}
