//! The comm thread's loop.

use super::agent::{Agent, Post};
use super::hub::{Hub, Local};
use super::joining::chief::Chief;
use super::joining::doors::Doors;
use super::joining::peers::Peers;
use super::lead::{Lead, Parting};
use super::mark;
use super::presence::Presence;
use super::stopping;
use super::visit::Visit;
use crate::comm::Transport;
use crate::comm::backoff::Backoff;
use crate::comm::greeting;
use crate::comm::mail::Arrival;
use crate::engine::Time;
use crate::error::Error;
use crate::exec::panics;
use crate::measure::bounded::Bounded;
use crate::measure::clock::Clocks;
use crate::measure::messages::{self, Message};
use crate::say;
use crate::wire::message::{Msg, Seq};
use crate::wire::rope::Rope;
use crate::wire::value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the coordinators are told the time.
const TICK: Duration = Duration::from_millis(10);
/// Without a word from rank 0 for this long, ask whether it is there.
const PING: Duration = Duration::from_secs(3);
/// Without an answer for this long, rank 0 is gone.
const SILENCE: Duration = Duration::from_secs(10);
/// An answer takes no longer, unless something is the matter.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked for who is gone.
pub(super) const LOOK: Duration = Duration::from_millis(50);
/// Messages dealt with before everything else has its turn again.
pub(super) const AT_ONCE: usize = 64;
/// A pause of this process itself, such as a suspended job, is not silence of rank 0.
const LONGEST_STEP: Duration = Duration::from_millis(50);

/// The comm thread of one rank.
pub struct Service<T> {
    pub(super) mailer: Peers<T>,
    /// On rank 0, where others come in.
    doors: Option<Doors>,
    /// Of a job that joined a run: on its only rank, or its rank 0.
    pub(super) visit: Option<Visit>,
    /// On rank 0 of one that has several: what leases on to them.
    pub(super) chief: Option<Chief>,
    /// By rank.
    hosts: Arc<Vec<String>>,
    hub: Arc<Hub>,
    pub(super) agent: Agent,
    pub(super) lead: Option<Lead>,
    pub(super) began: Instant,
    ticked: Instant,
    /// When the MPI library was asked who is dead.
    asked: Instant,
    /// Rank 0 is.
    lost_lead: bool,
    pub(super) out: Vec<Post>,
    /// How long rank 0 has been silent, as far as this process was awake.
    silent: Duration,
    pinged: bool,
    stepped: Instant,
    calls: Seq,
    /// Messages, where they are to be known.
    log: Option<Bounded<Message>>,
    /// On rank 0, where the clocks of others are to be known.
    clocks: Option<Clocks>,
    /// A message came that was damaged.
    damaged: bool,
    /// Main has returned.
    bye: bool,
    pub(super) exit: Option<u8>,
}

impl<T: Transport> Service<T> {
    /// On rank 0 with a `lead`.
    pub fn new(
        mailer: Peers<T>,
        hosts: Arc<Vec<String>>,
        hub: Arc<Hub>,
        lead: Option<Lead>,
    ) -> Self {
        if lead.is_some() {
            mark::begin();
        }
        let now = Instant::now();
        let traced = hub.traced;
        let ranks = mailer.size() as usize;
        Service {
            log: traced.then(|| Bounded::new(messages::most(ranks))),
            clocks: (traced && lead.is_some()).then(|| Clocks::new(ranks)),
            mailer,
            doors: None,
            visit: None,
            chief: None,
            hosts,
            hub,
            agent: Agent::default(),
            lead,
            began: now,
            ticked: now,
            asked: now,
            lost_lead: false,
            out: Vec::new(),
            silent: Duration::ZERO,
            pinged: false,
            stepped: now,
            calls: 0,
            damaged: false,
            bye: false,
            exit: None,
        }
    }

    /// Others may come in.
    pub fn open(&mut self, doors: Doors) {
        if let Some(lead) = &mut self.lead {
            lead.open_doors();
            self.doors = Some(doors);
        }
    }

    /// Runs to the end of the run. Returns the exit code, and whether main has returned; if not, only the
    /// comm thread can end the process.
    pub fn run(&mut self) -> (u8, bool) {
        let mut backoff = Backoff::new(self.mailer.polled());
        loop {
            // A silent end of this thread would leave everybody waiting.
            let stepped =
                panics::catch(|| self.step()).unwrap_or_else(|panic| Err(Error::User(panic)));
            match stepped {
                Ok(true) => backoff.news(),
                Ok(false) => backoff.wait(self.mailer.transport().is_rung()),
                Err(error) => {
                    say::error(&format_args!("rank {}: {error}", self.mailer.rank()));
                    if self.lead.is_some() {
                        mark::leave(error.code());
                    }
                    self.mailer.transport().abort(error.code());
                }
            }
            if let Some(code) = self.exit {
                self.drain(&mut backoff, code);
                self.hub.set_coordinated(cpu_time());
                if let Some(clocks) = &mut self.clocks {
                    self.hub.set_clocks(clocks.take());
                }
                return (code, self.bye);
            }
        }
    }

    /// Does what there is to do; returns whether there was anything.
    fn step(&mut self) -> Result<bool, Error> {
        let mut busy = false;
        for event in self.hub.take() {
            busy = true;
            self.local(event)?;
        }
        for _ in 0..AT_ONCE {
            match self.mailer.receive() {
                Ok(Some(arrival)) => self.arrived(arrival)?,
                Ok(None) => break,
                // The run ends in order, with one line; but not twice, or it might never end.
                Err(error @ Error::Damaged(_)) if !self.damaged => {
                    self.damaged = true;
                    self.local(Local::Failed(error))?;
                }
                Err(error) => return Err(error),
            }
            busy = true;
        }
        busy |= self.see_guests();
        busy |= self.hear_run()?;
        busy |= self.agent.pump(&mut self.out);
        self.leave()?;
        self.lead_tick()?;
        self.listen();
        busy |= !self.out.is_empty();
        self.flush()?;
        self.mailer.transport().ring();
        if let Some(code) = self.lead.as_ref().and_then(|l| l.exit) {
            self.exit = Some(code);
        }
        Ok(busy)
    }

    pub(super) fn now(&self) -> Time {
        self.began.elapsed().as_nanos() as Time
    }

    fn local(&mut self, event: Local) -> Result<(), Error> {
        let now = self.now();
        let out = &mut self.out;
        match event {
            Local::Begin {
                spec,
                state,
                inbox,
                submissions,
            } => {
                self.calls = spec.seq + 1;
                if let Some(lead) = &mut self.lead {
                    lead.begin(spec.clone(), inbox.clone(), submissions, now, out);
                }
                if let Some(chief) = &mut self.chief {
                    chief.begin(spec.clone(), now, out)?;
                }
                self.agent.begin(spec, state, inbox, out);
            }
            Local::Result(seq, result) => {
                if let Some(lead) = &mut self.lead {
                    lead.result(seq, result, now, out);
                }
            }
            Local::Failed(error) => match &mut self.lead {
                Some(lead) => lead.stop(&error, out),
                None => out.push((0, Msg::Fail(self.calls, error.to_string()), Rope::new())),
            },
            Local::Ceiling(seq, grain) => {
                if let Some(call) = self.lead.as_mut().and_then(|l| l.call(seq)) {
                    call.ceiling(now, grain);
                }
            }
            Local::Cancel(seq, job) => {
                if let Some(call) = self.lead.as_mut().and_then(|l| l.call(seq)) {
                    call.cancel(now, job, out);
                }
            }
            Local::Held { seq, to, body } => out.push((to, Msg::Held(seq), body)),
            Local::Done(seq) => {
                self.agent.done(seq, out);
                if let Some(lead) = &mut self.lead {
                    lead.done();
                }
            }
            Local::Bye {
                calls,
                code,
                text,
                record,
            } => {
                self.bye = true;
                let mut record = record;
                if let Some(log) = self.log.take() {
                    // Without it there are no messages in the report.
                    let _ = value::write(&mut record, &log);
                }
                out.push((0, Msg::Bye { calls, code, text }, record));
            }
            Local::Look => out.push((0, Msg::Look, Rope::new())),
            Local::Signal(number) if self.visit.is_some() => {
                self.begin_to_leave(stopping::name(number))?;
            }
            Local::Signal(number) => {
                out.push((0, Msg::Signal(number), Rope::new()));
                self.tell_of_lead();
            }
            #[cfg(feature = "mpi")]
            Local::Left => out.push((0, Msg::Left(self.calls), Rope::new())),
        }
        Ok(())
    }

    fn arrived(&mut self, arrival: Arrival) -> Result<(), Error> {
        let (from, letter) = match arrival {
            Arrival::Letter(letter) => (letter.from, Some(letter)),
            Arrival::Part(from) => (from, None),
        };
        if from == 0 {
            self.silent = Duration::ZERO;
            self.pinged = false;
        }
        let now = self.now();
        if let Some(lead) = &mut self.lead {
            lead.presence.heard(from);
        }
        if let Some(chief) = &mut self.chief {
            chief.heard(from, now);
        }
        match (letter, &mut self.lead) {
            (Some(letter), _) => return self.receive(from, letter.msg, letter.body),
            (None, Some(lead)) => lead.heard(from, now),
            (None, None) => {}
        }
        Ok(())
    }

    fn receive(&mut self, from: u32, msg: Msg, body: Rope) -> Result<(), Error> {
        self.note(from, false, &body);
        match msg {
            Msg::Exit(code) => {
                self.exit = Some(code);
                return Ok(());
            }
            Msg::Clock(asked) => {
                let here = self.hub.epoch.now();
                self.out
                    .push((from, Msg::Time { asked, here }, Rope::new()));
                return Ok(());
            }
            Msg::Time { asked, here } => {
                let now = self.hub.epoch.now();
                let clocks = self.clocks.as_mut();
                if clocks.is_some_and(|clocks| clocks.heard(from, asked, here, now)) {
                    let again = Msg::Clock(self.hub.epoch.now());
                    self.out.push((from, again, Rope::new()));
                }
                return Ok(());
            }
            Msg::Signal(number) if self.chief.is_some() => {
                return self.begin_to_leave(stopping::name(number));
            }
            _ => {}
        }
        let now = self.now();
        let to_first = matches!(
            msg,
            Msg::Arrive(..)
                | Msg::Ask { .. }
                | Msg::Return { .. }
                | Msg::GiveBack { .. }
                | Msg::Failed { .. }
                | Msg::Fail(..)
                | Msg::Stuck(..)
                | Msg::Endless(..)
                | Msg::Bye { .. }
                | Msg::Left(_)
                | Msg::Leave
                | Msg::Signal(_)
                | Msg::Look
                | Msg::Told(_)
                | Msg::Aside(..)
                | Msg::Computed(..)
                | Msg::Checked(..)
                | Msg::Halted(..)
                | Msg::Ping
        );
        if let (Some(lead), Msg::Bye { .. }) = (&self.lead, &msg)
            && !lead.presence.is_given_up(from)
            && from < self.mailer.size()
        {
            self.hub.keep_record(from, body.clone());
        }
        match (&mut self.lead, &mut self.chief) {
            (Some(lead), _) if to_first => lead.receive(from, msg, body, now, &mut self.out),
            (_, Some(chief)) if to_first => chief.receive(from, msg, body, now, &mut self.out)?,
            _ => self.agent.receive(msg, body, &mut self.out),
        }
        Ok(())
    }

    fn lead_tick(&mut self) -> Result<(), Error> {
        let timed = self.ticked.elapsed() >= TICK;
        if timed {
            self.ticked = Instant::now();
            self.ask_for_the_dead();
            self.ask_for_the_time();
            let now = self.now();
            if let Some(chief) = &mut self.chief {
                chief.tick(now, &mut self.out)?;
            }
        }
        self.tick(timed);
        Ok(())
    }

    /// Where the clocks of others are to be known.
    fn ask_for_the_time(&mut self) {
        let due = self.clocks.as_mut().map_or_else(Vec::new, Clocks::due);
        if !due.is_empty() {
            let asked = self.hub.epoch.now();
            self.out.extend(
                due.into_iter()
                    .map(|rank| (rank, Msg::Clock(asked), Rope::new())),
            );
        }
    }

    /// A message came or went.
    fn note(&mut self, peer: u32, sent: bool, body: &Rope) {
        if let Some(log) = &mut self.log
            && peer != self.mailer.rank()
        {
            let now = self.hub.epoch.now();
            log.push(Message {
                peer,
                sent,
                count: 1,
                bytes: body.len(),
                began: now,
                ended: now,
            });
        }
    }

    /// Where the MPI library can tell.
    fn ask_for_the_dead(&mut self) {
        if self.asked.elapsed() < LOOK {
            return;
        }
        self.asked = Instant::now();
        let failed = self.mailer.transport().failed();
        match self.presence() {
            Some(presence) => failed.into_iter().for_each(|rank| presence.died(rank)),
            None => self.lost_lead |= failed.contains(&0),
        }
    }

    fn tick(&mut self, timed: bool) {
        let now = self.now();
        if let Some(lead) = &mut self.lead {
            lead.tick(now, timed, || self.mailer.unsent_bytes(), &mut self.out);
        }
    }

    /// Sends what is to be sent; what is for this rank itself is dealt with at once.
    fn flush(&mut self) -> Result<(), Error> {
        let me = self.mailer.rank();
        let lost = self.lead.as_mut().map(|l| std::mem::take(&mut l.given_up));
        let of_job = self.chief.as_mut().map(|c| std::mem::take(&mut c.given_up));
        for rank in lost.into_iter().chain(of_job).flatten() {
            self.mailer.forget(rank);
            self.hub.lose(rank);
        }
        loop {
            let posts = std::mem::take(&mut self.out);
            if posts.is_empty() {
                return Ok(());
            }
            for (to, msg, body) in posts {
                if to == me {
                    self.receive(me, msg, body)?;
                } else if self.is_wanted(to, &msg) {
                    self.note(to, true, &body);
                    self.mailer.send(to, &msg, body)?;
                }
            }
            self.tick(false);
        }
    }

    /// A rank that is given up hears that it may leave, should it come back, and nothing else.
    fn is_wanted(&self, to: u32, msg: &Msg) -> bool {
        let of_job = self.chief.as_ref().map(|chief| &chief.presence);
        let presence = self.lead.as_ref().map(|lead| &lead.presence).or(of_job);
        matches!(msg, Msg::Pong | Msg::Stop(_) | Msg::Exit(_))
            || !presence.is_some_and(|presence| presence.is_given_up(to))
    }

    /// Where this is rank 0: which ranks are there.
    fn presence(&mut self) -> Option<&mut Presence> {
        let of_job = self.chief.as_mut().map(|chief| &mut chief.presence);
        self.lead.as_mut().map(|lead| &mut lead.presence).or(of_job)
    }

    /// Whoever knocks is let in, and whose line broke or visit ends is no more.
    fn see_guests(&mut self) -> bool {
        let (Some(doors), Some(lead)) = (&mut self.doors, &mut self.lead) else {
            return false;
        };
        let mut busy = false;
        for caller in doors.callers() {
            busy = true;
            if let Some((rank, mailer)) = doors.let_in(caller, |knock| {
                let rank = lead.admit(knock)?;
                self.hub.welcome(&knock.host, knock.threads);
                Ok(rank)
            }) {
                self.mailer.admit(rank, mailer);
            }
        }
        let now = self.began.elapsed().as_nanos() as Time;
        let gone = self.mailer.take_broken().into_iter();
        for (rank, why) in gone.chain(lead.take_dismissed()) {
            busy = true;
            lead.part(rank, Parting::Lost, &why, now);
            self.mailer.dismiss(rank, &why);
        }
        busy
    }

    /// Ranks other than 0 notice when rank 0 is gone.
    fn listen(&mut self) {
        let step = self.stepped.elapsed().min(LONGEST_STEP);
        self.stepped = Instant::now();
        if self.lead.is_some() || self.chief.is_some() || self.exit.is_some() {
            return;
        }
        self.silent += step;
        if self.visit.is_some() {
            if self.lost_lead {
                let why = self.mailer.transport().why_failed().unwrap_or_default();
                self.stranded(&why);
            }
            return;
        }
        if self.lost_lead {
            say::error(&format_args!(
                "{}: {} has died; aborting",
                self.name(self.mailer.rank()),
                self.name(0)
            ));
            self.mailer.transport().abort(2);
        }
        if self.silent > PING && !self.pinged {
            self.pinged = true;
            self.out.push((0, Msg::Ping, Rope::new()));
        }
        if self.silent > PING + SILENCE {
            say::error(&format_args!(
                "{}: {} has been silent for {} s; aborting",
                self.name(self.mailer.rank()),
                self.name(0),
                (PING + SILENCE).as_secs()
            ));
            self.mailer.transport().abort(2);
        }
    }

    /// This rank is being stopped. Where rank 0 does not answer it cannot say why, so one of the others does: a
    /// launcher that has lost rank 0's host stops them all.
    fn tell_of_lead(&self) {
        let first = self.hosts.iter().position(|host| *host != self.hosts[0]);
        if self.silent > PING + PATIENCE && first == Some(self.mailer.rank() as usize) {
            say::error(&format_args!(
                "{}: {} has not answered for {} s: it stands still, or its host or network is down",
                self.name(self.mailer.rank()),
                self.name(0),
                self.silent.as_secs()
            ));
        }
    }

    pub(super) fn name(&self, rank: u32) -> String {
        greeting::name(rank, self.hosts.get(rank as usize).map(String::as_str))
    }
}

/// What the calling thread has taken so far.
fn cpu_time() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000
        + u64::try_from(time.tv_nsec).unwrap_or(0)
}
