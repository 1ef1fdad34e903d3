//! The time of a thread, in parts.

use serde::{Deserialize, Serialize};
use std::ops::{AddAssign, Index, IndexMut};

/// What a thread's time went to: see the [module](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// No call had begun.
    Startup,
    /// The user's function.
    Useful,
    /// Merging, encoding, handing over.
    Overhead,
    /// For a lease.
    Waiting,
    /// After the last grain, while others were at work.
    Tail,
    /// All grains were done.
    Gather,
    /// Between calls.
    Serial,
    /// After the last call.
    Shutdown,
    /// The rank is lost.
    Lost,
}

impl Part {
    /// All of them, in the order of a run.
    pub const ALL: [Part; 9] = [
        Part::Startup,
        Part::Useful,
        Part::Overhead,
        Part::Waiting,
        Part::Tail,
        Part::Gather,
        Part::Serial,
        Part::Shutdown,
        Part::Lost,
    ];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Part::Startup => "start-up",
            other => other.key(),
        }
    }

    /// In files.
    pub fn key(self) -> &'static str {
        match self {
            Part::Startup => "startup",
            Part::Useful => "useful",
            Part::Overhead => "overhead",
            Part::Waiting => "waiting",
            Part::Tail => "tail",
            Part::Gather => "gather",
            Part::Serial => "serial",
            Part::Shutdown => "shutdown",
            Part::Lost => "lost",
        }
    }
}

/// Nanoseconds by part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts([u64; Part::ALL.len()]);

impl Parts {
    /// All together.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl Index<Part> for Parts {
    type Output = u64;

    fn index(&self, part: Part) -> &u64 {
        &self.0[part as usize]
    }
}

impl IndexMut<Part> for Parts {
    fn index_mut(&mut self, part: Part) -> &mut u64 {
        &mut self.0[part as usize]
    }
}

impl AddAssign for Parts {
    fn add_assign(&mut self, other: Parts) {
        for (mine, its) in self.0.iter_mut().zip(other.0) {
            *mine += its;
        }
    }
}
