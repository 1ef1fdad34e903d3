//! What a rank tells at the end.

use super::bounded::Bounded;
use super::histogram::Histogram;
use super::parts::Parts;
use super::strata::Stratum;
use super::thread::Block;
use serde::{Deserialize, Serialize};

/// One rank. Times are nanoseconds of its own clock, which begins with its run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RankRecord {
    /// Cores that it may run on.
    pub cores: Vec<u32>,
    /// Cores' worth of time that its node's control group allows; 0 if not limited.
    pub quota: u32,
    /// When its main was through.
    pub ended: u64,
    /// When its first call began, if there was one.
    pub first: Option<u64>,
    /// When its last call was over.
    pub last: u64,
    /// The time in calls that have work for threads.
    pub within: u64,
    /// How many these were.
    pub worked: u64,
    /// And how many of them were of jobs.
    pub jobs: u64,
    /// Of the time in calls, for how long rank 0's function was busy with results that it takes one by one.
    pub consumed: u64,
    /// By thread.
    pub threads: Vec<ThreadRecord>,
    /// How long grains took.
    pub times: Histogram,
    /// And by where in their calls they were.
    pub strata: Vec<Stratum>,
    /// Calls, the first ones if there are very many.
    pub calls: Vec<CallRecord>,
    /// Calls that are left out there.
    pub calls_left_out: u64,
}

/// One thread, in calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ThreadRecord {
    /// Its time in calls.
    pub parts: Parts,
    /// Grains done; those that another rank did as well count for both.
    pub grains: u64,
    /// Their items.
    pub items: u128,
    /// How long it was ready to run while something else had its core, as far as the system tells.
    pub delayed: u64,
    /// One by one, where they are wanted.
    pub blocks: Option<Bounded<Block>>,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// Its number.
    pub call: u64,
    /// What and where in the source, for people.
    pub what: String,
    /// Items.
    pub items: u128,
    /// Grains.
    pub grains: u64,
    /// When this rank reached it.
    pub began: u64,
    /// When all grains were done, wherever.
    pub done: u64,
    /// When this rank left it.
    pub ended: u64,
}
