//! What is set and built in, and launchers that do not fit.

use super::{facts, kinds, only, rank};
use crate::doctor::facts::{Facts, Trouble};
use crate::doctor::finding::Severity;
use crate::doctor::starter::Starter;
use crate::doctor::storage::Storage;

#[test]
fn odd_numbers_of_threads() {
    let threads = |text: &str| {
        let mut one = rank(0, &[0, 1], 2);
        one.numa.clear();
        one.wanted = Some(text.into());
        facts([one])
    };
    for fine in ["2", " 2 ", "0"] {
        assert_eq!(kinds(&threads(fine)), [""; 0], "{fine}");
    }
    for (odd, severity, what) in [
        ("3", Severity::Warning, "3 threads share 2 cores"),
        ("1", Severity::Warning, "1 of 2 cores have no thread"),
        ("two", Severity::Note, "no number"),
        ("5000", Severity::Error, "at most 1024"),
    ] {
        let finding = only(&threads(odd));
        assert_eq!(
            (finding.kind, finding.severity),
            ("rayon_num_threads", severity)
        );
        assert!(finding.what.contains(what), "{finding:?}");
    }
}

/// Two nodes with a rank each.
fn good() -> Facts {
    facts((0..2).map(|n| rank(n, &[0], 1)))
}

fn library(facts: &mut Facts, name: &str) {
    facts.library.as_mut().unwrap().name = name.into();
}

#[test]
fn how_ranks_may_die_is_told_where_they_could() {
    let mut mortal = good();
    assert_eq!(kinds(&mortal), [""; 0]);
    mortal.survives = false;
    let finding = only(&mortal);
    assert_eq!(finding.severity, Severity::Note);
    assert!(finding.mend.contains("OMPI_MCA_orte_enable_recovery=1"));
    library(&mut mortal, "Open MPI v5.0.11");
    assert_eq!(kinds(&mortal), [""; 0]);
    mortal.library.as_mut().unwrap().tells_failures = true;
    assert!(only(&mortal).mend.contains("--with-ft ulfm"));
    mortal.starter = Starter::Srun;
    assert_eq!(kinds(&mortal), [""; 0]);
}

#[test]
fn how_soon_a_lost_host_is_noticed_is_told_where_there_are_several() {
    let mut slow = good();
    slow.watchful = false;
    let finding = only(&slow);
    assert_eq!(
        (finding.kind, finding.severity),
        ("slow_to_notice", Severity::Note)
    );
    assert!(finding.mend.contains("OMPI_MCA_oob_tcp_keepalive_time=4"));
    slow.surveys.truncate(1);
    assert_eq!(kinds(&slow), [""; 0]);
    slow = good();
    slow.watchful = false;
    library(&mut slow, "Open MPI v5.0.11");
    assert_eq!(kinds(&slow), [""; 0]);
}

#[test]
fn early_starts_are_told_under_slurm() {
    let mut early = good();
    early.fenced = false;
    assert_eq!(kinds(&early), [""; 0]);
    early.starter = Starter::Srun;
    let finding = only(&early);
    assert_eq!(
        (finding.kind, finding.severity),
        ("slurm_barriers", Severity::Note)
    );
    assert!(finding.mend.contains("SLURM_PMIX_FENCE=tree"));
    early.surveys.truncate(1);
    assert_eq!(kinds(&early), [""; 0]);
}

#[test]
fn the_fault_of_a_library_shows_on_several_hosts() {
    let mut debian = good();
    debian.starter = Starter::Hydra;
    library(&mut debian, "MPICH 4.0.2");
    assert_eq!(only(&debian).kind, "mpich_4_0_2");
    library(&mut debian, "MPICH 4.2.1");
    assert_eq!(kinds(&debian), [""; 0]);
    library(&mut debian, "MPICH 4.0.2");
    debian.surveys.truncate(1);
    assert_eq!(kinds(&debian), [""; 0]);
}

#[test]
fn a_directory_is_told_with_its_host() {
    let mut closed = good();
    let why = "Read-only file system (os error 30)";
    closed.surveys[1].as_mut().unwrap().storage = Some(Storage::Closed(why.into()));
    let finding = only(&closed);
    assert_eq!(
        (finding.kind, finding.severity),
        ("storage", Severity::Note)
    );
    assert_eq!(finding.hosts, ["h1"]);
    assert!(finding.what.ends_with(why));
}

/// One process that should have been one of many says nothing of cores.
#[test]
fn the_wrong_launcher_hides_the_rest() {
    let mut facts = facts([rank(0, &[0], 4)]);
    facts.starter = Starter::Hydra;
    facts.trouble = Some(Trouble::Apart {
        started: 3,
        world: 1,
    });
    let finding = only(&facts);
    assert_eq!(
        (finding.kind, finding.severity),
        ("wrong_launcher", Severity::Error)
    );
    assert!(finding.what.contains("started 3 processes"), "{finding:?}");
    assert!(finding.mend.contains("mpirun of Open MPI"), "{finding:?}");
    facts.library = None;
    assert_eq!(only(&facts).kind, "no_mpi");
}
