//! What is told, for people and for programs.

use super::facts::Facts;
use super::finding::Finding;
use super::nodes::{self, Node};
use super::ping::{Measured, median};
use super::probe::Probe;
use super::starter::openmpi_major;
use super::storage::Storage;
use grange::{machine::MpiLibrary, versions};
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole report. As JSON its fields are the keys; times are in seconds, sizes in bytes.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Of grange.
    pub version: &'static str,
    /// The MPI library; null where none is built in.
    pub mpi: Option<Mpi>,
    /// Who started the ranks; null without a launcher.
    pub launcher: Option<Started>,
    /// Whether Open MPI's mpirun would refuse to start anything for this user, who is root.
    pub refuses_root: bool,
    /// The version of HDF5; null where it is not built in.
    pub hdf5: Option<String>,
    /// The working directory as rank 0 finds it.
    pub storage: Option<Storage>,
    /// How many ranks there are.
    pub ranks: usize,
    /// Nodes that are alike, together.
    pub nodes: Vec<Group>,
    /// How fast the ranks are, one against the other; null where they were not asked.
    pub compute: Option<Compute>,
    /// Messages between rank 0 and others on its node; null where there are none.
    pub same_node: Option<Links>,
    /// Messages between rank 0 and other nodes; null where there are none.
    pub other_nodes: Option<Links>,
    /// Clocks of other nodes against rank 0's; null where there are none.
    pub clocks: Option<Clocks>,
    /// Each rank that was measured: latency, bandwidth, its clock less rank 0's.
    pub links: Vec<Measured>,
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
}

/// The MPI library.
#[derive(Debug, Serialize)]
pub struct Mpi {
    /// Name and version.
    pub library: String,
    /// The version of the standard.
    pub standard: String,
    /// How threads may use it; null where it was not started.
    pub thread_level: Option<String>,
    /// Whether it has the calls with large counts of MPI 4.
    pub large_counts: bool,
    /// Whether it can tell which ranks have failed.
    pub ulfm: bool,
    /// Whether the others go on when a rank dies.
    pub survives: bool,
}

/// The launcher.
#[derive(Debug, Serialize)]
pub struct Started {
    /// What people call it.
    pub name: &'static str,
    /// How many processes it says that it started.
    pub processes: Option<u32>,
}

/// Nodes that are alike.
#[derive(Debug, Serialize)]
pub struct Group {
    /// Their names.
    pub hosts: Vec<String>,
    /// Ranks on each.
    pub ranks: usize,
    /// Cores of each.
    pub cores: u32,
    /// Cores' worth of time that the control group allows; null if not limited.
    pub quota: Option<u32>,
    /// The cores of each rank.
    pub rank_cores: Vec<Vec<u32>>,
    /// Threads that grange would start on each rank.
    pub threads: Vec<u32>,
    /// NUMA nodes of each; 0 where the system does not tell.
    pub numa_nodes: usize,
    /// Memory of each; null where the system does not tell.
    pub memory: Option<u64>,
}

/// The same work on every rank at the same time, one thread each.
#[derive(Debug, Serialize)]
pub struct Compute {
    /// The speed of the slowest core, where the median rank's is 1, with its rank.
    pub slowest: (f64, u32),
    /// The least part of a core's time that a rank got, with its rank.
    pub least_share: (f64, u32),
}

/// Messages between rank 0 and others.
#[derive(Debug, Serialize)]
pub struct Links {
    /// How many ranks there are.
    pub ranks: usize,
    /// How many of them were measured.
    pub measured: usize,
    /// Half a round trip of 8 bytes: the median rank's.
    pub latency: f64,
    /// The worst, with its rank.
    pub worst_latency: (f64, u32),
    /// Bytes a second of messages of 1 MiB: the median rank's; null where time ran out.
    pub bandwidth: Option<f64>,
    /// The worst, with its rank.
    pub worst_bandwidth: Option<(f64, u32)>,
}

/// Clocks of other nodes, less rank 0's.
#[derive(Debug, Serialize)]
pub struct Clocks {
    /// The one most behind, or least ahead.
    pub least: f64,
    /// The one most ahead, or least behind.
    pub most: f64,
    /// The rank whose clock is off most.
    pub worst: u32,
    /// How far off that one's figure may be.
    pub error: f64,
}

impl Report {
    /// Of these facts and findings.
    pub fn of(facts: &Facts, findings: Vec<Finding>) -> Self {
        let all = |near: bool| {
            let count = facts.present().filter(|(rank, _)| *rank > 0);
            count
                .filter(|(rank, _)| facts.is_near(*rank) == near)
                .count()
        };
        let links = |near: bool| {
            let links = facts.links.iter();
            let links: Vec<&Measured> = links
                .filter(|link| facts.is_near(link.rank) == near)
                .collect();
            Links::of(all(near), &links)
        };
        Report {
            version: env!("CARGO_PKG_VERSION"),
            mpi: facts.library.as_ref().map(|library| mpi(facts, library)),
            launcher: facts.launcher.as_ref().map(|launcher| Started {
                name: facts.starter.name(launcher),
                processes: launcher.size,
            }),
            refuses_root: refuses_root(facts),
            hdf5: versions::hdf5().map(|text| text.trim_start_matches("HDF5 ").to_owned()),
            storage: facts.survey(0).and_then(|survey| survey.storage.clone()),
            ranks: facts.surveys.len(),
            nodes: groups(&nodes::of(facts)),
            compute: Compute::of(facts),
            same_node: links(true),
            other_nodes: links(false),
            clocks: Clocks::of(facts),
            links: facts.links.clone(),
            findings,
        }
    }
}

fn mpi(facts: &Facts, library: &MpiLibrary) -> Mpi {
    let (major, minor) = library.standard;
    Mpi {
        library: library.name.clone(),
        standard: format!("{major}.{minor}"),
        thread_level: facts.thread_level.clone(),
        large_counts: library.large_counts,
        ulfm: library.tells_failures,
        survives: facts.survives,
    }
}

fn refuses_root(facts: &Facts) -> bool {
    let openmpi = facts.library.as_ref();
    let openmpi = openmpi.is_some_and(|library| openmpi_major(&library.name).is_some());
    let unset = |name| std::env::var_os(name).is_none();
    let told = ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"];
    openmpi
        && facts.launcher.is_none()
        && rustix::process::geteuid().is_root()
        && told.into_iter().any(unset)
}

fn groups(nodes: &[Node<'_>]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // What makes nodes alike, to the place in the list.
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for node in nodes {
        let mut group = group(node);
        let host = std::mem::take(&mut group.hosts);
        let place = *places.entry(format!("{group:?}")).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(known) => known.hosts.extend(host),
            None => groups.push(Group {
                hosts: host,
                ..group
            }),
        }
    }
    groups
}

fn group(node: &Node<'_>) -> Group {
    let memory = node.ranks.first().and_then(|rank| rank.survey.memory);
    // Machines of a kind differ in what their firmware keeps.
    let rounded = memory.map(|bytes| bytes >> 28 << 28);
    Group {
        hosts: vec![node.host.to_owned()],
        ranks: node.ranks.len(),
        cores: node.node_cores(),
        quota: node.quota(),
        rank_cores: node.ranks.iter().map(|r| r.survey.cores.clone()).collect(),
        threads: node.ranks.iter().map(|rank| rank.threads).collect(),
        numa_nodes: node.numa(),
        memory: rounded,
    }
}

impl Compute {
    fn of(facts: &Facts) -> Option<Self> {
        let typical = median(facts.probes.values().map(|probe| probe.best))?;
        let least = |value: &dyn Fn(&Probe) -> f64| {
            let all = facts.probes.iter();
            let all = all.map(|(&rank, probe)| (value(probe), rank));
            all.min_by(|a, b| a.0.total_cmp(&b.0))
        };
        Some(Compute {
            slowest: least(&|probe| typical / probe.best)?,
            least_share: least(&|probe| probe.share)?,
        })
    }
}

impl Links {
    fn of(ranks: usize, links: &[&Measured]) -> Option<Self> {
        let by = |value: fn(&Measured) -> Option<f64>| {
            let mut all: Vec<(f64, u32)> = links
                .iter()
                .filter_map(|link| Some((value(link)?, link.rank)))
                .collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            all
        };
        let latencies = by(|link| Some(link.latency));
        let bandwidths = by(|link| link.bandwidth);
        let middle = |all: &[(f64, u32)]| median(all.iter().map(|(value, _)| *value));
        Some(Links {
            ranks,
            measured: links.len(),
            latency: middle(&latencies)?,
            worst_latency: *latencies.last()?,
            bandwidth: middle(&bandwidths),
            worst_bandwidth: bandwidths.first().copied(),
        })
    }
}

impl Clocks {
    fn of(facts: &Facts) -> Option<Self> {
        let far = || facts.links.iter().filter(|link| !facts.is_near(link.rank));
        let worst = far().max_by(|a, b| a.clock.abs().total_cmp(&b.clock.abs()))?;
        Some(Clocks {
            least: far().map(|link| link.clock).fold(f64::INFINITY, f64::min),
            most: far()
                .map(|link| link.clock)
                .fold(f64::NEG_INFINITY, f64::max),
            worst: worst.rank,
            error: worst.clock_error,
        })
    }
}
