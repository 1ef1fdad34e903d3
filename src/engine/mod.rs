//! The engine: who computes what, decided without a clock, thread, socket or MPI.
//!
//! Everything here is a state machine or a data structure. Time is an argument, messages are
//! values, so that the code that runs under MPI is the very code that the simulator drives through
//! thousands of seeded runs.
//!
//! | module | concept |
//! | --- | --- |
//! | [`span`] | contiguous runs of grains and sets of them |
//! | [`node`] | the reduction tree: nodes, and laminar sets of nodes with values |
//! | [`schedule`] | how large the next lease is |
//! | [`work`] | what there is to lease: [`work::Tree`] for ranges and lists, [`work::Queue`] for jobs |
//! | [`coordinator`] | members, leases, recall, overdue leases |
//! | [`audit`] | grains that are computed again, and compared |
//! | [`sub`] | a coordinator whose workload is another one's leases |
//!
//! The coordinator never sees a value. It counts coverage; values lie in a [`node::NodeSet`] beside
//! it, which ignores what it has already. So a result that arrives twice is harmless in both.

pub mod audit;
pub mod coordinator;
pub mod node;
pub mod schedule;
pub mod span;
pub mod sub;
pub mod work;

use std::time::Duration;

/// A moment, in nanoseconds since some fixed beginning that the driver chooses.
pub type Time = u64;

/// A duration as [`Time`]; what does not fit is as long as can be.
pub fn nanoseconds(duration: Duration) -> Time {
    Time::try_from(duration.as_nanos()).unwrap_or(Time::MAX)
}

/// What the coordinator leases to: a rank, or a group of ranks behind a sub-coordinator.
pub type MemberId = u32;

/// Names one lease for as long as its coordinator lives.
pub type LeaseId = u64;

/// One millisecond of [`Time`].
pub const MILLISECOND: Time = 1_000_000;

/// One second of [`Time`].
pub const SECOND: Time = 1_000_000_000;
