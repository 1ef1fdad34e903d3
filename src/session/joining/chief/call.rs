//! One call, as a job of several ranks takes part in it.

use super::batches::Batches;
use crate::engine::audit::Again;
use crate::engine::coordinator::{Action, Settings};
use crate::engine::span::Span;
use crate::engine::sub::{SubAction, SubCoordinator};
use crate::engine::{LeaseId, Time};
use crate::exec::leased::Done;
use crate::session::agent::Post;
use crate::session::spec::{Kind, Spec};
use crate::wire::frame::Damaged;
use crate::wire::message::{Msg, Seq};
use crate::wire::rope::Rope;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Values of so many bytes go up without waiting for more.
const ENOUGH: u64 = 1 << 20;

/// A call that is under way, and who computes what of it here.
pub(super) struct Call {
    pub(super) spec: Arc<Spec>,
    sub: SubCoordinator,
    /// Threads of this job's ranks.
    threads: Arc<Vec<u32>>,
    /// Ranks that reached it.
    joined: BTreeSet<u32>,
    /// The last lease from above, and the last of every rank.
    lease: LeaseId,
    granted: Vec<LeaseId>,
    /// What goes up with the next message.
    done: Done,
    body: Rope,
    hit: Option<u64>,
    /// Messages with results that went up, and that came from every rank.
    returned: u64,
    returns: Vec<u64>,
    /// Nothing more is begun: ranks that have not told what they had begun.
    halting: Option<BTreeMap<u32, Option<u64>>>,
    /// The run is to hear when that is over.
    halted: bool,
    batches: Batches,
    /// Jobs that may run at the same time, if not one a thread.
    workers: Option<u32>,
    /// To be computed again by the first rank that is there.
    again: Vec<Again>,
}

/// What goes to the run.
pub(super) type Up = (Msg, Rope);

impl Call {
    /// One that rank 0's main has begun.
    pub fn new(spec: Arc<Spec>, threads: Arc<Vec<u32>>) -> Self {
        let settings = Settings {
            schedule: spec.schedule,
            speculate: spec.speculate,
            deadline: None,
            threads: threads.iter().copied().map(u64::from).sum(),
        };
        let total = match spec.kind {
            Kind::Jobs => u64::MAX,
            _ => spec.grains,
        };
        let ranks = threads.len();
        Call {
            sub: SubCoordinator::new(total, spec.schedule, settings),
            spec,
            threads,
            joined: BTreeSet::new(),
            lease: 0,
            granted: vec![0; ranks],
            done: Done::new(),
            body: Rope::new(),
            hit: None,
            returned: 0,
            returns: vec![0; ranks],
            halting: None,
            halted: false,
            batches: Batches::default(),
            workers: None,
            again: Vec::new(),
        }
    }

    fn seq(&self) -> Seq {
        self.spec.seq
    }

    /// A rank reached it.
    pub fn join(&mut self, rank: u32, out: &mut Vec<Post>) {
        if !self.joined.insert(rank) {
            return;
        }
        self.sub
            .joined(rank, u64::from(self.threads[rank as usize]));
        if let Some(workers) = self.workers {
            self.resize(rank, workers, out);
        }
        if self.halting.is_some() {
            out.push((rank, Msg::Halt(self.seq()), Rope::new()));
        } else if !self.again.is_empty() {
            let again = std::mem::take(&mut self.again);
            out.push((rank, Msg::Again(self.seq(), again), Rope::new()));
        }
    }

    /// Ranks that reached it.
    pub fn ranks(&self) -> impl Iterator<Item = u32> + '_ {
        self.joined.iter().copied()
    }

    /// A lease arrived from above.
    ///
    /// # Errors
    /// When its inputs are damaged.
    pub fn leased(
        &mut self,
        now: Time,
        lease: LeaseId,
        span: Span,
        body: Rope,
        out: &mut Vec<Post>,
        up: &mut Vec<Up>,
    ) -> Result<(), Damaged> {
        self.lease = lease;
        if self.halting.is_some() {
            // It was on its way.
            let (seq, back) = (self.seq(), vec![span]);
            up.push((Msg::GiveBack { seq, lease, back }, Rope::new()));
            return Ok(());
        }
        let jobs = self.spec.kind == Kind::Jobs;
        if jobs {
            self.batches.leased(lease, span, body)?;
        }
        self.change(out, up, |sub, out| sub.leased(now, lease, span, jobs, out));
        Ok(())
    }

    /// Something from above other than a lease, or from a rank.
    pub fn change(
        &mut self,
        out: &mut Vec<Post>,
        up: &mut Vec<Up>,
        event: impl FnOnce(&mut SubCoordinator, &mut Vec<SubAction>),
    ) {
        let mut actions = Vec::new();
        event(&mut self.sub, &mut actions);
        self.act(actions, out, up);
    }

    /// A rank wants more; `lease` is the last that it got. If another is on its way to it, it will ask again.
    pub fn asked(
        &mut self,
        now: Time,
        (rank, lease): (u32, LeaseId),
        (rate, backlog): (f64, u64),
        out: &mut Vec<Post>,
        up: &mut Vec<Up>,
    ) {
        if self.spec.kind != Kind::Root && lease >= self.granted[rank as usize] {
            let rate = (rate > 0.0).then_some(rate);
            self.change(out, up, |sub, out| sub.asked(now, rank, rate, backlog, out));
        }
    }

    /// A rank returns grains with their values.
    pub fn returned(
        &mut self,
        now: Time,
        rank: u32,
        done: &Done,
        (hit, body): (Option<u64>, Rope),
        out: &mut Vec<Post>,
        up: &mut Vec<Up>,
    ) {
        self.returns[rank as usize] += 1;
        // Whoever hears that grains are done must have their values.
        self.body.append(body);
        if let Some(hit) = hit {
            self.hit = Some(self.hit.map_or(hit, |other| other.min(hit)));
        }
        for (lease, spans) in done {
            self.change(out, up, |sub, out| {
                sub.returned(now, rank, *lease, spans, out);
            });
        }
        if self.hit.is_some() || self.body.len() >= ENOUGH {
            self.send_up(up);
        }
    }

    /// Part of results of a rank is here.
    pub fn heard(&mut self, now: Time, rank: u32) {
        self.sub.heard(now, rank);
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Time, out: &mut Vec<Post>, up: &mut Vec<Up>) {
        self.change(out, up, |sub, out| sub.tick(now, out));
        self.send_up(up);
        self.batches.keep(|lease| self.sub.holds(lease));
        self.tell_halted(out, up);
    }

    /// Grains are to be computed again, by the rank whose `turn` it is. The run may ask for them as soon as it knows
    /// that this job is there, which is before any of the ranks here is.
    pub fn again(&mut self, grains: Vec<Again>, turn: usize, out: &mut Vec<Post>) {
        let ranks = self.joined.len().max(1);
        match self.joined.iter().nth(turn % ranks) {
            Some(&rank) => out.push((rank, Msg::Again(self.seq(), grains), Rope::new())),
            None => self.again.extend(grains),
        }
    }

    /// A value that jobs share.
    pub fn frozen(&mut self, id: u64, bytes: Rope, out: &mut Vec<Post>) {
        self.batches.frozen(self.spec.seq, id, bytes, out);
    }

    /// So many jobs may run here at the same time from now on.
    pub fn set_workers(&mut self, workers: u32, out: &mut Vec<Post>) {
        self.workers = Some(workers);
        for rank in self.joined.clone() {
            self.resize(rank, workers, out);
        }
    }

    /// Each rank has its share of them, by its threads.
    fn resize(&mut self, rank: u32, workers: u32, out: &mut Vec<Post>) {
        let own = share(workers, &self.threads, rank as usize);
        self.sub.resized(rank, u64::from(own));
        out.push((rank, Msg::Workers(self.seq(), own), Rope::new()));
    }

    /// A rank is no more: what it had goes to others.
    pub fn lost(&mut self, now: Time, rank: u32, out: &mut Vec<Post>, up: &mut Vec<Up>) {
        self.joined.remove(&rank);
        if let Some(left) = &mut self.halting {
            left.remove(&rank);
        }
        self.change(out, up, |sub, out| sub.lost(now, rank, out));
    }

    /// Nothing more is begun here; what no rank has goes back if it `surrenders`, and otherwise the run hears when
    /// what has begun is done.
    pub fn halt(&mut self, surrenders: bool, out: &mut Vec<Post>, up: &mut Vec<Up>) {
        self.change(out, up, |sub, out| match surrenders {
            true => sub.surrender(out),
            false => sub.suspend(),
        });
        self.halted |= !surrenders;
        if self.halting.is_none() {
            let seq = self.seq();
            out.extend(self.ranks().map(|rank| (rank, Msg::Halt(seq), Rope::new())));
            self.halting = Some(self.ranks().map(|rank| (rank, None)).collect());
        }
    }

    /// A rank has told all that it had begun, with so many messages.
    pub fn rank_halted(&mut self, rank: u32, returns: u64) {
        if let Some(left) = self.halting.as_mut().and_then(|left| left.get_mut(&rank)) {
            *left = Some(returns);
        }
    }

    /// Whether all that had begun when it was halted is done and on its way up.
    pub fn is_through(&self) -> bool {
        self.halting.as_ref().is_some_and(BTreeMap::is_empty)
    }

    fn tell_halted(&mut self, out: &mut Vec<Post>, up: &mut Vec<Up>) {
        let Some(left) = &mut self.halting else {
            return;
        };
        let returns = &self.returns;
        left.retain(|&rank, told| told.is_none_or(|n| returns[rank as usize] < n));
        if left.is_empty() {
            self.change(out, up, SubCoordinator::flush);
            self.send_up(up);
            if std::mem::take(&mut self.halted) {
                up.push((Msg::Halted(self.seq(), self.returned), Rope::new()));
            }
        }
    }

    /// What came of it goes up, if there is anything.
    fn send_up(&mut self, up: &mut Vec<Up>) {
        if self.done.is_empty() && self.hit.is_none() && self.body.is_empty() {
            return;
        }
        self.returned += 1;
        let seq = self.seq();
        let (done, hit) = (std::mem::take(&mut self.done), self.hit.take());
        let body = std::mem::take(&mut self.body);
        up.push((Msg::Return { seq, done, hit }, body));
    }

    fn act(&mut self, actions: Vec<SubAction>, out: &mut Vec<Post>, up: &mut Vec<Up>) {
        let seq = self.seq();
        for action in actions {
            let message = match action {
                SubAction::Below(action) => {
                    self.obey(action, out);
                    continue;
                }
                SubAction::Return { lease, done } => {
                    self.done.push((lease, done));
                    continue;
                }
                SubAction::Ask { rate, backlog } => Msg::Ask {
                    seq,
                    rate: rate.unwrap_or(0.0),
                    backlog,
                    lease: self.lease,
                },
                SubAction::Failed { lease, failed } => Msg::Failed {
                    seq,
                    jobs: vec![(lease, failed)],
                },
                SubAction::GiveBack { lease, back } => Msg::GiveBack { seq, lease, back },
            };
            self.send_up(up);
            up.push((message, Rope::new()));
        }
        if !self.done.is_empty() {
            self.send_up(up);
        }
    }

    fn obey(&mut self, action: Action, out: &mut Vec<Post>) {
        let seq = self.seq();
        match action {
            Action::Lease {
                member,
                lease,
                span,
            } => {
                self.granted[member as usize] = lease;
                let inputs = match self.spec.kind {
                    Kind::Jobs => self.batches.inputs(seq, member, span, out),
                    _ => Rope::new(),
                };
                out.push((member, Msg::Lease(seq, lease, span), inputs));
            }
            Action::Recall { member, lease } => {
                out.push((member, Msg::Recall(seq, lease), Rope::new()));
            }
            // The run sees for itself what is late, and names this job.
            Action::Overdue { .. } | Action::Suspect { .. } => {}
            Action::Expired { .. } | Action::Finished => {}
        }
    }
}

/// The share of rank `rank` of `n`, by threads: all shares together are `n`.
fn share(n: u32, threads: &[u32], rank: usize) -> u32 {
    let sum = |of: &[u32]| of.iter().copied().map(u64::from).sum::<u64>();
    let all = sum(threads).max(1);
    let until = |ranks: usize| u64::from(n) * sum(&threads[..ranks]) / all;
    (until(rank + 1) - until(rank)) as u32
}

#[cfg(test)]
mod tests {
    use super::{Call, share};
    use crate::engine::audit::Again;
    use crate::session::agent::Post;
    use crate::session::spec::{Kind, Spec};
    use crate::wire::message::Msg;
    use std::sync::Arc;

    fn call(ranks: usize) -> Call {
        let spec = Spec {
            seq: 3,
            grains: 100,
            items: 100,
            ..Spec::of(Kind::All)
        };
        Call::new(Arc::new(spec), Arc::new(vec![1; ranks]))
    }

    /// Which grains each message asks which rank for.
    fn asked(out: &mut Vec<Post>) -> Vec<(u32, Vec<u64>)> {
        let asked = out.drain(..).filter_map(|(rank, msg, _)| match msg {
            Msg::Again(3, grains) => Some((rank, grains.iter().map(|g| g.grain).collect())),
            _ => None,
        });
        asked.collect()
    }

    #[test]
    fn audits_wait_for_the_first_rank_and_take_turns() {
        let again = |grain| vec![Again { grain, not: None }];
        let (mut call, mut out) = (call(2), Vec::new());
        call.again(again(0), 1, &mut out);
        call.again(again(5), 2, &mut out);
        assert_eq!(asked(&mut out), []);
        call.join(1, &mut out);
        assert_eq!(asked(&mut out), [(1, vec![0, 5])]);
        call.join(0, &mut out);
        assert_eq!(asked(&mut out), []);
        for turn in 3..6 {
            call.again(again(turn as u64), turn, &mut out);
        }
        assert_eq!(asked(&mut out), [(1, vec![3]), (0, vec![4]), (1, vec![5])]);
    }

    #[test]
    fn shares_are_all_together() {
        for (n, threads) in [
            (7, vec![2, 2, 2]),
            (1, vec![4, 1]),
            (0, vec![3]),
            (100, vec![1, 9, 6]),
        ] {
            let shares = (0..threads.len()).map(|rank| share(n, &threads, rank));
            assert_eq!(shares.sum::<u32>(), n);
        }
        assert_eq!(share(16, &[1, 2, 1], 1), 8);
    }
}
