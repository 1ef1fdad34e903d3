//! What the comm thread knows of a call on this rank, whatever its workers do with leases.

use crate::engine::LeaseId;
use crate::engine::audit::{Again, Record};
use crate::engine::span::Span;
use crate::wire::rope::Rope;
use std::time::Instant;

/// Grains done, by lease.
pub type Done = Vec<(LeaseId, Vec<Span>)>;

/// A grain that failed and is set aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Aside {
    /// Which.
    pub grain: u64,
    /// The item at work, where it is known.
    pub item: Option<u128>,
    /// The panic or the error.
    pub text: String,
}

/// What the comm thread is to send.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Grains done.
    pub done: Done,
    /// Their values, encoded.
    pub body: Rope,
    /// The leftmost hit of a find.
    pub hit: Option<u64>,
    /// Jobs that failed and are to be tried again.
    pub failed: Done,
    /// Grains that failed and are set aside.
    pub aside: Vec<Aside>,
    /// What came out of grains that are audited; said before they are done.
    pub computed: Vec<Record>,
    /// What came out of grains that were computed again.
    pub checked: Vec<Record>,
    /// The user's code failed.
    pub fault: Option<String>,
}

impl Outbox {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
            && self.body.is_empty()
            && self.hit.is_none()
            && self.aside.is_empty()
            && self.computed.is_empty()
            && self.checked.is_empty()
            && self.fault.is_none()
    }
}

/// How much a rank still has ahead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Appetite {
    /// Grains a second, once measured.
    pub rate: Option<f64>,
    /// Grains not begun.
    pub unbegun: u64,
    /// Workers.
    pub threads: u64,
    /// Workers at something.
    pub running: u64,
}

/// One call on this rank. Nothing here waits or runs user code.
pub trait Leased: Send + Sync {
    /// A lease arrived, with inputs if these are jobs.
    fn leased(&self, id: LeaseId, span: Span, body: Rope);

    /// Takes the right half of what is not begun of a lease away.
    fn recall(&self, id: LeaseId) -> Vec<Span>;

    /// Begins nothing more, now or later. Returns what is not begun, by lease; what has begun goes on.
    fn surrender(&self) -> Done;

    /// Grains from `grain` on are not wanted any more.
    fn cut(&self, grain: u64);

    /// Computes these again, for an audit.
    fn again(&self, _grains: Vec<Again>) {}

    /// Begins nothing more, now or later; what has begun goes on.
    fn halt(&self);

    /// Whether nothing runs and everything done has been taken to be sent.
    fn is_idle(&self) -> bool;

    /// The call is over: workers leave after the grain at hand.
    fn stop(&self);

    /// Whether the call is over.
    fn is_stopped(&self) -> bool;

    /// Takes what is to be sent.
    fn take_outbox(&self) -> Outbox;

    /// How much is ahead.
    fn appetite(&self) -> Appetite;

    /// What is at work right now, and since when.
    fn running(&self) -> Vec<(Span, Instant)>;

    /// Nobody wants that job any more, which came or will come with that lease.
    fn drop_job(&self, _lease: LeaseId, _job: u64) {}

    /// Whether something runs here, and all of it for longer than it may.
    fn is_endless(&self) -> bool {
        false
    }

    /// A value that jobs share has arrived.
    fn frozen(&self, _id: u64, _body: Rope) {}

    /// So many jobs may run at the same time from now on. Returns what goes back, by lease.
    fn resize(&self, _workers: usize) -> Done {
        Vec::new()
    }
}
