//! What the coordinator knows of a member.

use crate::engine::{LeaseId, Time};

#[derive(Debug)]
pub(super) struct Member {
    pub threads: u64,
    /// Measured grains a second, all its threads together.
    pub rate: Option<f64>,
    /// Whether the member said so itself.
    pub told_rate: bool,
    /// Where in the workload it would best work next.
    pub near: Option<u64>,
    /// In order of granting.
    pub leases: Vec<LeaseId>,
    /// Grains of these leases that are not returned.
    pub held: u64,
    /// When it last told how far it is.
    pub progress: Time,
    /// Grains that it has returned.
    pub done: u64,
    /// Whether it asked and has no answer yet.
    pub waits: Waits,
    /// It ran low while it held all that it may; it is to be served once it has returned something.
    pub full: bool,
    /// A recall is on its way to it.
    pub recalling: bool,
    /// Recalls in a row that it did not answer, nor said anything else.
    pub unanswered: u32,
    /// It has given something back since it was asked: of another lease, perhaps.
    pub gave: bool,
}

/// How urgently a member waits for a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waits {
    Not,
    /// It runs low.
    Low,
    /// It has nothing left to do.
    Idle,
}

impl Member {
    pub fn new(threads: u64, near: Option<u64>) -> Self {
        Member {
            threads,
            rate: None,
            told_rate: false,
            near,
            leases: Vec::new(),
            held: 0,
            progress: 0,
            done: 0,
            waits: Waits::Not,
            full: false,
            recalling: false,
            unanswered: 0,
            gave: false,
        }
    }
}
