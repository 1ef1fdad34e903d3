//! Rank 0's view of one call that is under way.

use super::agent::Post;
use super::audit::{Audits, Difference};
use super::jobs::{LeadJobs, Submissions};
use super::spec::{Kind, Spec};
use crate::checkpoint::Failure;
use crate::engine::audit::{Record, Tally};
use crate::engine::coordinator::{Action, Coordinator, Settings};
use crate::engine::schedule;
use crate::engine::span::{Span, SpanSet};
use crate::engine::work::{Queue, Tree, Work, Workload};
use crate::engine::{LeaseId, MILLISECOND, Time};
use crate::exec::mailbox::Deliver;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

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
/// What is leased and not begun may hold up more urgent jobs for so long.
const INVERSION: Time = 50 * MILLISECOND;

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
    /// Threads of all ranks before each, and of all.
    before: Vec<u64>,
    all: u64,
    /// Past it the run ends, unless the call is over.
    pub deadline: Option<Time>,
    /// Grains that are computed again.
    audits: Option<Audits>,
    /// All grains are done; audits may be under way.
    all_done: bool,
    complete: bool,
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

/// The end of a call before all of it is done.
struct Halt {
    why: String,
    /// Ranks that have not told what they had begun.
    left: BTreeMap<u32, Option<u64>>,
    until: Time,
    over: bool,
}

impl LeadCall {
    /// A call that rank 0's main has begun.
    pub fn new(
        spec: Arc<Spec>,
        inbox: Arc<dyn Deliver>,
        submissions: Option<Arc<Submissions>>,
        threads: Arc<Vec<u32>>,
        hosts: Arc<Vec<String>>,
        now: Time,
    ) -> Self {
        let mut before = Vec::with_capacity(threads.len());
        let mut all = 0;
        for &t in threads.iter() {
            before.push(all);
            all += u64::from(t);
        }
        let nanos = |d: Duration| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX);
        let deadline = spec.deadline.map(|d| now.saturating_add(nanos(d)));
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
        let returns = vec![0; before.len()];
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
            granted: vec![0; before.len()],
            before,
            all,
            deadline,
            audits,
            all_done: false,
            complete: false,
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
        self.spec.covered(&done);
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

    /// Stops leasing; what has begun may end until then.
    pub fn halt(&mut self, why: &str, until: Time, now: Time, out: &mut Vec<Post>) {
        if self.halt.is_some() {
            return;
        }
        if let Some(audits) = &mut self.audits {
            audits.halt();
        }
        self.act(now, out);
        self.coordinator.suspend();
        let seq = self.spec.seq;
        out.extend(
            self.joined
                .iter()
                .map(|&rank| (rank, Msg::Halt(seq), Rope::new())),
        );
        self.halt = Some(Halt {
            why: why.to_owned(),
            left: self.joined.iter().map(|&rank| (rank, None)).collect(),
            until,
            over: false,
        });
    }

    /// A rank has told all that it had begun, with so many messages.
    pub fn halted(&mut self, rank: u32, returns: u64) {
        if let Some(left) = self.halt.as_mut().and_then(|h| h.left.get_mut(&rank)) {
            *left = Some(returns);
        }
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

    fn consider_halt(&mut self, now: Time) {
        let Some(halt) = self.halt.as_mut().filter(|h| !h.over) else {
            return;
        };
        let returns = &self.returns;
        halt.left
            .retain(|&rank, told| told.is_none_or(|n| returns[rank as usize] < n));
        if (halt.left.is_empty() || now >= halt.until) && !self.complete {
            halt.over = true;
            let why = halt.why.clone();
            self.tell_covered(now, true);
            self.inbox.halt(why);
        }
    }

    /// Rank 0's main hears what is done, after all its values.
    fn tell_covered(&mut self, now: Time, all: bool) {
        if !self.covered.is_empty() && (all || now >= self.told + TELL) {
            self.told = now;
            self.inbox.covered(std::mem::take(&mut self.covered));
        }
    }

    /// A rank reached it.
    pub fn join(&mut self, now: Time, rank: u32, out: &mut Vec<Post>) {
        self.joined.insert(rank);
        let threads = u64::from(self.threads[rank as usize]);
        if let Some(audits) = &mut self.audits {
            audits.joined(now, rank, threads);
        }
        // Where the rank's equal share begins: a static schedule is a promise, and held values should lie
        // side by side.
        let own = self.spec.deferred || self.spec.schedule.kind == schedule::Kind::Static;
        let before = self.before[rank as usize];
        let all = u128::from(self.all.max(1));
        let near = (u128::from(self.spec.grains) * u128::from(before) / all) as u64;
        self.coordinator.joined(rank, threads, own.then_some(near));
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

    /// Jobs of a rank failed and are to be tried again.
    pub fn failed(&mut self, now: Time, rank: u32, jobs: &[(LeaseId, Vec<Span>)]) {
        let more = self.joined.len() < self.hosts.len();
        for (lease, spans) in jobs {
            for job in spans.iter().flat_map(|span| span.start..span.end) {
                if let Some(jobs) = &mut self.jobs {
                    jobs.failed(now, job);
                }
                self.coordinator
                    .failed(now, rank, *lease, job, more, &mut self.actions);
            }
        }
    }

    /// Nobody wants that job any more.
    pub fn cancel(&mut self, now: Time, job: u64, out: &mut Vec<Post>) {
        // It may have been submitted just now, and leased: that goes out with all its inputs first.
        self.take_submissions(now, out);
        self.act(now, out);
        let holders = self.coordinator.holders(job);
        let span = Span::new(job, job + 1);
        if self.coordinator.work().undone(span).is_empty() {
            return;
        }
        self.coordinator.change(now, &mut self.actions, |work| {
            work.queue().map(|queue| queue.cancel(job));
        });
        if let Some(jobs) = &mut self.jobs {
            jobs.done(span);
        }
        let seq = self.spec.seq;
        out.extend(
            holders
                .into_iter()
                .map(|(rank, lease)| (rank, Msg::Drop { seq, lease, job }, Rope::new())),
        );
    }

    fn resize(&mut self, rank: u32, workers: u32, out: &mut Vec<Post>) {
        self.coordinator.resized(rank, u64::from(workers));
        out.push((rank, Msg::Workers(self.spec.seq, workers), Rope::new()));
    }

    /// Takes what rank 0's main has submitted; leases it.
    pub fn take_submissions(&mut self, now: Time, out: &mut Vec<Post>) {
        let Some(jobs) = self.jobs.as_mut().filter(|jobs| jobs.has_news()) else {
            return;
        };
        if let Some(workers) = jobs.take_news() {
            // What was leased before goes out before.
            self.act(now, out);
            for rank in self.joined.clone() {
                self.resize(rank, workers[rank as usize], out);
            }
        }
        let Some(jobs) = &mut self.jobs else { return };
        let urgent = &mut self.urgent;
        self.coordinator.change(now, &mut self.actions, |work| {
            *urgent |= work.queue().is_some_and(|queue| jobs.take(queue));
        });
        self.preempt(now);
    }

    /// What ranks have not begun makes way for what is more urgent; not with every job.
    fn preempt(&mut self, now: Time) {
        if self.urgent && now >= self.preempted + INVERSION / 4 {
            self.preempted = now;
            self.urgent = self
                .coordinator
                .recall_outranked(now, INVERSION, &mut self.actions);
        }
    }

    /// While somebody waits for work, every job that is submitted wakes this thread.
    pub fn wait_for_submissions(&mut self, now: Time, out: &mut Vec<Post>) {
        let Some(jobs) = &self.jobs else { return };
        jobs.set_hungry(self.coordinator.has_waiting());
        self.take_submissions(now, out);
        self.act(now, out);
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

    /// Carries out what the coordinator decided.
    pub fn act(&mut self, now: Time, out: &mut Vec<Post>) {
        let seq = self.spec.seq;
        for action in std::mem::take(&mut self.actions) {
            match action {
                Action::Lease {
                    member,
                    lease,
                    span,
                } => {
                    self.granted[member as usize] = lease;
                    let inputs = match &mut self.jobs {
                        Some(jobs) => jobs.inputs(seq, member, span, out),
                        None => Rope::new(),
                    };
                    out.push((member, Msg::Lease(seq, lease, span), inputs));
                }
                Action::Recall { member, lease } => {
                    out.push((member, Msg::Recall(seq, lease), Rope::new()))
                }
                Action::Overdue { member, span } => {
                    // Jobs may take any time; there are deadlines for them.
                    let jobs = self.jobs.is_some() && !self.spec.speculate;
                    if !jobs && self.warned.insert(member) {
                        let help = if self.spec.speculate {
                            "idle ranks do them as well"
                        } else {
                            "waiting for them"
                        };
                        self.notices.push(Notice::Warn(format!(
                            "{} is late with {} of {}; {help}",
                            self.name(member),
                            self.spec.items_of(span),
                            self.spec.place.text
                        )));
                    }
                }
                Action::Suspect { members, span } => {
                    let names: Vec<String> = members.iter().map(|&m| self.name(m)).collect();
                    self.notices.push(Notice::Warn(format!(
                        "{} of {} are overdue on {}: perhaps they never end (a deadline would turn that into an error)",
                        self.spec.items_of(span),
                        self.spec.place.text,
                        names.join(" and ")
                    )));
                }
                Action::Expired { held } => self.notices.push(Notice::Expired(self.expired(&held))),
                Action::Finished => {
                    self.all_done = true;
                    if let Some(audits) = &mut self.audits {
                        audits.all_done(now);
                    }
                }
            }
        }
        if let Some(audits) = &mut self.audits {
            audits.act(out, &mut self.notices);
        }
        if self.all_done && self.audits.as_ref().is_none_or(Audits::are_right) {
            self.finish(out);
        }
    }

    fn finish(&mut self, out: &mut Vec<Post>) {
        if std::mem::replace(&mut self.complete, true) {
            return;
        }
        if !self.spec.deferred {
            self.tell_covered(0, true);
            return self.inbox.complete();
        }
        // A binomial tree over the ranks that hold something: whoever has an odd place in its round sends
        // to the one before it, until all is at rank 0.
        self.holders.insert(0);
        let ranks: Vec<u32> = self.holders.iter().copied().collect();
        for (i, &rank) in ranks.iter().enumerate() {
            let below = if i == 0 {
                usize::BITS
            } else {
                i.trailing_zeros()
            };
            let sources = (0..below)
                .take_while(|&k| 1usize.checked_shl(k).is_some_and(|d| i + d < ranks.len()))
                .count();
            let to = if i == 0 { 0 } else { ranks[i & (i - 1)] };
            let gather = Msg::Gather {
                seq: self.spec.seq,
                sources: sources as u32,
                to,
            };
            out.push((rank, gather, Rope::new()));
        }
    }

    fn name(&self, rank: u32) -> String {
        format!("rank {rank} ({})", self.hosts[rank as usize])
    }

    fn expired(&self, held: &[(u32, Span)]) -> String {
        let mut text: Vec<String> = held
            .iter()
            .take(8)
            .map(|&(m, s)| format!("{} on {}", self.spec.items_of(s), self.name(m)))
            .collect();
        if held.len() > 8 {
            text.push(format!("{} more", held.len() - 8));
        }
        let out = if text.is_empty() {
            "nothing was leased".to_owned()
        } else {
            format!("not done: {}", text.join(", "))
        };
        passed(&self.spec, &out)
    }
}
