//! Several ranks, well and badly started.

use super::{all_kinds, cores, finding, kinds, on_one_core, report};
use crate::support::launcher::{Launcher, Library, launcher_for, skip};
use crate::support::run::Run;
use crate::{GRANGE, SUM_PRIMES};
use grange::machine::mpi_library;
use serde_json::Value;

/// The launcher, with options of its own.
fn with(launcher: &Launcher, options: &'static [&'static str]) -> Launcher {
    Launcher::at(launcher.library, launcher.path().to_owned(), options)
}

fn of(launcher: &Launcher, ranks: u32) -> Run {
    launcher.run(ranks, GRANGE).args(["doctor", "--json"])
}

#[test]
fn a_good_run_has_no_findings() {
    let test = "doctor::a_good_run_has_no_findings";
    let Some(launcher) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    let ranks = cores().len().min(2) as u32;
    let outcome = of(&launcher, ranks).finish().ok();
    assert_eq!(kinds(&outcome), [""; 0], "{outcome}");
    let report = report(&outcome);
    assert_eq!(report["ranks"], ranks, "{outcome}");
    assert_eq!(report["launcher"]["processes"], ranks, "{outcome}");
    assert_eq!(
        report["nodes"].as_array().map(Vec::len),
        Some(1),
        "{outcome}"
    );
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    if ranks > 1 && report["same_node"]["measured"] == 1 {
        assert!(number(&report["same_node"]["latency"]) > 0.0, "{outcome}");
        assert!(number(&report["same_node"]["bandwidth"]) > 0.0, "{outcome}");
    }
    assert!(report["other_nodes"].is_null(), "{outcome}");
}

#[test]
fn ranks_that_may_die_are_no_finding() {
    let test = "doctor::ranks_that_may_die_are_no_finding";
    let Some(launcher) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    let is_told = |run: Run| {
        let outcome = run.finish().ok();
        all_kinds(&outcome).contains(&"no_survival".to_owned())
    };
    match mpi_library().map(|library| library.name) {
        Some(name) if name.starts_with("Open MPI v4") => assert!(is_told(of(&launcher, 2))),
        // Whether it could be had depends on how it was built.
        Some(name) if name.starts_with("Open MPI") => {}
        _ => assert!(!is_told(of(&launcher, 2))),
    }
    let run = of(&launcher, 2)
        .env("OMPI_MCA_orte_enable_recovery", "1")
        .env("OMPI_MCA_async_mpi_finalize", "1");
    assert!(!is_told(run));
}

#[test]
fn the_report_is_printed_once_in_80_columns() {
    let test = "doctor::the_report_is_printed_once_in_80_columns";
    let Some(launcher) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    let outcome = launcher.run(3, GRANGE).arg("doctor").finish().ok();
    let lines = || outcome.stdout.lines();
    assert_eq!(
        lines().filter(|l| l.starts_with("MPI ")).count(),
        1,
        "{outcome}"
    );
    assert!(lines().all(|line| line.chars().count() <= 80), "{outcome}");
    assert!(outcome.errors().is_empty(), "{outcome}");
}

#[test]
fn ranks_bound_to_one_core_are_told() {
    let test = "doctor::ranks_bound_to_one_core_are_told";
    let Some(launcher) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    if cores() != (0..cores().len() as u32).collect::<Vec<_>>() || cores().len() < 2 {
        return skip(test, "cores 0 and 1 are not both there");
    }
    let (stacked, unbind) = match launcher.library {
        Library::OpenMpi => (
            with(&launcher, &["--bind-to", "core", "--cpu-set", "0"]),
            "--bind-to none",
        ),
        Library::Mpich => (with(&launcher, &["-bind-to", "user:0,0"]), "-bind-to none"),
    };
    let outcome = of(&stacked, 2).arg("--strict").finish().with_code(1);
    let text = finding(&outcome, "stacked_ranks");
    assert!(
        text.contains("bound to core 0") && text.contains(unbind),
        "{text}"
    );
    // One rank with one core.
    let options: &[&str] = match launcher.library {
        Library::OpenMpi => &["--bind-to", "core"],
        Library::Mpich => &["-bind-to", "core"],
    };
    let outcome = of(&with(&launcher, options), 1).finish().ok();
    assert!(
        finding(&outcome, "idle_cores").contains(unbind),
        "{outcome}"
    );
}

#[test]
fn more_ranks_than_cores_are_told() {
    let test = "doctor::more_ranks_than_cores_are_told";
    let Some(launcher) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    let cores = cores().len() as u32;
    let outcome = of(&launcher, cores + 2).finish().ok();
    let text = finding(&outcome, "shared_cores");
    assert!(
        text.contains(&format!("{} ranks share", cores + 2)),
        "{text}"
    );
}

/// Open MPI's launcher binds to cores that it may not use itself; MPICH's does not bind.
#[test]
fn a_launcher_on_one_core_is_told() {
    let test = "doctor::a_launcher_on_one_core_is_told";
    let Some(launcher) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    let path = launcher.path().to_string_lossy();
    let Some(run) = on_one_core(&[&path, "-n", "2", GRANGE, "doctor", "--json"]) else {
        return skip(test, "there is one core only");
    };
    let run = run
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        .env("OMPI_MCA_rmaps_base_oversubscribe", "1")
        .env("OMPI_MCA_hwloc_base_binding_policy", "none");
    let text = finding(&run.finish().ok(), "confined");
    assert!(
        text.contains("the launcher itself") && !text.contains("bind-to"),
        "{text}"
    );
}

#[test]
fn the_wrong_launcher_is_told_once() {
    let test = "doctor::the_wrong_launcher_is_told_once";
    let Some(right) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    let Some(wrong) = Launcher::of(right.library.other()) else {
        return skip(test, "no launcher of another MPI library on PATH");
    };
    let outcome = of(&wrong, 3).finish().ok();
    assert_eq!(kinds(&outcome), ["wrong_launcher"], "{outcome}");
    assert!(finding(&outcome, "wrong_launcher").contains("started 3 processes"));
    let outcome = of(&wrong, 3).arg("--strict").finish().with_code(1);
    assert_eq!(kinds(&outcome), ["wrong_launcher"], "{outcome}");
}

/// A rank that runs another program does not hold up the doctor.
#[test]
fn another_program_is_told() {
    let test = "doctor::another_program_is_told";
    let Some(launcher) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    let run = of(&launcher, 1).args([":", "-n", "1", SUM_PRIMES, "1000"]);
    let mut outcome = run.finish();
    // The other program fails when it is sent off. What MPICH's launcher says of that is on standard output too.
    if let Some((report, _)) = outcome.stdout.split_once('\n') {
        outcome.stdout = report.to_owned();
    }
    assert_eq!(kinds(&outcome), ["strangers"], "{outcome}");
    assert!(finding(&outcome, "strangers").contains("rank 1 runs another program"));
}

/// A process that never comes to MPI_Init.
#[test]
fn patience_ends() {
    let test = "doctor::patience_ends";
    let Some(launcher) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    let run = of(&launcher, 1).args(["--patience", "2s", ":", "-n", "1", "sleep", "600"]);
    let outcome = run.finish();
    assert_eq!(kinds(&outcome), ["mpi_hangs"], "{outcome}");
    assert!(
        finding(&outcome, "mpi_hangs").contains("MPI_Init"),
        "{outcome}"
    );
}
