//! Rank 0's view of one call that is under way.

mod decisions;
mod halting;
mod submitted;

use super::agent::Post;
use super::audit::{Audits, Difference};
use super::jobs::{LeadJobs, Submissions};
use super::spec::{Kind, Spec};
use crate::checkpoint::Failure;
use crate::comm::greeting;
use crate::engine::audit::{Record, Tally};
use crate::engine::coordinator::{Action, Coordinator, Settings};
use crate::engine::schedule;
use crate::engine::span::{Span, SpanSet};
use crate::engine::work::{Queue, Tree, Work, Workload};
use crate::engine::{LeaseId, MILLISECOND, Time, nanoseconds};
use crate::exec::mailbox::Deliver;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use halting::Halt;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the lead is to see to after an event.
#[derive(Debug, PartialEq)]
pub enum Notice {
    /// Tell people.
    Warn(String),
    /// The deadline passed; the text says who held what.
    Expired(String),
    /// An audit found this.
    Wrong(Difference),
}

/// Rank 0's main hears so often what is done, where values do not tell.
const TELL: Time = 100 * MILLISECOND;

/// What is to be said when the deadline of a call has passed.
pub fn passed(spec: &Spec, why: &str) -> String {
    let deadline = spec.deadline.unwrap_or_default().as_secs_f64();
    format!(
        "the deadline of {deadline} s of {} passed; {why}",
        spec.place.text
    )
}

/// A call and its coordinator.
pub struct LeadCall {
    /// What it is.
    pub spec: Arc<Spec>,
    coordinator: Coordinator<Workload>,
    inbox: Arc<dyn Deliver>,
    jobs: Option<LeadJobs>,
    /// Threads of all ranks.
    threads: Arc<Vec<u32>>,
    hosts: Arc<Vec<String>>,
    /// Ranks that reached it.
    pub joined: BTreeSet<u32>,
    /// Ranks that hold values of a deferred call.
    holders: BTreeSet<u32>,
    warned: BTreeSet<u32>,
    /// The last lease of every rank.
    granted: Vec<LeaseId>,
    /// Threads of all ranks before each, and of all, but for those that joined.
    before: Vec<u64>,
    all: u64,
    /// Past it the run ends, unless the call is over.
    pub deadline: Option<Time>,
    /// Grains that are computed again.
    audits: Option<Audits>,
    /// All grains are done; audits may be under way.
    all_done: bool,
    complete: bool,
    /// When it became so.
    done: Option<Time>,
    actions: Vec<Action>,
    /// What the lead is to see to.
    pub notices: Vec<Notice>,
    /// When leased jobs were last recalled for more urgent ones.
    preempted: Time,
    urgent: bool,
    /// Done since rank 0's main was last told, where it is to be.
    covered: SpanSet,
    told: Time,
    /// Messages with results by rank.
    returns: Vec<u64>,
    /// Leasing has stopped.
    halt: Option<Halt>,
}

impl LeadCall {
    /// A call that rank 0's main has begun, in a run that began with so many `ranks`.
    pub fn new(
        spec: Arc<Spec>,
        inbox: Arc<dyn Deliver>,
        submissions: Option<Arc<Submissions>>,
        threads: Arc<Vec<u32>>,
        hosts: Arc<Vec<String>>,
        ranks: usize,
        now: Time,
    ) -> Self {
        let mut before = Vec::with_capacity(ranks);
        let mut all = 0;
        for &t in &threads[..ranks] {
            before.push(all);
            all += u64::from(t);
        }
        let deadline = spec.deadline.map(|d| now.saturating_add(nanoseconds(d)));
        let settings = Settings {
            schedule: spec.schedule,
            speculate: spec.speculate && !spec.deferred,
            deadline,
            threads: all,
        };
        let work = match (spec.kind, spec.ceiling) {
            (Kind::Jobs, _) => Workload::Queue(Queue::new()),
            (_, Some(ceiling)) => Workload::Tree(Tree::with_ceiling(spec.grains, ceiling)),
            (_, None) => Workload::Tree(Tree::new(spec.grains)),
        };
        let returns = vec![0; threads.len()];
        let audits = spec.audit.map(|_| Audits::new(spec.clone(), hosts.clone()));
        let mut call = LeadCall {
            coordinator: Coordinator::new(work, settings),
            spec,
            inbox,
            jobs: submissions.map(LeadJobs::new),
            threads,
            hosts,
            joined: BTreeSet::new(),
            holders: BTreeSet::new(),
            warned: BTreeSet::new(),
            granted: vec![0; returns.len()],
            before,
            all,
            deadline,
            audits,
            all_done: false,
            complete: false,
            done: None,
            actions: Vec::new(),
            notices: Vec::new(),
            preempted: 0,
            urgent: false,
            covered: SpanSet::new(),
            told: 0,
            returns,
            halt: None,
        };
        call.resume(now);
        call
    }

    /// What a checkpoint knows of it is done already.
    fn resume(&mut self, now: Time) {
        let Some(kept) = self.spec.kept.clone() else {
            return;
        };
        let done: Vec<Span> = kept.done.iter().collect();
        self.spec.resumed(&done);
        let needed = match self.spec.kind {
            Kind::First => kept.hit,
            Kind::Any => kept.hit.map(|_| 0),
            Kind::All | Kind::Root | Kind::Jobs => None,
        };
        self.coordinator.change(now, &mut self.actions, |work| {
            for span in done {
                work.done(span);
            }
            if let Some(needed) = needed {
                work.truncate(needed);
            }
        });
    }

    /// A grain failed on a rank and is set aside.
    pub fn set_aside(&self, rank: u32, grain: u64, item: Option<u128>, text: String) {
        let span = Span::new(grain, grain + 1);
        if self.coordinator.work().undone(span).is_empty() {
            // Another rank has done it.
            return;
        }
        self.inbox.aside(Failure {
            grain,
            item,
            rank,
            host: self.hosts[rank as usize].clone(),
            text,
        });
    }

    /// Rank 0's main hears what is done, after all its values.
    fn tell_covered(&mut self, now: Time, all: bool) {
        if !self.covered.is_empty() && (all || now >= self.told + TELL) {
            self.told = now;
            self.inbox.covered(std::mem::take(&mut self.covered));
        }
    }

    /// Somebody joins the run: these are all threads and hosts now.
    pub fn admit(&mut self, threads: Arc<Vec<u32>>, hosts: Arc<Vec<String>>) {
        self.granted.resize(threads.len(), 0);
        self.returns.resize(threads.len(), 0);
        if let Some(audits) = &mut self.audits {
            audits.admit(hosts.clone());
        }
        (self.threads, self.hosts) = (threads, hosts);
    }

    /// A rank reached it.
    pub fn join(&mut self, now: Time, rank: u32, out: &mut Vec<Post>) {
        self.joined.insert(rank);
        let guest = rank as usize >= self.before.len();
        if guest && self.spec.deferred {
            // What it holds would be gone with it.
            return;
        }
        let threads = u64::from(self.threads[rank as usize]);
        if let Some(audits) = &mut self.audits {
            audits.joined(now, rank, threads);
        }
        // Where the rank's equal share begins: a static schedule is a promise, and held values should lie
        // side by side.
        let own = self.spec.deferred || self.spec.schedule.kind == schedule::Kind::Static;
        let before = self.before.get(rank as usize).filter(|_| own);
        let all = u128::from(self.all.max(1));
        let near =
            before.map(|&before| (u128::from(self.spec.grains) * u128::from(before) / all) as u64);
        self.coordinator.joined(rank, threads, near);
        if let Some(workers) = self.jobs.as_ref().and_then(|j| j.workers_of(rank)) {
            self.resize(rank, workers, out);
        }
    }

    /// A rank wants more; `lease` is the last that it got. If another is on its way to it, it will ask again.
    pub fn asked(&mut self, now: Time, rank: u32, rate: f64, backlog: u64, lease: LeaseId) {
        if self.spec.kind != Kind::Root && lease >= self.granted[rank as usize] {
            self.coordinator.asked(
                now,
                rank,
                (rate > 0.0).then_some(rate),
                backlog,
                &mut self.actions,
            );
        }
    }

    /// A rank returns grains with their values.
    pub fn returned(
        &mut self,
        now: Time,
        rank: u32,
        done: &[(LeaseId, Vec<Span>)],
        hit: Option<u64>,
        body: Rope,
        out: &mut Vec<Post>,
    ) {
        // A lease that waits to be sent may have what is about to be done, and its inputs to be dropped.
        if self.jobs.is_some() {
            self.act(now, out);
        }
        // Values first: whoever hears that all is done must have them.
        if !body.is_empty() {
            self.inbox.bytes(body);
        }
        if self.spec.deferred {
            self.holders.insert(rank);
        }
        self.returns[rank as usize] += 1;
        let covers = self.spec.kept.as_ref().is_some_and(|k| k.covers);
        for (lease, spans) in done {
            let fresh = self
                .coordinator
                .returned(now, rank, *lease, spans, &mut self.actions);
            self.spec.covered(&fresh);
            if let Some(audits) = &mut self.audits {
                audits.returned(rank, &fresh);
            }
            if covers {
                for &span in &fresh {
                    self.covered.insert(span);
                }
            }
            if let Some(jobs) = &mut self.jobs {
                fresh.into_iter().for_each(|span| jobs.done(span));
            }
        }
        if let Some(grain) = hit {
            self.hit(now, grain, out);
        }
    }

    fn hit(&mut self, now: Time, grain: u64, out: &mut Vec<Post>) {
        let needed = match self.spec.kind {
            Kind::First => grain,
            Kind::Any => 0,
            Kind::All | Kind::Root | Kind::Jobs => return,
        };
        if needed < self.coordinator.work().needed() || self.spec.kind == Kind::Any {
            self.coordinator
                .change(now, &mut self.actions, |work| work.truncate(needed));
            out.extend(
                self.joined
                    .iter()
                    .map(|&rank| (rank, Msg::Cut(self.spec.seq, needed), Rope::new())),
            );
        }
    }

    /// A rank is given up: what it held goes to others.
    ///
    /// # Errors
    /// When values that only it held are gone.
    pub fn lost(&mut self, now: Time, rank: u32) -> Result<(), String> {
        self.joined.remove(&rank);
        if let Some(halt) = &mut self.halt {
            halt.left.remove(&rank);
        }
        if self.holders.contains(&rank) {
            let text = &self.spec.place.text;
            return Err(format!(
                "values of {text} that only it held are gone with it"
            ));
        }
        self.coordinator.lost(now, rank, &mut self.actions);
        if let Some(audits) = &mut self.audits {
            audits.lost(now, rank);
        }
        Ok(())
    }

    /// Whether somebody has nothing to do, or values or audits of ranks are waited for.
    pub fn is_waiting(&self) -> bool {
        match self.complete {
            true => self.spec.deferred,
            false => self.all_done || self.coordinator.has_waiting(),
        }
    }

    /// What came out on a rank: of audited grains that are done soon or, if `again`, of some that it computed
    /// again.
    pub fn audit(&mut self, now: Time, rank: u32, records: Vec<Record>, again: bool) {
        let Some(audits) = &mut self.audits else {
            return;
        };
        for record in records {
            if record.grain >= self.spec.grains {
                continue;
            }
            let span = Span::new(record.grain, record.grain + 1);
            match again {
                true => audits.checked(now, rank, record),
                false => {
                    let counts = self.coordinator.work().undone(span).is_empty();
                    audits.computed(now, rank, record, counts);
                }
            }
        }
    }

    /// Whether an audit found a difference.
    pub fn is_wrong(&self) -> bool {
        self.audits.as_ref().is_some_and(Audits::are_wrong)
    }

    /// How many grains or jobs are done, and how many there are.
    pub fn progress(&self) -> (u64, u64) {
        let work = self.coordinator.work();
        let all = work.total();
        let left: u64 = work.undone(Span::new(0, all)).iter().map(|s| s.len()).sum();
        (all - left, all)
    }

    /// When all was done, if it is.
    pub fn done(&self) -> Option<Time> {
        self.done
    }

    /// The call is over for rank 0's main: what audits found to be right.
    pub fn audited(&mut self, now: Time, out: &mut Vec<Post>) -> Option<Tally> {
        self.audits.as_mut()?.halt();
        self.act(now, out);
        self.audits.as_ref().map(Audits::tally)
    }

    /// Results of a rank are on their way.
    pub fn heard(&mut self, now: Time, rank: u32) {
        self.coordinator.heard(now, rank);
    }

    /// A rank answers a recall.
    pub fn gave_back(&mut self, now: Time, rank: u32, lease: LeaseId, back: &[Span]) {
        self.coordinator
            .gave_back(now, rank, lease, back, &mut self.actions);
    }

    /// Results were consumed.
    pub fn ceiling(&mut self, now: Time, grain: u64) {
        self.coordinator
            .change(now, &mut self.actions, |work| work.raise_ceiling(grain));
    }

    /// How long a grain takes, if it is known and what is done is kept.
    pub fn grain_time(&self) -> Option<Time> {
        let kept = self.spec.kept.is_some();
        kept.then(|| self.coordinator.grain_time()).flatten()
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Time) {
        self.consider_halt(now);
        self.tell_covered(now, false);
        self.preempt(now);
        if self
            .jobs
            .as_mut()
            .is_some_and(|jobs| jobs.is_forgiving(now))
        {
            self.coordinator.change(now, &mut self.actions, |work| {
                work.queue().map(Queue::forgive);
            });
        }
        if self.spec.kind != Kind::Root {
            self.coordinator.tick(now, &mut self.actions);
        }
        if let Some(audits) = &mut self.audits {
            audits.tick(now);
        }
        // The coordinator sees to the deadline as long as there are grains; then there is the rest.
        let late = self.all_done && self.deadline.is_some_and(|deadline| now >= deadline);
        if late {
            let rest = match (self.complete, self.spec.deferred) {
                (false, _) => "their audit is not over",
                (true, true) => "its values are not merged yet",
                (true, false) => "what rank 0 does with the results is not",
            };
            let text = Notice::Expired(passed(&self.spec, &format!("all items are done, {rest}")));
            self.notices.push(text);
        }
    }

    fn name(&self, rank: u32) -> String {
        greeting::name(rank, Some(&self.hosts[rank as usize]))
    }
}
