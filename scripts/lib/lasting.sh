# Runs that outlive ranks, launchers and time limits: `--survive`, `--until-done`.
# Sourced by scripts/run, after setup.sh.
# shellcheck shell=bash

# Codes that the program itself leaves with, for which another try is no help.
final_codes=' 0 1 2 3 4 5 6 7 '

# survive_env: what lets the other ranks live when one dies, in the environment and in
# $survive_options for the launcher.
survive_options=()
survive_env() {
    case $mpi_name in
    "openmpi 4."*)
        export OMPI_MCA_orte_enable_recovery=1 OMPI_MCA_async_mpi_finalize=1
        ;;
    "openmpi "[5-9].*)
        if ompi_info 2>/dev/null | grep -qi 'fault tolerance support: no'; then
            die 2 "--survive: this $mpi_name is built without ULFM;" \
                "with --checkpoint FILE, --until-done starts the program again"
        fi
        survive_options=(--with-ft ulfm)
        export OMPI_MCA_async_mpi_finalize=1
        export OMPI_MCA_btl="${OMPI_MCA_btl:-self,sm,tcp}"
        ;;
    mpich* | intel*)
        die 2 "--survive: the launcher of $mpi_name ends all ranks when one dies;" \
            "with --checkpoint FILE, --until-done starts the program again"
        ;;
    *)
        die 2 "--survive: nothing is known of how $mpi_name lets ranks live when one dies;" \
            "with --checkpoint FILE, --until-done starts the program again"
        ;;
    esac
}

# checkpoint_among ARGUMENTS...: the file of --checkpoint, in $checkpoint.
checkpoint=
checkpoint_among() {
    while [ $# -gt 0 ]; do
        case $1 in
        --) break ;;
        --checkpoint=*) checkpoint=${1#*=} ;;
        --checkpoint) checkpoint=${2:-} ;;
        esac
        shift
    done
    [ -n "$checkpoint" ]
}

# What the file says of itself: changes with every checkpoint that has something new.
checkpoint_state() {
    head -c 512 "$checkpoint" 2>/dev/null | LC_ALL=C grep -a -E '^(sha256|generation) ' || echo none
}

# end_forsaken PID: ends a launcher all of whose processes have been gone for so many seconds. Open MPI
# 4.1's waits for ever, at times, for a rank that was killed while it connected.
forsaken=30
end_forsaken() {
    local pid=$1 alone=0 began=
    while kill -0 "$pid" 2>/dev/null; do
        if pgrep -P "$pid" >/dev/null 2>&1; then
            alone=0 began=1
        elif [ -n "$began" ] && alone=$((alone + 1)) && [ "$alone" -gt "$forsaken" ]; then
            say "the launcher waits for ranks that are gone; ending it"
            kill -s KILL "$pid"
        fi
        # Not to keep open what the script writes to.
        sleep 1 >/dev/null 2>&1
    done
}

# start_once COMMAND...: runs it to its end and hands signals on to it. The program's own code in
# $own ('' if it did not begin, 'begun' if it came to no end), its launcher's in $code.
told=
start_once() {
    local mark=$work/code pid watch again=1
    rm -f "$mark"
    # A process group of its own: a signal from the terminal is then handed on once. It may
    # not read the terminal, which would stop it.
    [ ! -t 0 ] || exec </dev/null
    set -m
    GRANGE_CODE_FILE=$mark "$@" <&0 &
    pid=$!
    set +m
    end_forsaken "$pid" &
    watch=$!
    # shellcheck disable=SC2064 # The process is meant as it is now.
    for name in INT TERM USR1 HUP; do
        trap "told=$name again=1; kill -s $name $pid 2>/dev/null || :" "$name"
    done
    # A signal ends the wait, not the program.
    while [ "$again" = 1 ]; do
        again=0 code=0
        wait "$pid" || code=$?
    done
    trap - INT TERM USR1 HUP
    kill "$watch" 2>/dev/null || :
    wait "$watch" 2>/dev/null || :
    own=$(cat "$mark" 2>/dev/null) || own=
}

# The exit code of what start_once ran: the program's own if it has one.
exit_code() {
    case $own in
    '') echo "$code" ;;
    # Where ranks may die, the launcher's 0 means nothing.
    begun) if [ "$code" -eq 0 ]; then echo 137; else echo "$code"; fi ;;
    *) echo "$own" ;;
    esac
}

# is_final: whether the program itself has come to an end that another try would not change.
is_final() {
    case $own in
    begun) return 1 ;;
    '') case " $code " in " 1 ") return 1 ;; *) [ "$code" -le 7 ] ;; esac ;;
    *) case $final_codes in *" $own "*) return 0 ;; *) return 1 ;; esac ;;
    esac
}

# until_done TRIES COMMAND...: again and again until the program is done; exits with its code.
until_done() {
    local tries=$1 try=1 idle=0 before now last arg
    shift
    while :; do
        before=$(checkpoint_state)
        start_once "$@"
        last=$(exit_code)
        ! is_final || exit "$last"
        if [ -n "$told" ]; then
            say "stopped by SIG$told, so not started again; the same command resumes"
            exit "$last"
        fi
        now=$(checkpoint_state)
        if [ "$now" != "$before" ]; then idle=0; else idle=$((idle + 1)); fi
        if [ "$idle" -ge 2 ]; then
            say "giving up: two tries in a row left $checkpoint as it was (the last ended with code $last)"
            exit "$last"
        fi
        if [ "$try" -ge "$tries" ]; then
            say "giving up after $tries tries (the last ended with code $last); the same command resumes"
            exit "$last"
        fi
        try=$((try + 1))
        say "ended with code $last before it was done; starting it again (try $try of $tries)"
        # What --restart was to set aside is set aside.
        if [ "$try" -eq 2 ]; then
            local kept=()
            for arg in "$@"; do [ "$arg" = --restart ] || kept+=("$arg"); done
            set -- "${kept[@]}"
        fi
    done
}
