//! What the coordinator knows of a member.

use crate::engine::LeaseId;

#[derive(Debug)]
pub(super) struct Member {
    pub threads: u64,
    /// Measured grains a second, all its threads together.
    pub rate: Option<f64>,
    /// Where in the workload it would best work next.
    pub near: Option<u64>,
    /// In order of granting.
    pub leases: Vec<LeaseId>,
    /// Grains of its last lease.
    pub last: u64,
    /// It asked, and has no answer yet.
    pub parked: bool,
    /// It has nothing left to do.
    pub idle: bool,
}

impl Member {
    pub fn new(threads: u64, near: Option<u64>) -> Self {
        Member { threads, rate: None, near, leases: Vec::new(), last: 0, parked: false, idle: false }
    }
}
