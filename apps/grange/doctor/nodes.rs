//! The ranks by node: which cores they have, and how many of the node's they leave.

use super::facts::Facts;
use super::numa;
use super::survey::Survey;
use grange::machine::{self, Cores, Seat};
use std::collections::{BTreeMap, BTreeSet};

/// A node with its ranks.
#[derive(Debug)]
pub struct Node<'f> {
    /// Its name.
    pub host: &'f str,
    /// In ascending order; at least one.
    pub ranks: Vec<Rank<'f>>,
}

/// A rank on a node.
#[derive(Debug)]
pub struct Rank<'f> {
    /// Its number.
    pub rank: u32,
    /// What it said.
    pub survey: &'f Survey,
    /// What a run would give it.
    pub threads: u32,
    /// How many its user asked for.
    pub wanted: Option<u32>,
}

/// All nodes, in order of their lowest ranks.
pub fn of(facts: &Facts) -> Vec<Node<'_>> {
    let seats = facts.present().map(|(_, survey)| Seat {
        node: survey.node,
        cores: Cores {
            mine: survey.cores.clone(),
            node: survey.node_cores,
            quota: survey.quota,
        },
        wanted: wanted(survey).unwrap_or(0),
    });
    let threads = machine::threads(seats.collect());
    let mut nodes: BTreeMap<u32, Vec<Rank<'_>>> = BTreeMap::new();
    for ((rank, survey), threads) in facts.present().zip(threads) {
        nodes.entry(survey.node).or_default().push(Rank {
            rank,
            survey,
            threads,
            wanted: wanted(survey),
        });
    }
    nodes
        .into_values()
        .filter_map(|ranks| {
            let host = ranks.first()?.survey.host.as_str();
            Some(Node { host, ranks })
        })
        .collect()
}

/// Threads that `RAYON_NUM_THREADS` asks for, as a run reads it.
pub fn wanted(survey: &Survey) -> Option<u32> {
    let text = survey.wanted.as_ref()?;
    text.trim().parse().ok().filter(|&n| n > 0)
}

impl Node<'_> {
    /// Cores that some rank may use.
    pub fn union(&self) -> BTreeSet<u32> {
        let cores = self.ranks.iter().flat_map(|rank| &rank.survey.cores);
        cores.copied().collect()
    }

    /// Cores' worth of time that the control group allows, if it is limited.
    pub fn quota(&self) -> Option<u32> {
        let quotas = self.ranks.iter().map(|rank| rank.survey.quota);
        quotas.filter(|&quota| quota > 0).min()
    }

    /// Cores that the ranks can use.
    pub fn usable(&self) -> u32 {
        let union = self.union().len() as u32;
        self.quota().map_or(union, |quota| quota.min(union)).max(1)
    }

    /// Cores that they could use if nothing were bound.
    pub fn limit(&self) -> u32 {
        let cores = self.node_cores();
        let limit = self.quota().map_or(cores, |quota| quota.min(cores));
        limit.max(self.usable())
    }

    /// Cores of the node.
    pub fn node_cores(&self) -> u32 {
        let cores = self.ranks.iter().map(|rank| rank.survey.node_cores);
        cores.max().unwrap_or(0)
    }

    /// Cores that stand idle.
    pub fn idle(&self) -> u32 {
        self.limit() - self.usable()
    }

    /// Whether threads follow from the cores alone.
    pub fn is_automatic(&self) -> bool {
        self.ranks.iter().all(|rank| rank.wanted.is_none())
    }

    /// All threads of the ranks.
    pub fn threads(&self) -> u32 {
        self.ranks.iter().map(|rank| rank.threads).sum()
    }

    /// Ranks with the same cores, by these.
    pub fn groups(&self) -> BTreeMap<&[u32], Vec<u32>> {
        let mut groups: BTreeMap<&[u32], Vec<u32>> = BTreeMap::new();
        for rank in &self.ranks {
            let cores = rank.survey.cores.as_slice();
            groups.entry(cores).or_default().push(rank.rank);
        }
        groups
    }

    /// The cores of who started the ranks here, where these are fewer than the node's, and no rank has others.
    pub fn confined(&self) -> Option<&[u32]> {
        let outer = self.ranks.first()?.survey.parent_cores.as_slice();
        let inside = self.union().iter().all(|core| outer.contains(core));
        (inside && !outer.is_empty() && (outer.len() as u32) < self.node_cores()).then_some(outer)
    }

    /// How many NUMA nodes it has; 0 where the system does not tell.
    pub fn numa(&self) -> usize {
        self.ranks.first().map_or(0, |rank| rank.survey.numa.len())
    }

    /// The ranks whose cores are on several NUMA nodes.
    pub fn spanning(&self) -> Vec<u32> {
        let spans = |rank: &&Rank<'_>| numa::spanned(&rank.survey.numa, &rank.survey.cores) > 1;
        self.ranks
            .iter()
            .filter(spans)
            .map(|rank| rank.rank)
            .collect()
    }

    /// The part of a core's time that a rank on this node can hope for while all compute on one thread.
    pub fn hope(&self, rank: u32) -> f64 {
        let groups = self.groups();
        let mine = groups.iter().find(|(_, members)| members.contains(&rank));
        let own = mine.map_or(1.0, |(cores, members)| {
            cores.len() as f64 / members.len().max(1) as f64
        });
        let all = f64::from(self.usable()) / self.ranks.len().max(1) as f64;
        own.min(all).min(1.0)
    }
}
