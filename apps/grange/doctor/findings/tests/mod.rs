//! Hand-made allocations, and what is wrong with each.

mod cores;
mod ranks;
mod settings;

use super::of;
use crate::doctor::facts::Facts;
use crate::doctor::finding::Finding;
use crate::doctor::probe::Probe;
use crate::doctor::starter::Starter;
use crate::doctor::survey::Survey;
use grange::machine::{Launcher, MpiLibrary};

/// A rank on the node of rank `node` that may use `cores` of as many as there are in `all`.
fn rank(node: u32, cores: &[u32], all: u32) -> Survey {
    Survey {
        version: env!("CARGO_PKG_VERSION").into(),
        mpi: Some("Open MPI v4.1.4".into()),
        host: format!("h{node}"),
        node,
        cores: cores.to_vec(),
        node_cores: all,
        quota: 0,
        parent_cores: (0..all).collect(),
        numa: vec![(0..all / 2).collect(), (all / 2..all).collect()],
        memory: None,
        wanted: None,
        storage: None,
    }
}

/// Those ranks under Open MPI's mpirun, which lets ranks die.
fn facts(ranks: impl IntoIterator<Item = Survey>) -> Facts {
    let surveys: Vec<Option<Survey>> = ranks.into_iter().map(Some).collect();
    let probe = Probe {
        best: 1e-3,
        share: 1.0,
    };
    Facts {
        launcher: Some(Launcher {
            name: "Open MPI's mpirun",
            size: Some(surveys.len() as u32),
            rank: Some(0),
        }),
        starter: Starter::OpenMpi,
        library: Some(MpiLibrary {
            name: "Open MPI v4.1.4".into(),
            standard: (3, 1),
            large_counts: false,
            tells_failures: false,
        }),
        survives: true,
        watchful: true,
        fenced: true,
        probes: (0..surveys.len() as u32)
            .map(|rank| (rank, probe))
            .collect(),
        surveys,
        ..Facts::default()
    }
}

/// All that is found but that HDF5 is not built in.
fn found(facts: &Facts) -> Vec<Finding> {
    let mut found = of(facts);
    found.retain(|finding| finding.kind != "no_hdf5");
    found
}

fn kinds(facts: &Facts) -> Vec<&'static str> {
    found(facts).iter().map(|finding| finding.kind).collect()
}

/// The only thing that is found.
#[track_caller]
fn only(facts: &Facts) -> Finding {
    let mut found = found(facts);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}
