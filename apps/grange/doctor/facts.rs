//! All that the doctor found out, before any judgement.

use super::letter::Stranger;
use super::ping::Measured;
use super::probe::Probe;
use super::starter::Starter;
use super::survey::Survey;
use grange::machine::{Launcher, MpiLibrary};
use std::collections::{BTreeMap, BTreeSet};

/// What was found out.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Who started the ranks, if a launcher did.
    pub launcher: Option<Launcher>,
    /// Whose options mend what is wrong.
    pub starter: Starter,
    /// The MPI library, if one is built in.
    pub library: Option<MpiLibrary>,
    /// What threads may do; known once MPI has started.
    pub thread_level: Option<String>,
    /// Whether the launcher lets the others live when a rank dies.
    pub survives: bool,
    /// Whether the launcher is told to notice soon when a host is gone.
    pub watchful: bool,
    /// Whether Slurm is told which algorithm its barriers are to use.
    pub fenced: bool,
    /// By rank; none of those that do not answer.
    pub surveys: Vec<Option<Survey>>,
    /// By rank; none of those that do not answer.
    pub probes: BTreeMap<u32, Probe>,
    /// Messages between rank 0 and others.
    pub links: Vec<Measured>,
    /// Ranks that run something else.
    pub strangers: BTreeMap<u32, Stranger>,
    /// Ranks that were there, and then did not answer in time.
    pub late: BTreeSet<u32>,
    /// What kept the ranks from being looked at.
    pub trouble: Option<Trouble>,
}

/// What keeps the ranks from being looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The launcher started more processes than the world has ranks, or MPI is not built in.
    Apart {
        /// Started.
        started: u32,
        /// In the world.
        world: u32,
    },
    /// MPI did not start, or failed.
    Failed(String),
    /// A call of the MPI library did not return.
    Hangs(&'static str),
}

impl Facts {
    /// The ranks that answered, with what they said.
    pub fn present(&self) -> impl Iterator<Item = (u32, &Survey)> {
        let numbered = (0u32..).zip(&self.surveys);
        numbered.filter_map(|(rank, survey)| Some((rank, survey.as_ref()?)))
    }

    /// What that rank said.
    pub fn survey(&self, rank: u32) -> Option<&Survey> {
        self.surveys.get(rank as usize)?.as_ref()
    }

    /// Whether the ranks could not be looked at, and what there is is of one process.
    pub fn is_partial(&self) -> bool {
        self.trouble.is_some() && self.surveys.len() < 2
    }

    /// Whether that rank is on rank 0's node.
    pub fn is_near(&self, rank: u32) -> bool {
        self.survey(rank).is_some_and(|survey| survey.node == 0)
    }
}
