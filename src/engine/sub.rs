//! A sub-coordinator: a member to the coordinator above, a coordinator to the members below.
//!
//! It is the same state machine; its workload is the leases that it was given. It asks when it runs
//! low, passes on what its members return, and answers a recall with what it has not leased yet.
//! With one per node (or one per some hundred ranks) the coordinator above sees that many members
//! instead of all ranks, and a tail is evened out near by first.

use super::coordinator::{Action, Coordinator, Settings};
use super::schedule::Schedule;
use super::span::{Span, SpanSet};
use super::work::{Tree, Work};
use super::{LeaseId, MILLISECOND, MemberId, SECOND, Time};
use std::collections::BTreeMap;

/// What the driver is to do for a sub-coordinator.
#[derive(Clone, Debug, PartialEq)]
pub enum SubAction {
    /// Something for a member below.
    Below(Action),
    /// Ask above for more.
    Ask {
        /// Measured speed of the whole group, in grains a second.
        rate: Option<f64>,
        /// Grains that the group still has ahead.
        backlog: u64,
    },
    /// Return grains above: done.
    Return {
        /// Of which lease.
        lease: LeaseId,
        /// Which grains.
        done: Vec<Span>,
    },
    /// Answer a recall from above.
    GiveBack {
        /// Of which lease.
        lease: LeaseId,
        /// Grains that nobody here has begun.
        back: Vec<Span>,
    },
}

/// Ask above when less than this is ahead.
const LOW: Time = 20 * MILLISECOND;

/// Coordinates the members of one group.
#[derive(Debug)]
pub struct SubCoordinator {
    inner: Coordinator<Tree>,
    /// Leases from above with what of them is not returned yet.
    above: BTreeMap<LeaseId, SpanSet>,
    /// What members returned, to go above with the next tick or when a lease is whole.
    pending: BTreeMap<LeaseId, Vec<Span>>,
    asked: Option<Asked>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    Low,
    Idle,
}

impl SubCoordinator {
    /// A group within a workload of `total` grains.
    pub fn new(total: u64, schedule: Schedule, settings: Settings) -> Self {
        let inner = Coordinator::new(Tree::empty(total), Settings { schedule, deadline: None, ..settings });
        SubCoordinator { inner, above: BTreeMap::new(), pending: BTreeMap::new(), asked: None }
    }

    /// Takes part: asks above at once.
    pub fn start(&mut self, out: &mut Vec<SubAction>) {
        self.asked = Some(Asked::Idle);
        out.push(SubAction::Ask { rate: None, backlog: 0 });
    }

    /// A lease arrived from above.
    pub fn leased(&mut self, now: Time, lease: LeaseId, span: Span, out: &mut Vec<SubAction>) {
        self.asked = None;
        self.above.entry(lease).or_default().insert(span);
        let mut below = Vec::new();
        self.inner.change(now, &mut below, |work| work.add(span));
        self.finish(now, below, out);
    }

    /// The coordinator above wants grains back.
    pub fn recalled(&mut self, now: Time, lease: LeaseId, out: &mut Vec<SubAction>) {
        let mut below = Vec::new();
        let mut back = Vec::new();
        self.inner.change(now, &mut below, |work| {
            // Half of what is free: the group goes on with the rest.
            let half = work.available().div_ceil(2);
            back = work.surrender(half);
        });
        // Only grains of that lease answer it; others stay here.
        let (mut answer, mut stay) = (Vec::new(), Vec::new());
        if let Some(left) = self.above.get_mut(&lease) {
            for &span in &back {
                answer.extend(left.within(span));
                stay.extend(left.missing(span));
                left.remove(span);
            }
        } else {
            stay = back;
        }
        self.inner.change(now, &mut below, |work| stay.iter().for_each(|&span| work.add(span)));
        out.push(SubAction::GiveBack { lease, back: answer });
        self.finish(now, below, out);
    }

    /// See [`Coordinator::joined`].
    pub fn joined(&mut self, member: MemberId, threads: u64) {
        self.inner.joined(member, threads, None);
    }

    /// See [`Coordinator::asked`].
    pub fn asked(&mut self, now: Time, member: MemberId, rate: Option<f64>, backlog: u64, out: &mut Vec<SubAction>) {
        let mut below = Vec::new();
        self.inner.asked(now, member, rate, backlog, &mut below);
        self.finish(now, below, out);
    }

    /// See [`Coordinator::returned`].
    pub fn returned(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        done: &[Span],
        out: &mut Vec<SubAction>,
    ) {
        let mut below = Vec::new();
        let fresh = self.inner.returned(now, member, lease, done, &mut below);
        for span in fresh {
            self.note(span);
        }
        self.finish(now, below, out);
    }

    /// See [`Coordinator::gave_back`].
    pub fn gave_back(&mut self, now: Time, member: MemberId, lease: LeaseId, back: &[Span], out: &mut Vec<SubAction>) {
        let mut below = Vec::new();
        self.inner.gave_back(now, member, lease, back, &mut below);
        self.finish(now, below, out);
    }

    /// See [`Coordinator::lost`].
    pub fn lost(&mut self, now: Time, member: MemberId, out: &mut Vec<SubAction>) {
        let mut below = Vec::new();
        self.inner.lost(now, member, &mut below);
        self.finish(now, below, out);
    }

    /// See [`Coordinator::tick`].
    pub fn tick(&mut self, now: Time, out: &mut Vec<SubAction>) {
        let mut below = Vec::new();
        self.inner.tick(now, &mut below);
        self.finish(now, below, out);
        for (lease, done) in std::mem::take(&mut self.pending) {
            out.push(SubAction::Return { lease, done });
        }
    }

    /// Grains `span` are news: note them under the leases from above that hold them.
    fn note(&mut self, span: Span) {
        for (&lease, left) in &mut self.above {
            let parts = left.within(span);
            for &part in &parts {
                left.remove(part);
            }
            if !parts.is_empty() {
                self.pending.entry(lease).or_default().extend(parts);
            }
        }
    }

    /// Passes actions on, returns whole leases, and asks when the group runs low.
    fn finish(&mut self, _now: Time, below: Vec<Action>, out: &mut Vec<SubAction>) {
        // The end is the business of the coordinator above: only it knows all grains.
        out.extend(below.into_iter().filter(|a| *a != Action::Finished).map(SubAction::Below));
        let whole: Vec<LeaseId> =
            self.above.iter().filter(|(_, left)| left.is_empty()).map(|(&lease, _)| lease).collect();
        for lease in whole {
            self.above.remove(&lease);
            let done = self.pending.remove(&lease).unwrap_or_default();
            out.push(SubAction::Return { lease, done });
        }
        let rate = self.inner.total_rate();
        let free = self.inner.work().available();
        let backlog: u64 = self.above.values().map(SpanSet::grains).sum();
        let low = match rate {
            Some(rate) => (free as f64) < rate * LOW as f64 / SECOND as f64,
            None => free == 0,
        };
        let need = match (low, backlog) {
            (_, 0) => Some(Asked::Idle),
            (true, _) => Some(Asked::Low),
            (false, _) => None,
        };
        if let Some(need) = need
            && self.asked != Some(need)
            && self.asked != Some(Asked::Idle)
        {
            self.asked = Some(need);
            out.push(SubAction::Ask { rate, backlog });
        }
    }
}
