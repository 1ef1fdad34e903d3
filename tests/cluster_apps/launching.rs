//! Who starts the program: nobody in particular, the right launcher, or the wrong one.

use crate::json::report;
#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
use crate::support::launcher::{Launcher, Library, skip};
use crate::support::outcome::Outcome;
use crate::{PROGRAMS, SUM_PRIMES, solo};

/// A launch that cannot work: told once, not once a process, and without a result.
fn check_refused(outcome: &Outcome) {
    assert!(outcome.code() != Some(0), "{outcome}");
    assert!(outcome.stdout.is_empty(), "{outcome}");
    let errors = outcome.errors();
    assert!(
        errors.len() == 1 && errors[0].contains("started 3 processes"),
        "{outcome}"
    );
}

#[test]
#[cfg(feature = "mpi")]
fn the_wrong_launcher() {
    let test = "launching::the_wrong_launcher";
    let Some(right) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    let Some(wrong) = Launcher::of(right.library.other()) else {
        // Nothing that an ordinary machine should have.
        return skip(test, "no launcher of another MPI library on PATH");
    };
    for (program, _) in PROGRAMS {
        check_refused(&wrong.run(3, program).finish());
    }
}

/// Those that wait in `MPI_Init` for one that never calls it do not wait for ever.
#[test]
#[cfg(feature = "mpi")]
fn ranks_that_never_come() {
    let Some(launcher) = launcher_for(SUM_PRIMES, "launching::ranks_that_never_come") else {
        return;
    };
    let launch = |limit, beside: &[&str]| {
        let run = launcher.run(2, SUM_PRIMES).env("GRANGE_START_LIMIT", limit);
        run.arg("100").args(beside).finish()
    };
    for (limit, beside, says) in [
        (
            "1.5",
            &[":", "-n", "1", "sleep", "1000"][..],
            "not all ranks came together in MPI_Init within 1.5 s",
        ),
        (
            "soon",
            &[],
            "GRANGE_START_LIMIT: soon is not a number; expected",
        ),
    ] {
        let outcome = launch(limit, beside);
        assert_ne!(outcome.code(), Some(0), "{outcome}");
        // MPICH's launcher says there what it thinks.
        assert!(!outcome.stdout.contains("Sum"), "{outcome}");
        let errors = outcome.errors();
        assert!(
            !errors.is_empty() && errors.iter().all(|error| error.contains(says)),
            "{outcome}"
        );
    }
}

#[test]
#[cfg(not(feature = "mpi"))]
fn without_mpi_every_launcher_is_wrong() {
    let launchers: Vec<_> = [Library::OpenMpi, Library::Mpich]
        .into_iter()
        .filter_map(Launcher::of)
        .collect();
    if launchers.is_empty() {
        return skip(
            "launching::without_mpi_every_launcher_is_wrong",
            "no launcher on PATH",
        );
    }
    for launcher in launchers {
        for (program, _) in PROGRAMS {
            check_refused(&launcher.run(3, program).finish());
        }
        // One process is all there is: as good as none.
        let outcome = launcher.run(1, SUM_PRIMES).arg("100").finish().ok();
        assert_eq!(
            outcome.stdout, "Sum of primes below 100 is 1060\n",
            "{outcome}"
        );
    }
}

/// A batch script has these without any launcher.
#[test]
fn a_batch_job_is_no_launcher() {
    for batch in [
        &[("SLURM_NTASKS", "8")][..],
        &[
            ("SLURM_NTASKS", "8"),
            ("SLURM_JOB_ID", "17"),
            ("SLURM_NPROCS", "8"),
            ("SLURM_PROCID", "0"),
        ],
        &[("OMPI_MCA_btl", "self")],
        &[("OMP_NUM_THREADS", "1"), ("PMI_DEBUG", "1")],
    ] {
        let run = solo(SUM_PRIMES, "--json --quiet 1000");
        let outcome = batch
            .iter()
            .fold(run, |run, (name, value)| run.env(name, value))
            .finish()
            .ok();
        assert_eq!(report(&outcome).ranks, 1, "{outcome}");
        assert!(outcome.stderr.is_empty(), "{outcome}");
    }
}

/// Where MPI cannot start, a solo run must not notice.
#[test]
#[cfg(feature = "mpi")]
fn alone_mpi_is_not_initialized() {
    let test = "launching::alone_mpi_is_not_initialized";
    let Some(launcher) = launcher_for(SUM_PRIMES, test) else {
        return;
    };
    // A way to send messages that does not exist.
    let (name, value) = match launcher.library {
        Library::OpenMpi => ("OMPI_MCA_pml", "none_such"),
        // Nothing keeps it from starting.
        Library::Mpich => return,
    };
    let control = launcher
        .run(1, SUM_PRIMES)
        .env(name, value)
        .arg("100")
        .finish();
    if control.code() == Some(0) {
        return skip(
            test,
            "this MPI library starts in spite of what should prevent it",
        );
    }
    let outcome = solo(SUM_PRIMES, "100").env(name, value).finish().ok();
    assert_eq!(
        outcome.stdout, "Sum of primes below 100 is 1060\n",
        "{outcome}"
    );
    assert!(outcome.errors().is_empty(), "{outcome}");
}
