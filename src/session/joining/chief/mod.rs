//! A job of several ranks that joins a run as one: its rank 0 talks to the run, and leases on what it is leased.
//!
//! To the run the job is one guest with the threads of all its ranks; so a hundred jobs of a hundred ranks cost the
//! run a hundred conversations. To its own ranks this is what rank 0 of a run is to others, but that it decides
//! nothing: which calls there are, what they give and when they end the run says. What lies between is the engine's
//! sub-coordinator, one for each call that is under way. Values of ranks go up as they are, several messages in one.

mod above;
mod answers;
mod batches;
mod below;
mod call;

pub use above::Heard;

use super::line::{Closing, Line};
use crate::comm::greeting;
use crate::comm::mail::Mailer;
use crate::engine::Time;
use crate::error::Error;
use crate::say;
use crate::session::agent::Post;
use crate::session::presence::{Loss, Presence};
use crate::session::spec::Spec;
use crate::wire::message::{Msg, Place, Seq};
use crate::wire::rope::Rope;
use answers::Ended;
use call::{Call, Up};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What ranks are at is waited for so long when the run asks.
const ANSWERS: Duration = Duration::from_millis(500);
/// What is on its way up when the job ends has so long to get there.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// What rank 0 of such a job knows.
pub struct Chief {
    /// To the run.
    up: Mailer<Line>,
    /// Of this job, by rank.
    threads: Arc<Vec<u32>>,
    hosts: Arc<Vec<String>>,
    /// Which of its ranks are there.
    pub presence: Presence,
    /// Ranks given up since the service last asked.
    pub given_up: Vec<u32>,
    calls: BTreeMap<Seq, Call>,
    ended: BTreeMap<Seq, Ended>,
    /// Ranks that reached a call before rank 0 did.
    early: BTreeMap<Seq, Vec<(u32, Place)>>,
    /// Calls that rank 0's main has begun.
    begun: Seq,
    /// Ranks whose main has returned.
    byes: BTreeSet<u32>,
    /// Ranks that were left behind.
    late: BTreeSet<u32>,
    /// The run knows that all is over here, or that something failed.
    told_bye: bool,
    /// This job leaves the run.
    leaving: bool,
    /// Whose turn it is to compute something again for an audit.
    again: usize,
    /// What ranks are at, since the run asked.
    look: Option<(Instant, Vec<Option<String>>)>,
}

/// What the run decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is over, with this exit code.
    Over(u8),
    /// An error ends it: user code is to come out, and leave with this code.
    Stopped(u8),
}

impl Chief {
    /// Of a job with these ranks, which are all there, that has joined a run.
    #[cfg_attr(not(feature = "mpi"), expect(dead_code, reason = "such jobs have MPI"))]
    pub fn new(
        up: Mailer<Line>,
        threads: Vec<u32>,
        hosts: Arc<Vec<String>>,
        presence: Presence,
    ) -> Self {
        Chief {
            up,
            threads: Arc::new(threads),
            hosts,
            presence,
            given_up: Vec::new(),
            calls: BTreeMap::new(),
            ended: BTreeMap::new(),
            early: BTreeMap::new(),
            begun: 0,
            byes: BTreeSet::new(),
            late: BTreeSet::new(),
            told_bye: false,
            leaving: false,
            again: 0,
            look: None,
        }
    }

    /// Rank 0's main reached a call.
    ///
    /// # Errors
    /// When the message is too long.
    pub fn begin(&mut self, spec: Arc<Spec>, now: Time, out: &mut Vec<Post>) -> Result<(), Error> {
        let seq = spec.seq;
        self.begun = seq + 1;
        let arrival = Msg::Arrive(seq, spec.place.clone());
        let mut call = Call::new(spec, self.threads.clone());
        let mut up = vec![(arrival, Rope::new())];
        if self.leaving {
            call.halt(true, out, &mut up);
        }
        self.calls.insert(seq, call);
        self.send(up)?;
        for (rank, place) in self.early.remove(&seq).unwrap_or_default() {
            self.arrive(rank, seq, &place, out)?;
            // It has asked already, when there was nothing to ask for.
            self.with_call(seq, |call, up| {
                call.asked(now, (rank, 0), (0.0, 0), out, up)
            })?;
        }
        Ok(())
    }

    /// Time has passed: sees to what is due, and who is there.
    ///
    /// # Errors
    /// When a message is too long.
    pub fn tick(&mut self, now: Time, out: &mut Vec<Post>) -> Result<(), Error> {
        let mut up = Vec::new();
        for call in self.calls.values_mut() {
            call.tick(now, out, &mut up);
        }
        self.send(up)?;
        self.tell_look()?;
        let seen = self.presence.tick(true);
        out.extend(
            seen.pings
                .into_iter()
                .map(|rank| (rank, Msg::Ping, Rope::new())),
        );
        for (rank, loss) in seen.losses {
            self.give_up(rank, loss, now, out)?;
        }
        Ok(())
    }

    fn give_up(
        &mut self,
        rank: u32,
        loss: Loss,
        now: Time,
        out: &mut Vec<Post>,
    ) -> Result<(), Error> {
        let what = loss.told(&self.name(rank));
        say::warning(format_args!("{what}; the others go on without it"));
        self.given_up.push(rank);
        self.forget_rank(rank);
        for early in self.early.values_mut() {
            early.retain(|&(other, _)| other != rank);
        }
        let mut up = Vec::new();
        for call in self.calls.values_mut() {
            call.lost(now, rank, out, &mut up);
        }
        self.send(up)?;
        self.consider_bye()
    }

    /// This job leaves the run: it begins nothing more, and what no rank has goes back.
    ///
    /// # Errors
    /// When a message is too long.
    pub fn leave(&mut self, out: &mut Vec<Post>) -> Result<(), Error> {
        self.leaving = true;
        let mut up = Vec::new();
        for call in self.calls.values_mut() {
            call.halt(true, out, &mut up);
        }
        self.send(up)
    }

    /// Whether all that had begun when it began to leave is done and on its way up.
    pub fn is_through(&self) -> bool {
        self.calls.values().all(Call::is_through)
    }

    /// Says something to the run.
    ///
    /// # Errors
    /// When it is too long.
    pub fn say(&mut self, msg: &Msg) -> Result<(), Error> {
        self.up.send(0, msg, Rope::new())
    }

    /// Messages to the run that have not left yet.
    pub fn unsent(&mut self) -> usize {
        self.up.unsent()
    }

    /// Why the run is out of reach, if so.
    pub fn broken(&mut self) -> Option<String> {
        self.up.transport().broken()
    }

    /// Nothing more is said: what is on its way up has a while to get there. Gives which ranks are there.
    pub fn close(mut self) -> Presence {
        let since = Instant::now();
        let _ = self.say(&Msg::Farewell);
        while self.up.unsent() > 0 && since.elapsed() < PATIENCE {
            std::thread::sleep(LOOK);
        }
        let closing = Closing::begin(self.up.into_transport().into_link(), "it is over");
        while !closing.is_over() && since.elapsed() < PATIENCE {
            std::thread::sleep(LOOK);
        }
        self.presence
    }

    fn send(&mut self, up: Vec<Up>) -> Result<(), Error> {
        for (msg, body) in up {
            self.up.send(0, &msg, body)?;
        }
        Ok(())
    }

    /// With a call that is under way, if it is.
    fn with_call(
        &mut self,
        seq: Seq,
        act: impl FnOnce(&mut Call, &mut Vec<Up>),
    ) -> Result<(), Error> {
        let mut up = Vec::new();
        if let Some(call) = self.calls.get_mut(&seq) {
            act(call, &mut up);
        }
        self.send(up)
    }

    /// Nobody waits for that rank.
    fn is_out(&self, rank: u32) -> bool {
        self.late.contains(&rank) || self.presence.is_given_up(rank)
    }

    fn name(&self, rank: u32) -> String {
        greeting::name(rank, self.hosts.get(rank as usize).map(String::as_str))
    }
}
