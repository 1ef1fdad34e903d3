//! A sub-coordinator: a member to the coordinator above, a coordinator to the members below.
//!
//! It is the same state machine; its workload is the leases that it was given. It asks when it runs
//! low, passes on what its members return, and answers a recall with what it has not leased yet.
//! With one per node (or one per some hundred ranks) the coordinator above sees that many members
//! instead of all ranks, and a tail is evened out near by first.

mod changes;

use super::coordinator::{Action, Coordinator, Settings};
use super::schedule::Schedule;
use super::span::{Span, SpanSet};
use super::work::{Tree, Work};
use super::{LeaseId, MemberId, Time};
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
        /// Grains that the group still has ahead; 0 when some of its members have nothing to do.
        backlog: u64,
    },
    /// Return grains above: done.
    Return {
        /// Of which lease.
        lease: LeaseId,
        /// Which grains.
        done: Vec<Span>,
    },
    /// Return grains above: tried, failed, and to be tried again wherever the coordinator above thinks best.
    Failed {
        /// Of which lease.
        lease: LeaseId,
        /// Which grains.
        failed: Vec<Span>,
    },
    /// Answer a recall from above.
    GiveBack {
        /// Of which lease.
        lease: LeaseId,
        /// Grains that nobody here has begun.
        back: Vec<Span>,
    },
}

/// No lease has this number: grains returned under it are held by no lease from above.
const NO_LEASE: LeaseId = 0;

/// Coordinates the members of one group.
///
/// What is done is remembered only as long as a lease from above holds it, so that memory grows
/// with the leases, however long the run.
#[derive(Debug)]
pub struct SubCoordinator {
    inner: Coordinator<Tree>,
    above: BTreeMap<LeaseId, Above>,
    /// Grains of `above` that are not done.
    backlog: u64,
    /// What members returned, to go above with the next tick or when a lease is whole.
    pending: BTreeMap<LeaseId, Vec<Span>>,
    asked: Option<Asked>,
    /// Recalls from above that wait for a member's answer to one from here.
    owed: Vec<LeaseId>,
    /// They are answered when no more than so many members have yet to answer.
    enough: usize,
}

/// A lease from above.
#[derive(Debug)]
struct Above {
    span: Span,
    /// What of it is not done yet.
    left: SpanSet,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    Low,
    Idle,
}

impl SubCoordinator {
    /// A group within a workload of `total` grains; `u64::MAX` if that is not known.
    /// `settings.threads` are the threads of the group.
    pub fn new(total: u64, schedule: Schedule, settings: Settings) -> Self {
        let settings = Settings {
            schedule,
            deadline: None,
            ..settings
        };
        SubCoordinator {
            inner: Coordinator::new(Tree::empty(total), settings),
            above: BTreeMap::new(),
            backlog: 0,
            pending: BTreeMap::new(),
            asked: None,
            owed: Vec::new(),
            enough: 0,
        }
    }

    /// Takes part: asks above at once.
    pub fn start(&mut self, out: &mut Vec<SubAction>) {
        self.asked = Some(Asked::Idle);
        out.push(SubAction::Ask {
            rate: None,
            backlog: 0,
        });
    }

    /// A lease arrived from above. No lease below has grains of it and of others, if it is to stay `apart`.
    pub fn leased(
        &mut self,
        now: Time,
        lease: LeaseId,
        span: Span,
        apart: bool,
        out: &mut Vec<SubAction>,
    ) {
        self.asked = None;
        let mut left = SpanSet::from_iter([span]);
        // Done here before, under a lease that is gone: that counts at once.
        for part in self.inner.work().covered().within(span) {
            left.remove(part);
            self.pending.entry(lease).or_default().push(part);
        }
        self.backlog += left.grains();
        self.above.insert(lease, Above { span, left });
        let mut below = Vec::new();
        self.inner
            .change(now, &mut below, |work| work.add(span, apart));
        self.finish(now, below, out);
    }

    /// The coordinator above wants grains back. They come out of what no member has, or else out of
    /// what a member has not begun: then the answer takes a while.
    pub fn recalled(&mut self, now: Time, lease: LeaseId, out: &mut Vec<SubAction>) {
        let mut below = Vec::new();
        if self.above.contains_key(&lease)
            && self.inner.work().available() == 0
            && !self.inner.is_starving()
            && let recalls = self.inner.recall_some(now, &mut below)
            && recalls > 0
        {
            self.owed.push(lease);
            self.enough = recalls / 2;
            // What comes back is not for members that merely run low.
            self.inner.reserve(true);
        } else {
            self.answer(lease, false, out);
        }
        self.finish(now, below, out);
    }

    /// Gives half or all of what no member has back, preferably of `lease`.
    fn answer(&mut self, lease: LeaseId, all: bool, out: &mut Vec<SubAction>) {
        let first = self.above.contains_key(&lease).then_some(lease);
        let others: Vec<LeaseId> = self
            .above
            .keys()
            .rev()
            .copied()
            .filter(|&l| l != lease)
            .collect();
        for id in first.into_iter().chain(others) {
            let Some(above) = self.above.get_mut(&id) else {
                continue;
            };
            let back = self.inner.work_mut().surrender(&above.left, all);
            if back.is_empty() {
                continue;
            }
            self.backlog -= back
                .iter()
                .map(|&span| above.left.remove(span))
                .sum::<u64>();
            out.push(SubAction::GiveBack { lease: id, back });
            if id == lease {
                return;
            }
            break;
        }
        out.push(SubAction::GiveBack {
            lease,
            back: Vec::new(),
        });
    }

    /// See [`Coordinator::joined`].
    pub fn joined(&mut self, member: MemberId, threads: u64) {
        self.inner.joined(member, threads, None);
    }

    /// See [`Coordinator::asked`].
    pub fn asked(
        &mut self,
        now: Time,
        member: MemberId,
        rate: Option<f64>,
        backlog: u64,
        out: &mut Vec<SubAction>,
    ) {
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
    pub fn gave_back(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        back: &[Span],
        out: &mut Vec<SubAction>,
    ) {
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
        self.flush(out);
    }

    /// Returns what is done.
    pub fn flush(&mut self, out: &mut Vec<SubAction>) {
        let pending = std::mem::take(&mut self.pending);
        out.extend(
            pending
                .into_iter()
                .map(|(lease, done)| SubAction::Return { lease, done }),
        );
    }

    /// Grains `span` are news: note them under the leases from above that hold them.
    fn note(&mut self, span: Span) {
        let mut nobodys = SpanSet::from_iter([span]);
        for (&lease, above) in &mut self.above {
            for part in above.left.within(span) {
                self.backlog -= above.left.remove(part);
                nobodys.remove(part);
                self.pending.entry(lease).or_default().push(part);
            }
        }
        // Given back or given up meanwhile, but done is done.
        for part in nobodys.iter() {
            self.inner.work_mut().forget(part);
            self.pending.entry(NO_LEASE).or_default().push(part);
        }
    }

    /// Passes actions on, returns whole leases, and asks when the group runs low.
    fn finish(&mut self, now: Time, mut below: Vec<Action>, out: &mut Vec<SubAction>) {
        if !self.owed.is_empty()
            && self.inner.recalls_out() <= self.enough
            && (self.inner.work().available() > 0 || self.inner.recalls_out() == 0)
        {
            for lease in std::mem::take(&mut self.owed) {
                self.answer(lease, true, out);
            }
            self.inner.reserve(false);
            self.inner.change(now, &mut below, |_| {});
        }
        // The end is the business of the coordinator above: only it knows all grains.
        out.extend(
            below
                .into_iter()
                .filter(|a| *a != Action::Finished)
                .map(SubAction::Below),
        );
        let whole = self.above.iter().filter(|(_, above)| above.left.is_empty());
        let whole: Vec<(LeaseId, Span)> =
            whole.map(|(&lease, above)| (lease, above.span)).collect();
        for (lease, span) in whole {
            self.above.remove(&lease);
            self.inner.work_mut().forget(span);
            if let Some(done) = self.pending.remove(&lease) {
                out.push(SubAction::Return { lease, done });
            }
        }
        let rate = self.inner.total_rate();
        // Members ask in time for this to go up and come back, so nothing is fetched in advance.
        let low = self.inner.work().available() == 0 && self.inner.has_waiting();
        let need = if self.backlog == 0 || self.inner.is_starving() {
            Asked::Idle
        } else if low {
            Asked::Low
        } else {
            return;
        };
        if self.asked != Some(need) && self.asked != Some(Asked::Idle) {
            self.asked = Some(need);
            let backlog = if need == Asked::Idle { 0 } else { self.backlog };
            if need == Asked::Idle {
                self.flush(out);
            }
            out.push(SubAction::Ask { rate, backlog });
        }
    }
}
