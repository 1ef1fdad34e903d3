//! `scripts/run --until-done` and `--survive`: the part of the script that starts a program again, with real
//! launchers and programs. Building is left out, since that is done.

use crate::support::launcher::{Library, launcher_for};
use crate::support::left::signal;
use crate::support::outcome::Outcome;
use crate::support::ranks;
use crate::support::run::{Run, Running};
use crate::support::temp::Temp;
use crate::{SUM_PRIMES, solo};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const KILL: i32 = 9;
const TERM: i32 = 15;

/// Takes some seconds.
const BOUND: &str = "4e10";

/// What all tries together are to print.
fn sum() -> &'static str {
    static SUM: OnceLock<String> = OnceLock::new();
    SUM.get_or_init(|| solo(SUM_PRIMES, "--quiet 4e10").finish().ok().stdout)
}

/// What scripts/run does once everything is built, with `$TRIES` at most; 0 for a single one.
const SCRIPT: &str = r#"
set -euo pipefail
. scripts/lib/common.sh
. scripts/lib/lasting.sh
me=run
forsaken=${FORSAKEN:-$forsaken}
scratch
if [ -n "${SURVIVE:-}" ]; then mpi_name=$SURVIVE; survive_env; fi
if [ "$TRIES" -gt 0 ]; then
    checkpoint_among "$@"
    until_done "$TRIES" "$@"
fi
start_once "$@"
exit "$(exit_code)"
"#;

fn script(tries: u32) -> Run {
    Run::new("bash")
        .arg("-c")
        .arg(format!("cd {:?}\n{SCRIPT}", env!("CARGO_MANIFEST_DIR")))
        .arg("run")
        .env("TRIES", tries.to_string())
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .env("OMPI_MCA_rmaps_base_oversubscribe", "1")
        .env("OMPI_MCA_hwloc_base_binding_policy", "none")
}

fn summing(run: Run, file: &Path) -> Run {
    run.arg(SUM_PRIMES)
        .args(["--quiet", "--checkpoint-every", "0.1", "--checkpoint"])
        .arg(file)
        .arg(BOUND)
}

fn again(outcome: &Outcome) -> usize {
    outcome.stderr.matches("starting it again").count()
}

fn wait_for(file: &Path) {
    let since = Instant::now();
    while !file.exists() {
        assert!(since.elapsed() < Duration::from_secs(30), "no checkpoint");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn until_done_in_sessions() {
    let place = Temp::new();
    let file = place.path().join("sum.h5");
    let run = summing(script(50), &file).args(["--time-limit", "2", "--restart"]);
    let outcome = run.finish().ok();
    assert_eq!(outcome.stdout, sum(), "{outcome}");
    assert!(again(&outcome) >= 1, "{outcome}");
}

#[test]
fn until_done_after_a_killed_launcher() {
    let Some(launcher) = launcher_for(SUM_PRIMES, "lasting::until_done_after_a_killed_launcher")
    else {
        return;
    };
    let place = Temp::new();
    let file = place.path().join("sum.h5");
    let run = script(5).arg(launcher.path()).args(["-n", "2"]);
    let run = summing(run, &file).start();
    wait_for(&file);
    let mpirun = launcher_of(&run, &launcher.path().to_string_lossy());
    signal(mpirun, KILL);
    let outcome = run.finish().ok();
    assert_eq!(outcome.stdout, sum(), "{outcome}");
    assert_eq!(again(&outcome), 1, "{outcome}");
}

fn launcher_of(run: &Running, path: &str) -> i32 {
    let all = run.processes();
    let found = all
        .iter()
        .find(|(_, line)| line.split(' ').next() == Some(path));
    found.expect("the launcher is alive").0
}

#[test]
fn until_done_gives_up() {
    let place = Temp::new();
    let file = place.path().join("none.h5");
    let dies = script(20).args(["sh", "-c", "kill -9 $$", "sh", "--checkpoint"]);
    let outcome = dies.arg(&file).finish().with_code(137);
    assert_eq!(again(&outcome), 1, "{outcome}");
    assert!(
        outcome.stderr.contains("two tries in a row left"),
        "{outcome}"
    );
    let works = "head -c 99 /dev/urandom | { echo generation $$; cat; } >\"$2\"; exit 75";
    let stops = script(3).args(["sh", "-c", works, "sh", "--checkpoint"]);
    let outcome = stops.arg(&file).finish().with_code(75);
    assert_eq!(again(&outcome), 2, "{outcome}");
    assert!(
        outcome.stderr.contains("giving up after 3 tries"),
        "{outcome}"
    );
    for code in [0, 2, 3, 4, 5, 6, 7] {
        let leave = format!("exit {code}");
        let ends = script(20).args(["sh", "-c", &leave, "sh", "--checkpoint"]);
        let outcome = ends.arg(&file).finish().with_code(code);
        assert_eq!(again(&outcome), 0, "{outcome}");
    }
}

/// A launcher that waits for ranks that are gone is ended like one that was killed.
#[test]
fn until_done_after_a_forsaken_launcher() {
    let place = Temp::new();
    let file = place.path().join("none.h5");
    // A process for a while, and then nothing but itself, as nobody writes there.
    let waits = "mkfifo \"$2.pipe\" && sleep 1.5; read line <\"$2.pipe\"";
    let run = script(1).env("FORSAKEN", "1");
    let run = run.args(["sh", "-c", waits, "sh", "--checkpoint"]);
    let outcome = run.arg(&file).finish().with_code(137);
    let said = "the launcher waits for ranks that are gone";
    assert!(outcome.stderr.contains(said), "{outcome}");
}

#[test]
fn until_done_ends_with_its_signal() {
    let place = Temp::new();
    let file = place.path().join("sum.h5");
    let run = summing(script(5), &file).start();
    wait_for(&file);
    signal(run.id() as i32, TERM);
    let outcome = run.finish().with_code(75);
    assert_eq!(again(&outcome), 0, "{outcome}");
    assert!(outcome.stderr.contains("stopped by SIGTERM"), "{outcome}");
}

#[test]
fn survive() {
    let Some(launcher) = launcher_for(SUM_PRIMES, "lasting::survive") else {
        return;
    };
    let place = Temp::new();
    let file = place.path().join("sum.h5");
    let name = match launcher.library {
        Library::OpenMpi => "openmpi 4.1",
        Library::Mpich => "mpich 4.0",
    };
    let run = script(0).env("SURVIVE", name);
    let run = summing(run.arg(launcher.path()).args(["-n", "3"]), &file).start();
    if launcher.library == Library::Mpich {
        let outcome = run.finish().with_code(2);
        return assert!(outcome.stderr.contains("--until-done"), "{outcome}");
    }
    wait_for(&file);
    signal(ranks::process(&run, "--quiet", 1), KILL);
    let outcome = run.finish().ok();
    assert_eq!(outcome.stdout, sum(), "{outcome}");
    // Its own code, which such a launcher does not tell.
    let bad = script(0).env("SURVIVE", name).arg(launcher.path());
    let bad = bad.args(["-n", "2", SUM_PRIMES, "--time-limit", "0.2", BOUND]);
    let outcome = bad.finish().with_code(5);
    assert!(outcome.stderr.contains("time limit"), "{outcome}");
}
