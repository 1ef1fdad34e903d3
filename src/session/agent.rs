//! Every rank's side of a call: leases in, results out, requests for more.

use super::spec::{Kind, Spec};
use crate::engine::LeaseId;
use crate::engine::audit::Record;
use crate::error::Error;
use crate::exec::leased::{Aside, Leased};
use crate::exec::mailbox::Deliver;
use crate::progress::line;
use crate::wire::message::{Msg, Seq};
use crate::wire::rope::Rope;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Ask for more when less than this is ahead: ten round trips, at least.
const PREFETCH: f64 = 0.005;
/// After the end of a call its last grains may take this long before the rank counts as stuck.
const DRAIN: Duration = Duration::from_secs(1);

/// So long after the end of a call, jobs that are past their deadlines are taken never to end.
const ENDLESS: Duration = Duration::from_secs(8);

/// So much of what is at work is told one by one.
const TOLD: usize = 4;
/// What came out of so many grains is one message at most.
const RECORDS: usize = 4096;

/// What goes to rank 0 or to another rank.
pub type Post = (u32, Msg, Rope);

/// This rank's part in the calls.
#[derive(Default)]
pub struct Agent {
    current: Option<Current>,
    /// Results of calls that this rank's main has not reached, or that were over before it did.
    answers: BTreeMap<Seq, Rope>,
    /// The first call that main has not reached.
    next: Seq,
    /// What arrived for a call before main reached it: only values of deferred calls can.
    early: Vec<(Seq, Rope)>,
    stopped: Option<u8>,
    /// This rank, which has joined, leaves the run.
    leaving: bool,
    /// Since when main has been in its own code.
    in_main: Since,
}

struct Since(Instant);

impl Default for Since {
    fn default() -> Self {
        Since(Instant::now())
    }
}

impl Since {
    /// Such as `for 3.1 s`.
    fn for_people(&self) -> String {
        format!("for {}", line::time(self.0.elapsed().as_secs_f64()))
    }
}

struct Current {
    began: Since,
    spec: Arc<Spec>,
    state: Arc<dyn Leased>,
    inbox: Arc<dyn Deliver>,
    asked: Asked,
    /// The last lease that arrived.
    lease: LeaseId,
    ended: Option<Instant>,
    told_stuck: bool,
    told_endless: bool,
    /// Messages with results that were sent.
    returns: u64,
    halting: Halting,
}

#[derive(Clone, Copy, PartialEq)]
enum Halting {
    No,
    Wanted,
    Told,
}

#[derive(Clone, Copy, PartialEq)]
enum Asked {
    No,
    Low,
    Idle,
}

impl Agent {
    /// Main reached a call.
    pub fn begin(
        &mut self,
        spec: Arc<Spec>,
        state: Arc<dyn Leased>,
        inbox: Arc<dyn Deliver>,
        out: &mut Vec<Post>,
    ) {
        self.next = spec.seq + 1;
        if let Some(code) = self.stopped {
            state.stop();
            inbox.end(Err(Error::Stopped(code)));
            return;
        }
        for (_, body) in self.early.extract_if(.., |(seq, _)| *seq == spec.seq) {
            inbox.bytes(body);
        }
        out.push((0, Msg::Arrive(spec.seq, spec.place.clone()), Rope::new()));
        if self.leaving {
            state.surrender();
        }
        let answer = self.answers.remove(&spec.seq);
        let mut current = Current {
            began: Since::default(),
            spec,
            state,
            inbox,
            asked: Asked::No,
            lease: 0,
            ended: None,
            told_stuck: false,
            told_endless: false,
            returns: 0,
            halting: match self.leaving {
                true => Halting::Told,
                false => Halting::No,
            },
        };
        if let Some(answer) = answer {
            current.end(Ok(answer));
        }
        self.current = Some(current);
    }

    /// Main is out of the call, and so are the workers, one of which may have failed last.
    pub fn done(&mut self, seq: Seq, out: &mut Vec<Post>) {
        if let Some(current) = self.current.take_if(|c| c.spec.seq == seq) {
            self.in_main = Since::default();
            let fault = current.state.take_outbox().fault;
            out.extend(fault.map(|text| (0, Msg::Fail(seq, text), Rope::new())));
        }
    }

    /// Rank 0 says something.
    pub fn receive(&mut self, msg: Msg, body: Rope, out: &mut Vec<Post>) {
        match msg {
            Msg::End(seq, since) => {
                if let Some(current) = self.current_of(seq) {
                    current.done_before(since);
                    current.end(Ok(body));
                } else if seq >= self.next {
                    self.answers.insert(seq, body);
                }
                // Else rank 0's own main is out of it already.
            }
            Msg::Stop(code) => self.stop(code),
            Msg::Tell => out.push((0, Msg::Told(self.at()), Rope::new())),
            // Whatever the user's code is at.
            Msg::Ping => out.push((0, Msg::Pong, Rope::new())),
            Msg::Lease(seq, lease, span) if self.leaving => {
                // It was on its way.
                let back = vec![span];
                out.push((0, Msg::GiveBack { seq, lease, back }, Rope::new()));
            }
            Msg::Lease(seq, lease, span) => {
                if let Some(current) = self.current_of(seq) {
                    current.asked = Asked::No;
                    current.lease = lease;
                    current.state.leased(lease, span, body);
                    // It was on its way when this rank was told to stop working.
                    if current.spec.kind == Kind::Jobs && current.state.appetite().threads == 0 {
                        current.resize(0, out);
                    }
                }
            }
            Msg::Halt(seq) => {
                if let Some(current) = self.current_of(seq) {
                    current.halting = Halting::Wanted;
                    current.state.halt();
                }
            }
            Msg::Again(seq, grains) => {
                if let Some(current) = self.current_of(seq) {
                    current.state.again(grains);
                }
            }
            Msg::Recall(seq, lease) => {
                let back = self
                    .current_of(seq)
                    .map(|c| c.state.recall(lease))
                    .unwrap_or_default();
                out.push((0, Msg::GiveBack { seq, lease, back }, Rope::new()));
            }
            Msg::Drop { seq, lease, job } => {
                if let Some(current) = self.current_of(seq) {
                    current.state.drop_job(lease, job);
                }
            }
            Msg::Frozen(seq, id) => {
                if let Some(current) = self.current_of(seq) {
                    current.state.frozen(id, body);
                }
            }
            Msg::Workers(seq, workers) => {
                if let Some(current) = self.current_of(seq) {
                    current.resize(workers as usize, out);
                    // A request may stand for work that these leave to others.
                    current.asked = Asked::No;
                }
            }
            Msg::Cut(seq, grain) => {
                if let Some(current) = self.current_of(seq) {
                    current.state.cut(grain);
                }
            }
            Msg::Gather { seq, sources, to } => {
                if let Some(current) = self.current_of(seq) {
                    current.state.stop();
                    current.inbox.gather(sources, to);
                }
            }
            Msg::Held(seq) => match self.current_of(seq) {
                Some(current) => current.inbox.bytes(body),
                None => self.early.push((seq, body)),
            },
            _ => {}
        }
    }

    /// This rank leaves the run: what it has not begun goes back, now and later.
    pub fn leave(&mut self, out: &mut Vec<Post>) {
        self.leaving = true;
        if let Some(current) = &mut self.current {
            current.halting = Halting::Told;
            let seq = current.spec.seq;
            let back = current.state.surrender().into_iter();
            out.extend(
                back.map(|(lease, back)| (0, Msg::GiveBack { seq, lease, back }, Rope::new())),
            );
        }
    }

    /// Whether all that it had begun is done and sent.
    pub fn is_through(&self) -> bool {
        self.current.as_ref().is_none_or(|c| c.state.is_idle())
    }

    /// An error somewhere ended the run.
    pub fn stop(&mut self, code: u8) {
        self.stopped = Some(code);
        if let Some(current) = &mut self.current {
            current.end(Err(Error::Stopped(code)));
        }
    }

    /// Sends what the workers have, and asks for more when they run low. Returns whether there was
    /// anything.
    pub fn pump(&mut self, out: &mut Vec<Post>) -> bool {
        let Some(current) = &mut self.current else {
            return false;
        };
        let before = out.len();
        let seq = current.spec.seq;
        let outbox = current.state.take_outbox();
        if let Some(text) = outbox.fault {
            out.push((0, Msg::Fail(seq, text), Rope::new()));
        }
        let wanted = current.ended.is_none();
        for Aside { grain, item, text } in outbox.aside {
            out.push((0, Msg::Aside(seq, grain, item, text), Rope::new()));
        }
        if wanted {
            let posts = |records: Vec<Record>, msg: fn(Seq, Vec<Record>) -> Msg| {
                let parts = records.chunks(RECORDS).map(<[Record]>::to_vec);
                let posts = parts.map(|part| (0, msg(seq, part), Rope::new()));
                posts.collect::<Vec<Post>>()
            };
            out.extend(posts(outbox.computed, Msg::Computed));
            out.extend(posts(outbox.checked, Msg::Checked));
        }
        if wanted && !outbox.failed.is_empty() {
            let jobs = outbox.failed;
            out.push((0, Msg::Failed { seq, jobs }, Rope::new()));
        }
        if wanted && (!outbox.done.is_empty() || outbox.hit.is_some()) {
            current.returns += 1;
            out.push((
                0,
                Msg::Return {
                    seq,
                    done: outbox.done,
                    hit: outbox.hit,
                },
                outbox.body,
            ));
        }
        if wanted && current.halting == Halting::Wanted && current.state.is_idle() {
            current.halting = Halting::Told;
            out.push((0, Msg::Halted(seq, current.returns), Rope::new()));
        }
        match current.ended {
            None if current.halting != Halting::No => {}
            None => current.ask(out),
            Some(at) => {
                if !current.told_endless && at.elapsed() > ENDLESS && current.state.is_endless() {
                    current.told_endless = true;
                    let text = current.at_work();
                    out.push((0, Msg::Endless(seq, text), Rope::new()));
                }
                if !current.told_stuck && at.elapsed() > DRAIN {
                    let text = current.at_work();
                    if !text.is_empty() {
                        current.told_stuck = true;
                        out.push((0, Msg::Stuck(seq, text), Rope::new()));
                    }
                }
            }
        }
        out.len() > before
    }

    /// What this rank is at, for people.
    fn at(&self) -> String {
        match &self.current {
            Some(current) => current.at(),
            None => {
                let since = self.in_main.for_people();
                format!("in main {since}, after {} call(s)", self.next)
            }
        }
    }

    fn current_of(&mut self, seq: Seq) -> Option<&mut Current> {
        self.current.as_mut().filter(|c| c.spec.seq == seq)
    }
}

impl Current {
    /// So many jobs may run here from now on; what nobody is left for goes back.
    fn resize(&self, workers: usize, out: &mut Vec<Post>) {
        let seq = self.spec.seq;
        for (lease, back) in self.state.resize(workers) {
            out.push((0, Msg::GiveBack { seq, lease, back }, Rope::new()));
        }
    }

    /// What still runs, for people; empty if nothing does.
    fn at_work(&self) -> String {
        let running = self.state.running();
        let items: Vec<String> = running
            .iter()
            .map(|&(span, _)| self.spec.items_of(span))
            .collect();
        items.join(", ")
    }

    /// What is at work in it, since when, and what is ahead.
    fn at(&self) -> String {
        let place = &self.spec.place.text;
        if let Some(at) = self.ended {
            return format!("leaving {place} {}", Since(at).for_people());
        }
        let mut running = self.state.running();
        running.sort_by_key(|&(_, since)| since);
        let mut items: Vec<String> = running
            .iter()
            .take(TOLD)
            .map(|&(span, since)| {
                let time = line::time(since.elapsed().as_secs_f64());
                format!("{} for {time}", self.spec.items_of(span))
            })
            .collect();
        if running.len() > TOLD {
            items.push(format!("{} more", running.len() - TOLD));
        }
        let at = match items.is_empty() {
            true => format!("nothing at work, {} in the call", self.began.for_people()),
            false => items.join(", "),
        };
        match (self.spec.kind, self.state.appetite().unbegun) {
            (Kind::Root, _) => format!("in {place} {}", self.began.for_people()),
            (Kind::Jobs, n) => format!("{at}; {n} job(s) ahead; {place}"),
            (_, n) => format!("{at}; {n} grain(s) ahead; {place}"),
        }
    }

    /// All its grains were done so many nanoseconds ago.
    fn done_before(&self, since: u64) {
        let done = Instant::now().checked_sub(Duration::from_nanos(since));
        done.into_iter().for_each(|at| self.inbox.done_at(at));
    }

    fn end(&mut self, result: Result<Rope, Error>) {
        if self.ended.is_none() {
            self.ended = Some(Instant::now());
            self.state.stop();
            self.inbox.end(result);
        }
    }

    fn ask(&mut self, out: &mut Vec<Post>) {
        if self.spec.kind == Kind::Root || self.asked == Asked::Idle || self.state.is_stopped() {
            return;
        }
        let appetite = self.state.appetite();
        let need = if appetite.unbegun == 0 && appetite.running < appetite.threads {
            Asked::Idle
        } else if appetite
            .rate
            .is_some_and(|rate| (appetite.unbegun as f64) < rate * PREFETCH)
        {
            Asked::Low
        } else {
            return;
        };
        if need != self.asked {
            self.asked = need;
            let backlog = match need {
                Asked::Idle => 0,
                _ => appetite.unbegun + appetite.running,
            };
            let rate = appetite.rate.unwrap_or(0.0);
            out.push((
                0,
                Msg::Ask {
                    seq: self.spec.seq,
                    rate,
                    backlog,
                    lease: self.lease,
                },
                Rope::new(),
            ));
        }
    }
}
