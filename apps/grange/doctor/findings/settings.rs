//! What is set, built in or to be had: threads, HDF5, files, ranks that die, known faults of libraries.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::nodes::{self, Node};
use crate::doctor::ranges::count;
use crate::doctor::starter::{Starter, openmpi_major};
use crate::doctor::storage::Storage;
use grange::machine::MOST_THREADS;

pub fn of(facts: &Facts, nodes: &[Node<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    found.extend(known_fault(facts, nodes));
    for node in nodes {
        found.extend(threads(node).map(|finding| finding.on(node.host)));
        found.extend(storage(node).map(|finding| finding.on(node.host)));
    }
    if cfg!(not(feature = "hdf5")) {
        found.push(Finding::new(
            Severity::Note,
            "no_hdf5",
            "this program is built without HDF5: no checkpoints",
            "build it with the feature `hdf5`",
        ));
    }
    found.extend(survival(facts));
    found.extend(watchfulness(facts, nodes));
    found.extend(barriers(facts, nodes));
    found
}

/// What `RAYON_NUM_THREADS` does to a node.
fn threads(node: &Node<'_>) -> Option<Finding> {
    let finding =
        |severity, what, mend| Some(Finding::new(severity, "rayon_num_threads", what, mend));
    let set = |rank: &&nodes::Rank<'_>| rank.survey.wanted.is_some();
    let rank = node.ranks.iter().find(set)?;
    let text = rank.survey.wanted.as_deref().unwrap_or_default();
    let Some(wanted) = rank.wanted else {
        // To rayon 0 stands for automatic, too.
        return (text.trim() != "0").then_some(()).and_then(|()| {
            finding(
                Severity::Note,
                format!(
                    "RAYON_NUM_THREADS is '{text}', which is no number: grange takes no notice"
                ),
                "unset it, or set it to a whole number above 0",
            )
        });
    };
    if wanted > MOST_THREADS {
        return finding(
            Severity::Error,
            format!("RAYON_NUM_THREADS is {wanted}: a rank takes at most {MOST_THREADS} threads"),
            "unset it: grange divides the cores itself",
        );
    }
    let (total, usable) = (node.threads(), node.usable());
    // One thread a rank is the least, and more ranks than cores are told elsewhere.
    let wanted_more = wanted > 1 && total > usable;
    let wanted_less = total < usable;
    if !wanted_more && !wanted_less {
        return None;
    }
    let what = if wanted_more {
        format!(
            "RAYON_NUM_THREADS is {wanted}, so {total} threads share {}",
            count(usable as usize, "core")
        )
    } else {
        format!(
            "RAYON_NUM_THREADS is {wanted}, so {} of {usable} cores have no thread",
            usable - total
        )
    };
    finding(
        Severity::Warning,
        what,
        "unset it: grange divides the cores itself",
    )
}

fn storage(node: &Node<'_>) -> Option<Finding> {
    let tried = node
        .ranks
        .iter()
        .find_map(|rank| rank.survey.storage.as_ref())?;
    let (severity, what, mend) = match tried {
        Storage::Writable => return None,
        Storage::Closed(why) => (
            Severity::Note,
            format!("no file can be written to the working directory: {why}"),
            "give checkpoints and results a path that can be written to",
        ),
        Storage::Hdf5Fails(why) => (
            Severity::Warning,
            format!("HDF5 cannot write to the working directory: {why}"),
            "where it cannot lock files, set HDF5_USE_FILE_LOCKING=FALSE; else use another directory",
        ),
        Storage::Silent => (
            Severity::Warning,
            "the working directory does not answer within 2 s".to_owned(),
            "see whether its file system is there (df .), or use another directory",
        ),
    };
    Some(Finding::new(severity, "storage", what, mend))
}

/// Whether the others live on when a rank dies, where they could.
fn survival(facts: &Facts) -> Option<Finding> {
    let Starter::OpenMpi = facts.starter else {
        return None;
    };
    let library = facts.library.as_ref()?;
    if facts.surveys.len() < 2 {
        return None;
    }
    let note =
        |what: &str, mend: &str| Some(Finding::new(Severity::Note, "no_survival", what, mend));
    let what = "the death of one rank ends all others";
    match openmpi_major(&library.name) {
        _ if facts.survives => None,
        Some(4) => note(
            what,
            "to let them go on set OMPI_MCA_orte_enable_recovery=1 OMPI_MCA_async_mpi_finalize=1",
        ),
        Some(5..) if library.tells_failures => note(
            what,
            "to let them go on add --with-ft ulfm and set OMPI_MCA_async_mpi_finalize=1 OMPI_MCA_btl=self,sm,tcp",
        ),
        _ => None,
    }
}

/// Whether mpirun notices that a host, or its network, is gone.
fn watchfulness(facts: &Facts, nodes: &[Node<'_>]) -> Option<Finding> {
    let library = facts.library.as_ref()?;
    // Open MPI 5 has other names for it.
    let is_slow = facts.starter == Starter::OpenMpi && openmpi_major(&library.name) == Some(4);
    (is_slow && !facts.watchful && nodes.len() > 1).then(|| {
        Finding::new(
            Severity::Note,
            "slow_to_notice",
            "mpirun takes 8 minutes to notice that a host is gone, and may wait for ever after that",
            "to have it end the run within 10 s set OMPI_MCA_oob_tcp_keepalive_time=4 \
             OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=4",
        )
    })
}

/// Whether ranks may be let out of `MPI_Init` too early.
fn barriers(facts: &Facts, nodes: &[Node<'_>]) -> Option<Finding> {
    let library = facts.library.as_ref()?;
    // Other libraries do not start by PMIx here.
    let may_crash = facts.starter == Starter::Srun && openmpi_major(&library.name).is_some();
    (may_crash && !facts.fenced && nodes.len() > 1).then(|| {
        Finding::new(
            Severity::Note,
            "slurm_barriers",
            "Slurm's pmix may let a rank out of MPI_Init before another is through it, which then crashes",
            "set SLURM_PMIX_FENCE=tree where srun is called",
        )
    })
}

/// Faults of MPI libraries that show in runs like this one.
fn known_fault(facts: &Facts, nodes: &[Node<'_>]) -> Option<Finding> {
    let library = facts.library.as_ref()?;
    let is_faulty = library.name.contains("MPICH") && library.name.contains("4.0.2");
    (is_faulty && nodes.len() > 1).then(|| {
        Finding::new(
            Severity::Warning,
            "mpich_4_0_2",
            "MPICH 4.0.2, as Debian has it, hangs in MPI_Finalize when ranks are on several hosts: the library's \
             fault. grange's programs leave after 10 s all the same",
            "use a later MPICH, or Open MPI",
        )
    })
}
