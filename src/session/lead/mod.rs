//! Rank 0: matches the calls that ranks reach, drives their coordinators, ends the run.

mod answers;
mod ending;
mod guests;
mod looks;
mod losses;
mod steps;
mod stops;

use super::agent::Post;
use super::call::{self, LeadCall, Notice};
use super::jobs::Submissions;
use super::presence::Presence;
use super::spec::Spec;
use super::start::World;
use super::stopping::Stopping;
use crate::comm::greeting;
use crate::engine::Time;
use crate::engine::audit::Tally;
use crate::error::Error;
use crate::exec::mailbox::Deliver;
use crate::say;
use crate::wire::message::{Msg, Place, Seq};
use crate::wire::rope::Rope;
use answers::{Ended, KEPT};
use guests::Guests;
pub use guests::Parting;
use looks::Look;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// After a stop, user code gets this long to come out.
const GRACE: Duration = Duration::from_millis(1500);
/// Or this long, as long as it writes a checkpoint.
const WRITING: Duration = Duration::from_secs(60);

struct Bye {
    calls: Seq,
    code: u8,
    text: String,
}

/// What rank 0's comm thread knows of the whole run.
pub struct Lead {
    /// How many the run began with.
    ranks: usize,
    /// Those that have joined since.
    guests: Guests,
    threads: Arc<Vec<u32>>,
    hosts: Arc<Vec<String>>,
    quiet: bool,
    calls: BTreeMap<Seq, LeadCall>,
    ended: BTreeMap<Seq, Ended>,
    /// A call whose end rank 0's main is not told before there is room for another answer.
    held_up: Option<(Seq, Rope)>,
    /// Ranks that reached a call before rank 0 did.
    early: BTreeMap<Seq, Vec<(u32, Place)>>,
    /// Calls that rank 0's main has begun.
    begun: Seq,
    byes: Vec<Option<Bye>>,
    /// What ranks are at that do not come out of a call that is over.
    stuck: Vec<Option<String>>,
    /// Stuck for so long that their answers are gone.
    late: Vec<bool>,
    /// Which ranks are there.
    pub presence: Presence,
    /// Ranks given up since the service last asked.
    pub given_up: Vec<u32>,
    /// The last call that is over and has a deadline, until rank 0's main is out of it.
    ending: Option<(Arc<Spec>, Time)>,
    /// Some main returned an error; the others have until then.
    failing: Option<(Instant, u8, Option<String>)>,
    stopping: Option<(Instant, u8)>,
    /// How it may be stopped from outside.
    rules: Stopping,
    /// It is to be stopped, so that it can be resumed: why, and until when what has begun may end.
    interrupted: Option<(String, Time)>,
    /// What audits found to be right, if there were any.
    audited: Option<Tally>,
    /// Ranks are being asked what they are at.
    look: Option<Look>,
    /// The run is over with this code.
    pub exit: Option<u8>,
}

impl Lead {
    /// Of a run that has begun.
    pub fn new(world: &World, presence: Presence, quiet: bool, rules: Stopping) -> Self {
        let n = world.threads.len();
        Lead {
            ranks: n,
            guests: Guests::default(),
            threads: world.threads.clone(),
            hosts: world.hosts.clone(),
            quiet,
            calls: BTreeMap::new(),
            ended: BTreeMap::new(),
            held_up: None,
            early: BTreeMap::new(),
            begun: 0,
            byes: (0..n).map(|_| None).collect(),
            stuck: vec![None; n],
            late: vec![false; n],
            presence,
            given_up: Vec::new(),
            ending: None,
            failing: None,
            stopping: None,
            rules,
            interrupted: None,
            audited: None,
            look: None,
            exit: None,
        }
    }

    /// Rank 0's main began a call.
    pub fn begin(
        &mut self,
        spec: Arc<Spec>,
        inbox: Arc<dyn Deliver>,
        submissions: Option<Arc<Submissions>>,
        now: Time,
        out: &mut Vec<Post>,
    ) {
        let seq = spec.seq;
        self.begun = seq + 1;
        self.ending = None;
        let left = self.byes[..self.ranks]
            .iter()
            .position(|b| b.as_ref().is_some_and(|b| b.calls <= seq));
        if let Some(rank) = left {
            return self.left_early(rank as u32, &spec.place, out);
        }
        let (threads, hosts) = (self.threads.clone(), self.hosts.clone());
        let call = LeadCall::new(spec, inbox, submissions, threads, hosts, self.ranks, now);
        self.calls.insert(seq, call);
        for (rank, place) in self.early.remove(&seq).unwrap_or_default() {
            self.arrive(rank, seq, place, now, out);
            // It has asked already, when there was nothing to ask for.
            if let Some(call) = self.calls.get_mut(&seq) {
                call.asked(now, rank, 0.0, 0, 0);
            }
        }
        if let Some((why, until)) = self.interrupted.clone() {
            self.halt(&why, until, now, out);
        }
    }

    /// Rank 0's main is out of its last call.
    pub fn done(&mut self) {
        self.ending = None;
        self.stuck[0] = None;
    }

    /// A call that is under way.
    pub fn call(&mut self, seq: Seq) -> Option<&mut LeadCall> {
        self.calls.get_mut(&seq)
    }

    /// Part of a message from a rank.
    pub fn heard(&mut self, from: u32, now: Time) {
        self.presence.heard(from);
        for call in self.calls.values_mut() {
            call.heard(now, from);
        }
    }

    /// A message from a rank, rank 0 included.
    pub fn receive(&mut self, from: u32, msg: Msg, body: Rope, now: Time, out: &mut Vec<Post>) {
        self.presence.heard(from);
        if self.presence.is_given_up(from) && msg != Msg::Ping {
            // It is back, too late: it leaves with the others.
            return;
        }
        match msg {
            Msg::Arrive(seq, place) => self.arrive(from, seq, place, now, out),
            Msg::Ask {
                seq,
                rate,
                backlog,
                lease,
            } => {
                if let Some(call) = self.calls.get_mut(&seq) {
                    call.asked(now, from, rate, backlog, lease);
                }
            }
            Msg::Return { seq, done, hit } => {
                if let Some(call) = self.calls.get_mut(&seq) {
                    call.returned(now, from, &done, hit, body, out);
                }
            }
            Msg::GiveBack { seq, lease, back } => {
                if let Some(call) = self.calls.get_mut(&seq) {
                    call.gave_back(now, from, lease, &back);
                }
            }
            Msg::Failed { seq, jobs } => {
                if let Some(call) = self.calls.get_mut(&seq) {
                    call.failed(now, from, &jobs);
                }
            }
            Msg::Fail(_, text) if self.is_guest(from) => {
                self.dismiss(from, format!("it failed: {text}"));
            }
            Msg::Fail(_, text) => {
                let text = format!("{}, {text}", self.name(from));
                self.stop(&Error::User(text), out);
            }
            Msg::Stuck(_, items) => {
                if from == 0 && self.stopping.is_none() {
                    self.warn(&format!(
                        "{} is still busy with {items}, which others have done; the run cannot go on before \
                         that is over (a deadline would turn it into an error)",
                        self.name(0)
                    ));
                }
                self.stuck[from as usize] = Some(items);
            }
            // Another rank is left behind; without this one nothing goes on.
            Msg::Endless(_, jobs) if from == 0 => {
                let name = self.name(0);
                let text = format!("{jobs} on {name} does not end, long after its deadline");
                self.stop(&Error::Deadline(text), out);
            }
            Msg::Bye { calls, code, text } => self.bye(from, Bye { calls, code, text }, now, out),
            Msg::Left(_) if self.is_guest(from) => {
                self.part(from, Parting::Lost, "it left the process", now);
            }
            Msg::Leave => self.part(from, Parting::Left, "", now),
            Msg::Left(calls) => {
                let text = format!(
                    "{} left the process at call {calls} without returning from grange::run",
                    self.name(from)
                );
                self.byes[from as usize] = Some(Bye {
                    calls,
                    code: 4,
                    text: String::new(),
                });
                self.stop(&Error::OutOfStep(text), out);
            }
            Msg::Aside(seq, grain, item, text) => {
                if let Some(call) = self.calls.get_mut(&seq) {
                    call.set_aside(from, grain, item, text);
                }
            }
            Msg::Computed(seq, records) => {
                if let Some(call) = self.calls.get_mut(&seq) {
                    call.audit(now, from, records, false);
                }
            }
            Msg::Checked(seq, records) => {
                if let Some(call) = self.calls.get_mut(&seq) {
                    call.audit(now, from, records, true);
                }
            }
            Msg::Signal(number) => self.signal(number, now, out),
            Msg::Look => self.look(now, out),
            Msg::Told(text) => self.told(from, text, now),
            Msg::Halted(seq, returns) => {
                if let Some(call) = self.calls.get_mut(&seq) {
                    call.halted(from, returns);
                }
            }
            Msg::Ping => out.push((from, Msg::Pong, Rope::new())),
            _ => {}
        }
    }

    /// Time has passed; also carries out what coordinators have decided. `unsent` tells the bytes of answers
    /// that wait to leave.
    pub fn tick(
        &mut self,
        now: Time,
        timed: bool,
        unsent: impl FnOnce() -> u64,
        out: &mut Vec<Post>,
    ) {
        if self.held_up.is_some() && unsent() + self.kept() < KEPT {
            let held_up = self.held_up.take();
            out.extend(held_up.map(|(seq, result)| (0, Msg::End(seq, 0), result)));
        }
        if timed {
            self.look_at_the_clock(now, out);
        }
        if let Some((why, until)) = &self.interrupted
            && now > until.saturating_add(GRACE.as_nanos() as Time)
            && (!self.rules.is_writing() || now > until.saturating_add(WRITING.as_nanos() as Time))
        {
            let error = resumable(why);
            self.stop(&error, out);
        }
        if timed {
            self.look_around(now, out);
            self.see_look(now);
        }
        let mut notices = Vec::new();
        for call in self.calls.values_mut() {
            if timed {
                call.tick(now);
            }
            call.take_submissions(now, out);
            call.act(now, out);
            call.wait_for_submissions(now, out);
            notices.append(&mut call.notices);
        }
        if let Some((spec, at)) = &self.ending
            && now >= *at
            && let Some(items) = &self.stuck[0]
        {
            let why = format!("not over: {items} on {}", self.name(0));
            notices.push(Notice::Expired(call::passed(spec, &why)));
        }
        for notice in notices {
            match notice {
                Notice::Warn(text) => self.warn(&text),
                Notice::Expired(text) => self.stop(&Error::Deadline(text), out),
                Notice::Wrong(difference) => {
                    if difference.is_kept {
                        self.rules.kept.wrong.store(true, Ordering::Relaxed);
                    }
                    self.stop(&Error::Audit(difference.text), out);
                }
            }
        }
        self.consider_exit(out);
    }

    fn warn(&self, text: &str) {
        if !self.quiet {
            say::warning(format_args!("{text}"));
        }
    }

    fn name(&self, rank: u32) -> String {
        greeting::name(rank, Some(&self.hosts[rank as usize]))
    }
}
/// A run ends that can be resumed.
fn resumable(why: &str) -> Error {
    Error::Interrupted(format!("{why}; the same command resumes"))
}
