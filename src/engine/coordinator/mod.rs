//! Who gets what: members ask, the coordinator leases, members return.
//!
//! A state machine: each method is one event, takes the time as an argument and appends
//! [`Action`]s for its driver to carry out. The rules:
//!
//! - **No message without a lease or a request.** A member that runs low asks; the answer is a lease,
//!   or silence until there is one. So nobody is flooded.
//! - **Recall before copying.** When nothing is free and a member is idle, the member with the most
//!   work ahead is asked for grains that it has not begun.
//! - **Overdue grains are leased again**, to a member that is idle, at most 2 live copies. The first
//!   result counts. A grain overdue on two members is *suspect*: named in a warning, leased no more.
//! - **Progress is coverage.** What was already done does not count again, whoever returns it.
//!
//! Files: `lease` holds what a lease remembers, `member` what is known of a member, `grant` how
//! leases are made, `waiting` who is served next, `recall` and `rescue` what happens when nothing is
//! free and somebody is idle.

mod grant;
mod lease;
mod member;
mod recall;
mod rescue;
#[cfg(test)]
mod tests;
mod waiting;

use super::schedule::Schedule;
use super::span::{Span, SpanSet};
use super::work::Work;
use super::{LeaseId, MemberId, SECOND, Time};
use lease::{Lease, Recall};
use member::{Member, Waits};
use recall::Ends;
use std::collections::HashMap;
use waiting::Waiting;

/// How one call is to be coordinated.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How large leases are.
    pub schedule: Schedule,
    /// Whether overdue grains may be computed by two members at once.
    pub speculate: bool,
    /// When the call must be over.
    pub deadline: Option<Time>,
    /// Threads of all members that are expected, so that early leases leave something for the late.
    pub threads: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            schedule: Schedule::default(),
            speculate: true,
            deadline: None,
            threads: 1,
        }
    }
}

/// What the driver is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Tell `member` to compute `span`.
    Lease {
        /// To whom.
        member: MemberId,
        /// Under which number.
        lease: LeaseId,
        /// What.
        span: Span,
    },
    /// Ask `member` to return grains of `lease` that it has not begun.
    Recall {
        /// From whom.
        member: MemberId,
        /// Of which lease.
        lease: LeaseId,
    },
    /// Warn: a member has been silent over `span` for long; idle members do it as well.
    Overdue {
        /// Who is late.
        member: MemberId,
        /// With what.
        span: Span,
    },
    /// Warn: `span` is overdue on two members, so perhaps it never ends.
    Suspect {
        /// The members that hold it.
        members: Vec<MemberId>,
        /// The grains.
        span: Span,
    },
    /// The deadline has passed; these leases were out.
    Expired {
        /// Who holds what.
        held: Vec<(MemberId, Span)>,
    },
    /// All work is done.
    Finished,
}

/// Over this time grains returned tell a member's speed better than its own last word.
const LONG: Time = SECOND / 4;

/// Coordinates one call.
#[derive(Debug)]
pub struct Coordinator<W> {
    work: W,
    settings: Settings,
    members: Vec<Option<Member>>,
    leases: HashMap<LeaseId, Lease>,
    next_lease: LeaseId,
    granted: u64,
    /// Members whose request is not answered yet.
    waiting: Waiting,
    /// Grains that two live leases hold.
    doubled: SpanSet,
    suspect: SpanSet,
    /// Sums over members whose speed is known: threads, and these times the logarithm of what one
    /// does in a second.
    rated_threads: u64,
    log_speed: f64,
    threads: u64,
    /// Recalls that are not answered yet.
    recalls_out: usize,
    ends: Ends,
    /// When late members may be looked for again.
    next_scan: Time,
    /// Nothing was free since the work last changed: what is free now was given back.
    drained: bool,
    /// See [`Coordinator::reserve`].
    reserved: bool,
    /// See [`Coordinator::suspend`].
    suspended: bool,
    over: bool,
}

impl<W: Work> Coordinator<W> {
    /// Coordinates `work`, with no members yet.
    pub fn new(work: W, settings: Settings) -> Self {
        Coordinator {
            work,
            settings,
            members: Vec::new(),
            leases: HashMap::new(),
            next_lease: 1,
            granted: 0,
            waiting: Waiting::default(),
            doubled: SpanSet::new(),
            suspect: SpanSet::new(),
            rated_threads: 0,
            log_speed: 0.0,
            threads: 0,
            recalls_out: 0,
            ends: None,
            next_scan: 0,
            drained: false,
            reserved: false,
            suspended: false,
            over: false,
        }
    }

    /// The workload.
    pub fn work(&self) -> &W {
        &self.work
    }

    /// The workload, for changes that free nothing.
    pub(super) fn work_mut(&mut self) -> &mut W {
        &mut self.work
    }

    /// Whether a member waits for a lease.
    pub fn has_waiting(&self) -> bool {
        self.waiting.count > 0
    }

    /// From now on, or no more, only members with nothing to do are served: what is free is wanted
    /// elsewhere.
    pub(super) fn reserve(&mut self, reserved: bool) {
        self.reserved = reserved;
    }

    /// Nothing is leased any more; what comes back counts.
    pub fn suspend(&mut self) {
        self.suspended = true;
    }

    /// How many members have yet to answer a recall.
    pub(super) fn recalls_out(&self) -> usize {
        self.recalls_out
    }

    /// Whether a member has nothing to do, and no recall on its way will change that.
    pub(super) fn is_starving(&self) -> bool {
        self.has_idle() && self.recalls_out == 0 && self.work.available() == 0
    }

    /// Changes the workload (more jobs, a higher ceiling, a cut), then leases what became free.
    pub fn change(&mut self, now: Time, out: &mut Vec<Action>, change: impl FnOnce(&mut W)) {
        change(&mut self.work);
        self.drained = false;
        self.serve(now, out);
        self.check_finished(out);
    }

    /// A member takes part from now on. `near` is where in the workload it would best work.
    pub fn joined(&mut self, member: MemberId, threads: u64, near: Option<u64>) {
        let slot = member as usize;
        if slot >= self.members.len() {
            self.members.resize_with(slot + 1, || None);
        }
        if self.members[slot].is_none() {
            self.threads += threads;
            self.members[slot] = Some(Member::new(threads, near));
        }
    }

    /// A member wants more. `backlog` is what it still has ahead; `rate` its measured speed in grains a
    /// second.
    pub fn asked(
        &mut self,
        now: Time,
        member: MemberId,
        rate: Option<f64>,
        backlog: u64,
        out: &mut Vec<Action>,
    ) {
        self.spoke(member);
        if rate.is_some()
            && let Some(m) = self.member_mut(member)
        {
            m.told_rate = true;
        }
        self.measured(member, rate);
        let waits = match backlog {
            0 => Waits::Idle,
            // An older request, delayed or doubled: since the last one it was given nothing.
            _ if self.member(member).is_some_and(|m| m.waits == Waits::Idle) => Waits::Idle,
            _ if self.is_full(member) => {
                if let Some(m) = self.member_mut(member) {
                    m.full = true;
                }
                Waits::Not
            }
            _ => Waits::Low,
        };
        self.wait(member, waits);
        self.serve(now, out);
        self.check_finished(out);
    }

    /// A member returns grains of a lease, done. Returns the parts that are news.
    pub fn returned(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        done: &[Span],
        out: &mut Vec<Action>,
    ) -> Vec<Span> {
        self.spoke(member);
        let mut fresh = Vec::new();
        let mut twice = Vec::new();
        // Even of a lease that is unknown by now, or of a member given up, what is done is done.
        for &span in done {
            fresh.extend(self.work.done(span));
            twice.extend(self.doubled.within(span));
            self.doubled.remove(span);
            self.suspect.remove(span);
        }
        if let Some(held) = self.leases.get_mut(&lease).filter(|l| l.member == member) {
            let gone: u64 = done.iter().map(|&span| held.left.remove(span)).sum();
            held.progress = now;
            let empty = held.left.is_empty();
            self.estimate(now, member, gone);
            let ahead = self.holds_less(now, member, gone);
            if let Some(m) = self.member_mut(member) {
                m.done += gone;
            }
            self.consider_full(member);
            if empty {
                self.forget(lease);
            } else if let Some(held) = self.leases.get_mut(&lease) {
                held.queue = held.queue.min(ahead);
            }
        }
        twice.into_iter().for_each(|span| self.settle(span));
        self.serve(now, out);
        self.check_finished(out);
        fresh
    }

    /// A member answers a recall: these grains of the lease it had not begun, and will not.
    pub fn gave_back(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        back: &[Span],
        out: &mut Vec<Action>,
    ) {
        self.spoke(member);
        let Some(held) = self.leases.get_mut(&lease).filter(|l| l.member == member) else {
            return;
        };
        let given: Vec<Span> = back
            .iter()
            .flat_map(|&span| held.left.within(span))
            .collect();
        let gone: u64 = given.iter().map(|&span| held.left.remove(span)).sum();
        let was_asked = held.is_asked();
        let empty = held.left.is_empty();
        held.recall = Recall::Possible;
        if gone > 0 {
            held.progress = now;
            self.holds_less(now, member, gone);
            self.consider_full(member);
            if let Some(m) = self.member_mut(member) {
                m.gave = true;
            }
        } else if self.member(member).is_some_and(|m| !m.gave) {
            // That it answers is no progress: a stuck thread's lease is asked for again and again.
            if let Some(held) = self.leases.get_mut(&lease) {
                held.recall = Recall::Futile(now);
            }
        }
        if was_asked {
            self.recall_is_over(member);
        }
        if empty {
            self.forget(lease);
        }
        for span in given {
            self.released(span);
        }
        self.serve(now, out);
        self.check_finished(out);
    }

    /// A member failed at a grain, which is to be tried again: by another member, if there is one or
    /// `more` may join.
    pub fn failed(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        grain: u64,
        more: bool,
        out: &mut Vec<Action>,
    ) {
        let works = |m: &Option<Member>| m.as_ref().is_some_and(|m| m.threads > 0);
        let mut members = self.members.iter().zip(0..);
        if more || members.any(|(m, id)| id != member && works(m)) {
            self.work.shun(grain, member);
        }
        self.gave_back(now, member, lease, &[Span::new(grain, grain + 1)], out);
    }

    /// A member has so many threads from now on.
    pub fn resized(&mut self, member: MemberId, threads: u64) {
        let Some(m) = self.member_mut(member) else {
            return;
        };
        let before = std::mem::replace(&mut m.threads, threads);
        let rate = m.rate.take();
        self.threads = self.threads - before + threads;
        if let Some(rate) = rate {
            self.rated_threads -= before;
            self.log_speed -= log_speed(before, rate);
            if threads > 0 {
                let rate = rate / before.max(1) as f64 * threads as f64;
                self.measured(member, Some(rate));
            }
        }
        if threads == 0 {
            self.wait(member, Waits::Not);
        }
    }

    /// Who holds `grain`, and under which lease.
    pub fn holders(&self, grain: u64) -> Vec<(MemberId, LeaseId)> {
        let grain = Span::new(grain, grain + 1);
        let leases = self.leases.iter().filter(|(_, l)| l.left.covers(grain));
        leases.map(|(&id, l)| (l.member, id)).collect()
    }

    /// A member is gone for good; what it held goes to others.
    pub fn lost(&mut self, now: Time, member: MemberId, out: &mut Vec<Action>) {
        self.wait(member, Waits::Not);
        let Some(m) = self.members.get_mut(member as usize).and_then(Option::take) else {
            return;
        };
        self.threads -= m.threads;
        if let Some(rate) = m.rate {
            self.rated_threads -= m.threads;
            self.log_speed -= log_speed(m.threads, rate);
        }
        for id in m.leases {
            if let Some(lease) = self.leases.remove(&id) {
                self.recalls_out -= usize::from(lease.is_asked());
                for span in lease.left.iter() {
                    self.released(span);
                }
            }
        }
        self.serve(now, out);
        self.check_finished(out);
    }

    /// Time has passed: recalls, overdue leases, the deadline.
    pub fn tick(&mut self, now: Time, out: &mut Vec<Action>) {
        if self.over {
            return;
        }
        if self
            .settings
            .deadline
            .is_some_and(|deadline| now >= deadline)
        {
            self.over = true;
            let held = self
                .leases
                .values()
                .flat_map(|l| l.left.iter().map(|s| (l.member, s)));
            let mut held: Vec<_> = held.collect();
            held.sort();
            out.push(Action::Expired { held });
            return;
        }
        self.abandon_recalls(now);
        self.serve(now, out);
        if !self.suspended && self.has_idle() && self.work.available() == 0 {
            self.rescue_overdue(now, out);
        }
        self.check_finished(out);
    }

    /// Grains leased and not yet returned, by member.
    pub fn held_by(&self, member: MemberId) -> Vec<Span> {
        let leases = self.member(member).map_or(&[][..], |m| &m.leases);
        let mut spans: Vec<Span> = leases
            .iter()
            .filter_map(|id| self.leases.get(id))
            .flat_map(|l| l.left.iter())
            .collect();
        spans.sort();
        spans
    }

    /// Leases that are out.
    pub fn outstanding(&self) -> usize {
        self.leases.len()
    }

    /// Grains a second of all members, as far as measured and scaled to all threads.
    ///
    /// From the geometric mean of the threads' speeds: neither those that have met the cheapest
    /// grains, a million times faster than usual, nor those that crawl may move it much.
    pub fn total_rate(&self) -> Option<f64> {
        let all = self.threads.max(self.settings.threads) as f64;
        (self.rated_threads > 0).then(|| (self.log_speed / self.rated_threads as f64).exp() * all)
    }

    /// How long a thread takes over a grain, as far as measured: by the same mean.
    pub fn grain_time(&self) -> Option<Time> {
        let all = self.threads.max(self.settings.threads) as f64;
        self.total_rate()
            .filter(|&rate| rate > 0.0)
            .map(|rate| (all / rate * SECOND as f64) as Time)
    }

    fn check_finished(&mut self, out: &mut Vec<Action>) {
        if !self.over && self.work.finished() {
            self.over = true;
            out.push(Action::Finished);
        }
    }

    fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(id as usize)?.as_ref()
    }

    fn member_mut(&mut self, id: MemberId) -> Option<&mut Member> {
        self.members.get_mut(id as usize)?.as_mut()
    }

    fn has_idle(&self) -> bool {
        self.waiting.idle_count > 0
    }

    /// `member` told how far it is: it holds so many grains less. Returns how many it still holds.
    fn holds_less(&mut self, now: Time, member: MemberId, grains: u64) -> u64 {
        let Some(m) = self.member_mut(member) else {
            return 0;
        };
        m.held -= grains;
        m.progress = now;
        m.held
    }

    /// A full member has returned something: perhaps it may have more now.
    fn consider_full(&mut self, member: MemberId) {
        let is_full = self.is_full(member);
        if let Some(m) = self.member_mut(member)
            && m.full
            && !is_full
        {
            m.full = false;
            // It may have nothing to do by now, which is to be remembered.
            if m.waits == Waits::Not {
                self.wait(member, Waits::Low);
            }
        }
    }

    /// `member` returned `grains`. That tells its speed, unless it has just told it itself.
    fn estimate(&mut self, now: Time, member: MemberId, grains: u64) {
        if let Some(m) = self.member(member).filter(|m| m.held > 0 && grains > 0) {
            let time = now.saturating_sub(m.progress).max(1);
            if !m.told_rate || time > LONG {
                self.measured(member, Some(grains as f64 / time as f64 * SECOND as f64));
            }
        }
    }

    fn measured(&mut self, member: MemberId, rate: Option<f64>) {
        let Some(rate) = rate.filter(|r| r.is_finite() && *r > 0.0) else {
            return;
        };
        let Some(m) = self
            .members
            .get_mut(member as usize)
            .and_then(Option::as_mut)
        else {
            return;
        };
        let before = m.rate.map_or(0.0, |rate| log_speed(m.threads, rate));
        self.log_speed += log_speed(m.threads, rate) - before;
        match m.rate.replace(rate) {
            None => self.rated_threads += m.threads,
            // Its end is much later than was thought: the heap must know.
            Some(before) if rate < 0.8 * before => self.holds_more(member),
            Some(_) => {}
        }
    }

    /// Leased grains are nobody's any more, unless another lease holds them too.
    fn released(&mut self, span: Span) {
        for part in self.doubled.missing(span) {
            self.work.give_back(part);
        }
        self.doubled.remove(span);
        self.suspect.remove(span);
    }

    /// Grains that two leases held are done: nobody is waited for any more.
    fn settle(&mut self, span: Span) {
        let mut empty = Vec::new();
        for (&id, lease) in &mut self.leases {
            let gone = lease.left.remove(span);
            if gone == 0 {
                continue;
            }
            if let Some(m) = self
                .members
                .get_mut(lease.member as usize)
                .and_then(Option::as_mut)
            {
                m.held -= gone;
            }
            if lease.left.is_empty() {
                empty.push(id);
            }
        }
        empty.into_iter().for_each(|id| self.forget(id));
    }

    fn forget(&mut self, lease: LeaseId) {
        if let Some(gone) = self.leases.remove(&lease) {
            if gone.is_asked() {
                self.recall_is_over(gone.member);
            }
            if let Some(m) = self.member_mut(gone.member) {
                m.leases.retain(|&id| id != lease);
            }
        }
    }
}

/// What a member adds to [`Coordinator::log_speed`].
fn log_speed(threads: u64, rate: f64) -> f64 {
    if threads == 0 {
        return 0.0;
    }
    let threads = threads as f64;
    threads * (rate / threads).ln()
}
