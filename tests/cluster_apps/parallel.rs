//! The tour of the ways to map.

use crate::json::report;
#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
#[cfg(target_os = "linux")]
use crate::support::launcher::skip;
use crate::support::outcome::Outcome;
use crate::{PARALLEL, solo};
use serde_json::{Value, json};

/// Small enough to take no time.
const SMALL: &str = "--sleeps 8 --seconds 10ms";

const TEXT: &str = "f1: [2, 3, 4]
f2: [5, 7, 9]
f3: [205, 207, 209]
f4: 8 sleeps of 0.01 s
f5: [9, 10, 11, 12, 13, 14, 15, 16, 17, 18]
f6: [15, 16, 17, 18, 19, 20, 21, 22, 23, 24]
";

/// What is said of f4's progress.
fn progress(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stderr.lines();
    lines.filter(|line| line.contains("'f4'")).collect()
}

#[track_caller]
fn check(outcome: &Outcome) {
    assert_eq!(outcome.stdout, TEXT, "{outcome}");
    assert!(outcome.errors().is_empty(), "{outcome}");
    let progress = progress(outcome);
    assert_eq!(progress.len(), 1, "{outcome}");
    assert!(progress[0].contains(": 8/8 items (100 %) in "), "{outcome}");
    let times = outcome.stderr.matches("time: ").count();
    assert_eq!(times, 1, "{outcome}");
}

#[test]
fn alone() {
    for threads in [1, 2, 3] {
        check(
            &solo(PARALLEL, &format!("--threads {threads} {SMALL}"))
                .finish()
                .ok(),
        );
    }
}

#[test]
#[cfg(feature = "mpi")]
fn on_ranks() {
    let Some(launcher) = launcher_for(PARALLEL, "parallel::on_ranks") else {
        return;
    };
    for ranks in 1..=3 {
        for threads in ["1", "2"] {
            let run = launcher.run(ranks, PARALLEL).args(["--threads", threads]);
            check(&run.args(SMALL.split(' ')).finish().ok());
        }
    }
}

#[test]
fn as_json() {
    let outcome = solo(PARALLEL, &format!("--json --quiet {SMALL}"))
        .finish()
        .ok();
    let results: Value = serde_json::from_str(&report(&outcome).results).expect("results are JSON");
    let of = |name: &str, values: &[u64]| json!({"function": name, "values": values});
    let expected = [
        of("f1", &[2, 3, 4]),
        of("f2", &[5, 7, 9]),
        of("f3", &[205, 207, 209]),
        json!({"function": "f4", "sleeps": 8, "seconds": 0.01}),
        of("f5", &(9..19).collect::<Vec<_>>()),
        of("f6", &(15..25).collect::<Vec<_>>()),
    ];
    assert_eq!(results, json!(expected), "{outcome}");
    // Quiet is about hints: progress was asked for.
    assert_eq!(progress(&outcome).len(), 1, "{outcome}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome}");
}

#[test]
fn no_sleeps_at_all() {
    let outcome = solo(PARALLEL, "--sleeps 0").finish().ok();
    assert!(outcome.stdout.contains("f4: 0 sleeps"), "{outcome}");
    assert!(
        progress(&outcome)[0].contains(": 0/0 items in "),
        "{outcome}"
    );
}

/// `script` runs a program with a terminal.
#[test]
#[cfg(target_os = "linux")]
fn a_bar_on_a_terminal() {
    use crate::support::run::Run;
    let Some(paths) = std::env::var_os("PATH") else {
        return skip("parallel::a_bar_on_a_terminal", "no PATH");
    };
    if !std::env::split_paths(&paths).any(|path| path.join("script").is_file()) {
        return skip("parallel::a_bar_on_a_terminal", "no script on PATH");
    }
    let command = format!("{PARALLEL} --sleeps 20 --seconds 20ms");
    let run = Run::new("script").args(["-qec", &command, "/dev/null"]);
    // A terminal that can move its cursor.
    let outcome = run.env("TERM", "xterm").finish().ok();
    let text = &outcome.stdout;
    // A bar that is redrawn in its line, and then stands full.
    let (before, after) = text.split_once("█ 100 %  in ").expect(text);
    assert!(before.contains('░') && before.contains('█'), "{outcome}");
    assert!(
        before.contains('\r') && before.contains("\u{1b}["),
        "{outcome}"
    );
    assert!(
        !text.contains("grange: 'f4'"),
        "lines beside a bar: {outcome}"
    );
    // What is printed next is in a line of its own.
    let (rest, after) = after.split_once("\r\n").expect(text);
    assert!(rest.contains("s  20/20 items  "), "{outcome}");
    assert!(after.contains("f6: [15, 16, 17"), "{outcome}");
}
