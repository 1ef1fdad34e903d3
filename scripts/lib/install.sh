# What to install for what is missing, and how. Sourced.
# shellcheck shell=bash

manager() {
    if [ "$(uname)" = Darwin ]; then
        echo brew
    elif [ -f /etc/debian_version ] && have apt-get; then
        echo apt
    elif have dnf; then
        echo dnf
    else
        echo none
    fi
}

# Debian numbers its libclang packages; the default release's number.
apt_clang() {
    local n
    n=$(apt-cache depends libclang-dev 2>/dev/null | sed -n 's/.*Depends: libclang-\([0-9]*\)-dev.*/\1/p' | head -n 1)
    if [ -n "$n" ]; then
        echo "libclang1-$n libclang-common-$n-dev"
    else
        echo libclang-dev
    fi
}

# packages MANAGER WORD: the strict minimum.
packages() {
    case $1:$2 in
    apt:cc) echo gcc libc6-dev ;;
    apt:mpi) echo libopenmpi-dev openmpi-bin ;;
    apt:mpi-launcher) case ${mpi_name:-} in mpich*) echo mpich ;; *) echo openmpi-bin ;; esac ;;
    apt:mpich | apt:mpich-launcher) echo mpich libmpich-dev ;;
    apt:hdf5) echo libhdf5-dev ;;
    apt:h5dump) echo hdf5-tools ;;
    apt:h5py) echo python3-h5py ;;
    apt:libclang) apt_clang ;;
    apt:shellcheck) echo shellcheck ;;
    apt:valgrind | dnf:valgrind) echo valgrind ;;
    apt:slurm) echo slurmctld slurmd slurm-client munge iproute2 procps ;;
    dnf:cc) echo gcc glibc-devel ;;
    dnf:mpi | dnf:mpi-launcher) echo openmpi openmpi-devel ;;
    dnf:mpich | dnf:mpich-launcher) echo mpich mpich-devel ;;
    dnf:hdf5) echo hdf5-devel ;;
    dnf:h5dump) echo hdf5 ;;
    dnf:h5py) echo python3-h5py ;;
    dnf:libclang) echo clang-libs ;;
    dnf:shellcheck) echo ShellCheck ;;
    brew:mpi | brew:mpi-launcher) echo open-mpi ;;
    brew:hdf5 | brew:h5dump) echo hdf5 ;;
    brew:shellcheck) echo shellcheck ;;
    esac
}

# The packages for everything in $missing, on one line.
wanted() {
    local word
    for word in $missing; do
        packages "$1" "$word"
    done | tr '\n' ' ' | sed 's/ *$//'
}

# The command prefix that makes us root: nothing, or a sudo that does not ask.
become_root() {
    if [ "$(id -u)" -eq 0 ]; then
        as_root="env"
    elif have sudo && sudo -n true 2>/dev/null; then
        as_root="sudo -n env"
    else
        return 1
    fi
}

# Run a command quietly; show what it said only if it fails.
quietly() {
    say "$*"
    if ! "$@" >"$work/log" 2>&1 </dev/null; then
        cat "$work/log" >&2
        return 1
    fi
}

apt_updated=no

install_apt() {
    local quiet="DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1" list
    # A third party's broken repository must not stop us; a missing package will.
    # shellcheck disable=SC2086 # lists of words
    [ "$apt_updated" = yes ] || quietly $as_root $quiet apt-get -q -o DPkg::Lock::Timeout=300 update || true
    apt_updated=yes
    list=$(wanted apt)
    # shellcheck disable=SC2086
    quietly $as_root $quiet apt-get -q -y -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends $list
}

install_missing() {
    local kind
    kind=$(manager)
    [ -n "$(wanted "$kind")" ] || return 0
    # shellcheck disable=SC2046,SC2086 # lists of words
    case $kind in
    apt) become_root && install_apt ;;
    dnf) become_root && quietly $as_root dnf -y -q --setopt=install_weak_deps=False install $(wanted dnf) ;;
    # Homebrew refuses root, and installs for its owner.
    brew) have brew && HOMEBREW_NO_AUTO_UPDATE=1 NONINTERACTIVE=1 quietly brew install $(wanted brew) ;;
    *) return 1 ;;
    esac
}

# How a person gets what is missing.
explain() {
    local kind list modules=
    kind=$(manager)
    printf '%s' "$reasons" | sed "s/^ */$me: missing: /" >&2
    if lacks rust; then
        say "get Rust by rustup (https://rustup.rs): 'rustup update stable', or where there is no rustup:" \
            "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y"
    fi
    list=$(wanted "$kind")
    case $kind in
    apt) [ -z "$list" ] || say "get the rest as root: apt-get install --no-install-recommends $list" ;;
    dnf)
        [ -z "$list" ] || say "get the rest as root: dnf install $list"
        if lacks hdf5; then say "(on RHEL and its kin hdf5-devel is in EPEL: dnf install epel-release first)"; fi
        ;;
    brew)
        [ -z "$list" ] || say "get the rest by Homebrew (https://brew.sh): brew install $list"
        if lacks cc || lacks libclang; then say "get the compiler and libclang: xcode-select --install"; fi
        ;;
    none) [ -z "$(wanted apt)" ] || say "get the rest as the packages that Debian calls '$(wanted apt)' and Fedora '$(wanted dnf)'" ;;
    esac
    # Without root, on a cluster: what the site offers, or one's own.
    ! lacks mpi || modules="$modules openmpi"
    ! lacks hdf5 || modules="$modules hdf5"
    ! lacks libclang || modules="$modules llvm"
    ! lacks cc || modules="$modules gcc"
    [ -z "$modules" ] ||
        say "or, on a cluster: 'module load$modules' (see 'module avail'), or 'spack install$modules && spack load$modules'"
    if lacks h5py; then
        say "(h5py also comes with 'python3 -m pip install h5py')"
    fi
    if lacks libclang; then
        say "(libclang alone also comes with 'python3 -m pip install libclang')"
    fi
}
