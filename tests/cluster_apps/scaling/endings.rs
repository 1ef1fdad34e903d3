//! Studies that do not come to their end at once.

use super::{ENV, Place, table};
use crate::support::left::signal;
use crate::support::run::Running;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

const INTERRUPT: i32 = 2;
const KILL: i32 = 9;

/// Waits until the program is at work; fails after a while.
fn at_work(running: &Running) {
    let since = Instant::now();
    let at_work = || {
        running
            .processes()
            .iter()
            .any(|(_, line)| line.starts_with("sleep 1000"))
    };
    while !at_work() {
        assert!(
            since.elapsed() < Duration::from_secs(30),
            "{:?}",
            running.processes()
        );
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_interrupt_or_a_kill_leaves_nothing_and_is_taken_up() {
    for (with, code) in [(INTERRUPT, Some(75)), (KILL, None)] {
        let place = Place::new();
        // The second configuration never ends, until the file is there.
        let file = place.path("go").display().to_string();
        let program = place.script(&format!("[ $RANKS = 1 ] || [ -e {file} ] || sleep 1000"));
        let options = ["--ranks", "1,2", "--repeat", "2", "--launch", ENV];
        let running = place.study(&options, &program, &[]).start();
        at_work(&running);
        // The process alone, as a terminal's interrupt reaches no other group.
        signal(running.id() as i32, with);
        // Fails if any process is left.
        let outcome = running.finish();
        assert_eq!(outcome.code(), code, "{outcome}");
        if with == INTERRUPT {
            assert!(outcome.stderr.contains("stopped by SIGINT"), "{outcome}");
            assert!(
                outcome.stderr.contains("the same command goes on"),
                "{outcome}"
            );
        }
        let before = place.text("out/runs.csv");
        assert_eq!(table(&before).column("ranks"), ["1"]);
        fs::write(&file, "").expect("a file");
        let outcome = place.study(&options, &program, &[]).finish().ok();
        assert!(
            outcome.stderr.contains("1 of 4 runs are done already"),
            "{outcome}"
        );
        let after = place.text("out/runs.csv");
        assert!(after.starts_with(&before), "{after}");
        assert_eq!(table(&after).column("ranks"), ["1", "2", "2", "1"]);
    }
}

#[cfg(feature = "mpi")]
#[test]
fn an_interrupt_under_a_launcher() {
    use crate::SUM_PRIMES;
    let test = "scaling::an_interrupt_under_a_launcher";
    if crate::support::launcher::launcher_for(SUM_PRIMES, test).is_none() {
        return;
    }
    let place = Place::new();
    let program = place.script("sleep 1000");
    let running = place.study(&["--ranks", "2"], &program, &[]).start();
    at_work(&running);
    signal(running.id() as i32, INTERRUPT);
    running.finish().with_code(75);
}

#[test]
fn a_run_that_fails_ends_the_study_unless_told() {
    let place = Place::new();
    let program = place.script("[ $RANKS = 1 ] || { echo out of luck >&2; exit 4; }");
    let options = ["--ranks", "1,2", "--repeat", "1", "--launch", ENV];
    let outcome = place.study(&options, &program, &[]).finish().with_code(3);
    assert!(outcome.stderr.contains("\n  out of luck\n"), "{outcome}");
    let errors = outcome.errors();
    assert!(
        errors.len() == 1 && errors[0].contains("2 ranks x 1 thread, run 1: exit code 4"),
        "{outcome}"
    );
    let options = [&options[..], &["--keep-going"]].concat();
    let outcome = place.study(&options, &program, &[]).finish().with_code(6);
    assert!(
        outcome.stdout.contains("there is one run to compare"),
        "{outcome}"
    );
    assert_eq!(table(&place.text("out/scaling.csv")).column("ranks"), ["1"]);
}

#[test]
fn a_run_that_takes_too_long_is_ended() {
    let place = Place::new();
    let program = place.script("sleep 1000");
    let options = ["--ranks", "1", "--timeout", "0.2", "--launch", ENV];
    let outcome = place.study(&options, &program, &[]).finish().with_code(3);
    assert!(outcome.errors()[0].contains("run 1: timeout"), "{outcome}");
}
