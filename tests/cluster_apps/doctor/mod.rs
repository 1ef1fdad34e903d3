//! `grange doctor` from outside: it names what is wrong, and only that, alone and under real launchers.

#[cfg(feature = "mpi")]
mod launched;

use crate::support::launcher::skip;
#[cfg(not(feature = "mpi"))]
use crate::support::launcher::{Launcher, Library};
use crate::support::outcome::Outcome;
use crate::support::run::Run;
use crate::{GRANGE, solo};
use serde_json::Value;

/// What the machine that runs the tests is to blame for, or its MPI library as it comes.
const AS_IT_IS: [&str; 8] = [
    "busy",
    "slow_core",
    "late",
    "confined",
    "numa",
    "quota",
    "no_hdf5",
    "no_survival",
];

/// The one object that is printed.
#[track_caller]
fn report(outcome: &Outcome) -> Value {
    assert_eq!(outcome.stdout.lines().count(), 1, "{outcome}");
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {outcome}"))
}

/// All kinds of findings.
#[track_caller]
fn all_kinds(outcome: &Outcome) -> Vec<String> {
    let report = report(outcome);
    let findings = report["findings"].as_array().expect("a list");
    let kinds = findings
        .iter()
        .filter_map(|finding| finding["kind"].as_str());
    kinds.map(str::to_owned).collect()
}

/// Those that the run itself is to blame for.
#[track_caller]
fn kinds(outcome: &Outcome) -> Vec<String> {
    let mut kinds = all_kinds(outcome);
    kinds.retain(|kind| !AS_IT_IS.contains(&kind.as_str()));
    kinds
}

/// The text that is found of that kind.
#[track_caller]
fn finding(outcome: &Outcome, kind: &str) -> String {
    let report = report(outcome);
    let findings = report["findings"].as_array().expect("a list");
    let found = findings.iter().find(|finding| finding["kind"] == kind);
    let found = found.unwrap_or_else(|| panic!("no finding {kind}: {outcome}"));
    format!("{} -> {}", found["what"], found["mend"])
}

/// Cores that this test may use.
fn cores() -> Vec<u32> {
    grange::machine::cores().mine
}

/// Runs with that many words, bound to the test's first core.
fn on_one_core(words: &[&str]) -> Option<Run> {
    let core = cores().first()?.to_string();
    let run = Run::new("taskset").args(["-c", &core]).args(words);
    (cores().len() > 1).then_some(run)
}

#[test]
fn alone() {
    // MPI could not be initialized.
    let run = solo(GRANGE, "doctor").env("OMPI_MCA_pml", "none_such");
    let outcome = run.finish().ok();
    assert!(outcome.stderr.is_empty(), "{outcome}");
    assert!(outcome.stdout.starts_with("grange "), "{outcome}");
    assert!(outcome.stdout.contains("launcher   none"), "{outcome}");
    assert!(
        outcome
            .stdout
            .lines()
            .all(|line| line.chars().count() <= 80),
        "{outcome}"
    );
    let outcome = solo(GRANGE, "doctor --json").finish().ok();
    assert_eq!(kinds(&outcome), [""; 0], "{outcome}");
    let report = report(&outcome);
    assert_eq!(report["ranks"], 1);
    assert!(report["launcher"].is_null(), "{outcome}");
    assert_eq!(
        report["nodes"][0]["rank_cores"][0].as_array().map(Vec::len),
        Some(cores().len()),
        "{outcome}"
    );
}

#[test]
fn a_bad_command_line() {
    let outcome = solo(GRANGE, "doctor --strickt").finish().with_code(2);
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert_eq!(outcome.errors().len(), 1, "{outcome}");
    let outcome = solo(GRANGE, "doctor --patience -1").finish().with_code(2);
    assert_eq!(outcome.errors().len(), 1, "{outcome}");
}

#[test]
fn threads_that_do_not_fit() {
    let threads = |n: &str| {
        let run = solo(GRANGE, "doctor --json --strict").env("RAYON_NUM_THREADS", n);
        run.finish()
    };
    let many = (4 * cores().len()).to_string();
    let outcome = threads(&many).with_code(1);
    assert!(
        finding(&outcome, "rayon_num_threads").contains(&many),
        "{outcome}"
    );
    assert!(finding(&threads("x"), "rayon_num_threads").contains("no number"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_on_one_core() {
    let Some(run) = on_one_core(&[GRANGE, "doctor", "--json", "--strict"]) else {
        return skip("doctor::a_process_on_one_core", "there is one core only");
    };
    let outcome = run.finish().with_code(1);
    assert!(
        finding(&outcome, "confined").contains("may only use core"),
        "{outcome}"
    );
}

#[test]
#[cfg(not(feature = "mpi"))]
fn without_mpi_a_launcher_is_an_error() {
    let launchers = [Library::OpenMpi, Library::Mpich];
    let Some(launcher) = launchers.into_iter().find_map(Launcher::of) else {
        return skip(
            "doctor::without_mpi_a_launcher_is_an_error",
            "no launcher on PATH",
        );
    };
    let run = launcher
        .run(3, GRANGE)
        .args(["doctor", "--json", "--strict"]);
    assert_eq!(kinds(&run.finish().with_code(1)), ["no_mpi"]);
}
