//! Rank 0: matches the calls that ranks reach, drives their coordinators, ends the run.

use super::agent::Post;
use super::audit;
use super::call::{self, LeadCall, Notice};
use super::jobs::Submissions;
use super::presence::{Loss, Presence};
use super::spec::{Kind, Spec};
use super::start::World;
use super::stopping::{self, Stopping};
use crate::engine::Time;
use crate::engine::audit::Tally;
use crate::error::Error;
use crate::exec::mailbox::Deliver;
use crate::say;
use crate::wire::message::{Msg, Place, Seq};
use crate::wire::rope::Rope;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Ranks whose main returned an error get this long to do so all together.
const TOGETHER: Duration = Duration::from_secs(1);
/// After a stop, user code gets this long to come out.
const GRACE: Duration = Duration::from_millis(1500);
/// Or this long, as long as it writes a checkpoint.
const WRITING: Duration = Duration::from_secs(60);

struct Bye {
    calls: Seq,
    code: u8,
    text: String,
}

/// Answers that not every rank has got are kept up to this size: beyond it, those of stuck ranks are
/// dropped, and rank 0's main waits for the others.
const KEPT: u64 = 64 << 20;

/// A call that is over; kept until every rank has its answer.
struct Ended {
    place: Place,
    result: Rope,
    told: Vec<bool>,
}

/// What rank 0's comm thread knows of the whole run.
pub struct Lead {
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
    /// The run is over with this code.
    pub exit: Option<u8>,
}

impl Lead {
    /// Of a run that has begun.
    pub fn new(world: &World, presence: Presence, quiet: bool, rules: Stopping) -> Self {
        let n = world.threads.len();
        Lead {
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
        let left = self
            .byes
            .iter()
            .position(|b| b.as_ref().is_some_and(|b| b.calls <= seq));
        if let Some(rank) = left {
            return self.left_early(rank as u32, &spec.place, out);
        }
        let (threads, hosts) = (self.threads.clone(), self.hosts.clone());
        let call = LeadCall::new(spec, inbox, submissions, threads, hosts, now);
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

    /// A rank was sent a signal.
    fn signal(&mut self, number: u32, now: Time, out: &mut Vec<Post>) {
        let why = format!("stopped by {}", stopping::name(number));
        if self.rules.keeps() {
            let grace = self.rules.grace_after(Some(number));
            return self.interrupt(&why, grace, now, out);
        }
        let code = u8::try_from(number).unwrap_or(0);
        self.stop(&Error::Signal(code, unkept(&why)), out);
    }

    fn time_is_up(&mut self, now: Time, out: &mut Vec<Post>) {
        let limit = self.rules.limit.unwrap_or_default();
        let why = format!("stopped by the time limit of {} s", limit.as_secs_f64());
        if self.rules.keeps() {
            let grace = self.rules.grace_after(None);
            return self.interrupt(&why, grace.min(limit / 2), now, out);
        }
        self.stop(&Error::Deadline(unkept(&why)), out);
    }

    /// The run ends so that it can be resumed.
    fn interrupt(&mut self, why: &str, grace: Duration, now: Time, out: &mut Vec<Post>) {
        if self.interrupted.is_some() || self.stopping.is_some() || self.exit.is_some() {
            return;
        }
        let until = now.saturating_add(grace.as_nanos() as Time);
        self.interrupted = Some((why.to_owned(), until));
        self.halt(why, until, now, out);
    }

    /// No call goes on but those of rank 0's main itself.
    fn halt(&mut self, why: &str, until: Time, now: Time, out: &mut Vec<Post>) {
        let mut lost = false;
        for call in self.calls.values_mut() {
            if call.spec.kept.is_some() {
                call.halt(why, until, now, out);
            } else {
                lost |= call.spec.kind != Kind::Root;
            }
        }
        if lost {
            let error = resumable(why);
            self.stop(&error, out);
        }
    }

    /// Rank 0's main has the result of a call: everybody gets it.
    pub fn result(&mut self, seq: Seq, result: Rope, now: Time, out: &mut Vec<Post>) {
        let Some(call) = self.calls.get_mut(&seq) else {
            return;
        };
        let tally = call.audited(now, out);
        if call.is_wrong() {
            // What is said of it ends the run.
            return;
        }
        if let Some(tally) = tally {
            self.audited.get_or_insert_default().add(tally);
        }
        let Some(call) = self.calls.remove(&seq) else {
            return;
        };
        self.ending = call.deadline.map(|at| (call.spec.clone(), at));
        let mut told = vec![false; self.threads.len()];
        self.held_up = Some((seq, result.clone()));
        told[0] = true;
        (1..told.len()).for_each(|r| told[r] = self.presence.is_given_up(r as u32));
        for &rank in call.joined.iter().filter(|&&rank| rank > 0) {
            told[rank as usize] = true;
            out.push((rank, Msg::End(seq), result.clone()));
        }
        if told.contains(&false) {
            self.ended.insert(
                seq,
                Ended {
                    place: call.spec.place.clone(),
                    result,
                    told,
                },
            );
        }
        self.forget_answers();
    }

    fn kept(&self) -> u64 {
        self.ended.values().map(|e| e.result.len()).sum()
    }

    /// Drops answers for which only stuck ranks might still come, the oldest first, when they get too many.
    fn forget_answers(&mut self) {
        let mut size = self.kept();
        let stuck = &self.stuck;
        let only_stuck = |e: &Ended| (0..e.told.len()).all(|r| e.told[r] || stuck[r].is_some());
        while size > KEPT
            && let Some(oldest) = self.ended.first_entry().filter(|e| only_stuck(e.get()))
        {
            let gone = oldest.remove();
            size -= gone.result.len();
            for (rank, told) in gone.told.iter().enumerate() {
                self.late[rank] |= !told;
            }
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
            out.extend(held_up.map(|(seq, result)| (0, Msg::End(seq), result)));
        }
        if timed && self.rules.stop_at().is_some_and(|at| now >= at) && self.interrupted.is_none() {
            self.time_is_up(now, out);
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

    /// An error ends the run: told once, here, and then everywhere by its code.
    pub fn stop(&mut self, error: &Error, out: &mut Vec<Post>) {
        if self.stopping.is_none() && self.exit.is_none() {
            match error {
                Error::Stopped(_) => {}
                Error::Interrupted(text) => say::line(format_args!("grange: {text}")),
                _ => say::error(error),
            }
            self.stopping = Some((Instant::now(), error.code()));
            self.ending = None;
            self.calls.clear();
            out.extend(
                (0..self.threads.len() as u32)
                    .map(|rank| (rank, Msg::Stop(error.code()), Rope::new())),
            );
        }
    }

    fn arrive(&mut self, rank: u32, seq: Seq, place: Place, now: Time, out: &mut Vec<Post>) {
        if self.late[rank as usize] {
            return;
        }
        // It is out of what it was stuck in.
        self.stuck[rank as usize] = None;
        if let Some(bye) = self.byes[0].as_ref().filter(|b| b.calls <= seq) {
            if !bye.text.is_empty() {
                // Rank 0 left because of an error, which says more and is about to end the run.
                return;
            }
            let text = format!(
                "ranks are out of step: {} reached {}, but rank 0 has left main after {} call(s)",
                self.name(rank),
                place.text,
                bye.calls
            );
            return self.stop(&Error::OutOfStep(text), out);
        }
        let mine = self
            .calls
            .get(&seq)
            .map(|c| &c.spec.place)
            .or_else(|| self.ended.get(&seq).map(|e| &e.place));
        let Some(mine) = mine else {
            if seq >= self.begun {
                self.early.entry(seq).or_default().push((rank, place));
            }
            return;
        };
        if *mine != place {
            let text = format!(
                "ranks are out of step: {} reached {} where rank 0 reached {} (call {seq})",
                self.name(rank),
                place.text,
                match mine.text == place.text {
                    true => "it with another grain, schedule, setting or type",
                    false => &mine.text,
                }
            );
            return self.stop(&Error::OutOfStep(text), out);
        }
        if let Some(call) = self.calls.get_mut(&seq) {
            call.join(now, rank, out);
        } else if let Some(ended) = self.ended.get_mut(&seq) {
            ended.told[rank as usize] = true;
            out.push((rank, Msg::End(seq), ended.result.clone()));
            if !ended.told.contains(&false) {
                self.ended.remove(&seq);
            }
        }
    }

    fn bye(&mut self, rank: u32, bye: Bye, now: Time, out: &mut Vec<Post>) {
        let (calls, code, text) = (bye.calls, bye.code, bye.text.clone());
        self.byes[rank as usize] = Some(bye);
        self.stuck[rank as usize] = None;
        if self.stopping.is_some() || self.exit.is_some() {
            return;
        }
        if !text.is_empty() {
            // Ranks mostly meet the same error together; only one of them is to tell it.
            let own = rank == 0;
            let text = if own {
                text
            } else {
                format!("{}: {text}", self.name(rank))
            };
            if own {
                say::error(&text);
            }
            let told = (!own).then_some(text);
            match &mut self.failing {
                Some((_, c, t)) if own => (*c, *t) = (code, told),
                Some(_) => {}
                None => self.failing = Some((Instant::now(), code, told)),
            }
            return;
        }
        if rank == 0 {
            let other = (1..self.byes.len()).find(|&r| {
                self.byes[r]
                    .as_ref()
                    .is_some_and(|b| b.calls != calls && b.text.is_empty())
            });
            let early = self
                .early
                .iter()
                .next_back()
                .and_then(|(seq, who)| Some((*seq, who.first()?.clone())));
            if let Some((seq, (r, place))) = early.filter(|(seq, _)| *seq >= calls) {
                self.arrive(r, seq, place, now, out);
            } else if let Some(r) = other {
                let n = self.byes[r].as_ref().map_or(0, |b| b.calls);
                let text = format!(
                    "ranks are out of step: {} left main after {n} call(s), rank 0 after {calls}",
                    self.name(r as u32)
                );
                self.stop(&Error::OutOfStep(text), out);
            }
        } else if self.begun > calls {
            let place = self.calls.get(&calls).map(|c| c.spec.place.clone());
            let place = place.or_else(|| self.ended.get(&calls).map(|e| e.place.clone()));
            let place = place.unwrap_or(Place {
                fingerprint: 0,
                text: format!("call {calls}"),
            });
            self.left_early(rank, &place, out);
        }
    }

    fn left_early(&mut self, rank: u32, place: &Place, out: &mut Vec<Post>) {
        let bye = self.byes[rank as usize].as_ref();
        if bye.is_some_and(|b| !b.text.is_empty()) {
            // It left because of an error, which says more.
            return;
        }
        let calls = bye.map_or(0, |b| b.calls);
        let text = format!(
            "ranks are out of step: {} has left main after {calls} call(s), but rank 0 reached {}",
            self.name(rank),
            place.text
        );
        self.stop(&Error::OutOfStep(text), out);
    }

    fn consider_exit(&mut self, out: &mut Vec<Post>) {
        if self.exit.is_some() {
            return;
        }
        let all = (0..self.byes.len())
            .all(|r| self.byes[r].is_some() || (r > 0 && self.is_left_behind(r)));
        if let Some((since, code)) = self.stopping {
            let writing = self.rules.is_writing() && since.elapsed() < WRITING;
            if all || (since.elapsed() > GRACE && !writing) {
                self.leave(code, out);
            }
            return;
        }
        if let Some((since, code, text)) = &self.failing {
            let code = *code;
            if all || since.elapsed() > TOGETHER {
                if let Some(text) = text {
                    say::error(text);
                }
                self.stop(&Error::Stopped(code), out);
            }
            return;
        }
        if all && let Some(bye) = &self.byes[0] {
            let code = bye.code;
            for (rank, items) in self.stuck.clone().iter().enumerate() {
                if let (Some(items), None) = (items, &self.byes[rank])
                    && !self.presence.is_given_up(rank as u32)
                {
                    self.warn(&format!(
                        "{} is still busy with {items}, which others have done; leaving it behind",
                        self.name(rank as u32)
                    ));
                }
            }
            self.leave(code, out);
        }
    }

    /// Nobody waits for it at the end.
    fn is_left_behind(&self, rank: usize) -> bool {
        self.stuck[rank].is_some() || self.presence.is_given_up(rank as u32)
    }

    /// Asks silent ranks whether they are there, and gives up those that are not.
    fn look_around(&mut self, now: Time, out: &mut Vec<Post>) {
        // Rank 0's main is through, or somebody has nothing to do.
        let waits = self.byes[0].is_some()
            || self.stopping.is_some()
            || self.calls.values().any(LeadCall::is_waiting)
            || self.held_up.is_some();
        let (pings, losses) = self.presence.tick(waits);
        out.extend(pings.into_iter().map(|rank| (rank, Msg::Ping, Rope::new())));
        for (rank, loss) in losses {
            self.give_up(rank, loss, now, out);
        }
    }

    fn give_up(&mut self, rank: u32, loss: Loss, now: Time, out: &mut Vec<Post>) {
        let name = self.name(rank);
        let what = match loss {
            Loss::Died => format!("{name} has died"),
            Loss::Silent(time) => {
                let seconds = time.as_secs();
                format!("{name} has not answered for {seconds} s, so it is dead or stands still")
            }
        };
        self.given_up.push(rank);
        let mut gone = None;
        for call in self.calls.values_mut() {
            gone = call.lost(now, rank).err().or(gone);
        }
        for ranks in self.early.values_mut() {
            ranks.retain(|&(early, _)| early != rank);
        }
        self.early.retain(|_, ranks| !ranks.is_empty());
        for ended in self.ended.values_mut() {
            ended.told[rank as usize] = true;
        }
        self.ended.retain(|_, ended| ended.told.contains(&false));
        match gone {
            Some(why) => self.stop(&Error::User(format!("{what}; {why}")), out),
            // What it has said is all that was wanted of it.
            None if self.byes[rank as usize].is_some() => self.warn(&what),
            None => self.warn(&format!("{what}; the others go on without it")),
        }
    }

    fn leave(&mut self, code: u8, out: &mut Vec<Post>) {
        if self.byes[0].is_none() {
            // Main does not come out to do it itself.
            self.rules.kept.last_words();
        }
        if let Some(tally) = self.audited.filter(|_| self.stopping.is_none()) {
            say::line(format_args!("{}", audit::told(tally)));
        }
        self.exit = Some(code);
        out.extend((1..self.threads.len() as u32).map(|rank| (rank, Msg::Exit(code), Rope::new())));
    }

    fn warn(&self, text: &str) {
        if !self.quiet {
            say::warning(format_args!("{text}"));
        }
    }

    fn name(&self, rank: u32) -> String {
        format!("rank {rank} ({})", self.hosts[rank as usize])
    }
}

/// Why a run ends of which nothing is kept.
fn unkept(why: &str) -> String {
    format!("{why}; nothing of this run is kept (a checkpoint would keep it)")
}

/// A run ends that can be resumed.
fn resumable(why: &str) -> Error {
    Error::Interrupted(format!("{why}; the same command resumes"))
}
