//! A session's event loop: virtual time, what is put into it at the start, who handles what.

use super::bound::{best, bound, greedy};
use super::broken::Broken;
use super::event::Event;
use super::faults::{DETECTION, Fate};
use super::ledger::Ledger;
use super::load::Costs;
use super::message::Down;
use super::mutation::Mutation;
use super::queue::Queue as Events;
use super::random::Random;
use super::rank::{Setting, Wish};
use super::scenario::{Ending, Scenario, Task};
use super::site::{Child, Machine, Place, Site, build};
use super::story::Past;
use super::writer::Writer;
use super::{End, Report};
use crate::engine::span::{Span, SpanSet};
use crate::engine::work::Work;
use crate::engine::{MILLISECOND, Time};
use std::collections::{BTreeMap, BTreeSet};

/// How often coordinators are told that time has passed.
pub(super) const TICK: Time = 50 * MILLISECOND;

pub(super) struct World<'a> {
    pub(super) scenario: &'a Scenario,
    costs: Costs,
    pub(super) events: Events<Event>,
    pub(super) random: Random,
    pub(super) places: Vec<Place>,
    pub(super) sites: Vec<Site>,
    pub(super) ledger: Ledger,
    pub(super) report: Report,
    pub(super) consumed: u64,
    pub(super) consuming: bool,
    /// The leftmost hit that the coordinator has been told of.
    pub(super) hit: Option<u64>,
    /// The main thread will look at what has arrived.
    pub(super) folding: bool,
    /// The set of done grains that a snapshot has taken so far.
    pub(super) taken: SpanSet,
    pub(super) writer: Writer,
    /// What is done in the checkpoint that it began with.
    loaded: SpanSet,
    /// What ranks have computed.
    pub(super) computed: SpanSet,
    /// Something was lost that ranks had computed.
    pub(super) bereft: bool,
    /// Returns that had arrived when the last snapshot was taken.
    pub(super) saved_returns: u64,
    /// The last checkpoint is being written.
    pub(super) ending: bool,
    pub(super) past: Past,
    /// Jobs that have failed once.
    pub(super) failed: BTreeSet<u64>,
    /// Of these, those that are to go to another member, and since when.
    pub(super) shunned: BTreeMap<u64, (u32, Time)>,
    prefetch: Time,
    wishes: Vec<Wish>,
}

impl<'a> World<'a> {
    pub fn new(scenario: &'a Scenario, past: Past) -> Self {
        let mut random = Random::new(scenario.seed ^ u64::from(scenario.session) << 48);
        let ledger = Ledger::new(scenario);
        let (places, sites) = build(scenario, &mut random, &ledger.empty_values());
        let costs = scenario.costs();
        let report = Report {
            best: best(&costs, &places) as Time,
            bound: bound(scenario, &costs, &places, &sites),
            work: costs.total(),
            speed: places.iter().map(|p| p.fate.speed * p.threads as f64).sum(),
            ..Report::default()
        };
        let round_trip = 2 * (scenario.latency + scenario.jitter);
        World {
            scenario,
            costs,
            events: Events::new(),
            random,
            places,
            sites,
            ledger,
            report,
            consumed: 0,
            consuming: false,
            hit: None,
            folding: false,
            taken: SpanSet::new(),
            writer: Writer::default(),
            loaded: SpanSet::new(),
            computed: SpanSet::new(),
            bereft: false,
            saved_returns: 0,
            ending: false,
            past,
            failed: BTreeSet::new(),
            shunned: BTreeMap::new(),
            prefetch: (5 * MILLISECOND).max(10 * round_trip),
            wishes: Vec::new(),
        }
    }

    /// See [`Scenario::greedy`].
    pub fn greedy(&self) -> Time {
        greedy(&self.costs, self.scenario.grains, &self.places)
    }

    /// Runs to the end; checks everything on the way and at the end.
    pub fn run(mut self) -> Result<(Report, Past), Broken> {
        self.resume()?;
        self.prepare();
        while let Some((now, event)) = self.events.pop() {
            if now > self.report.bound {
                break;
            }
            if self.dies(now) {
                self.report.end = Some(End::Died);
                self.interrupt_write();
            } else {
                self.report.events += 1;
                if let Some(event) = self.deliverable(now, event) {
                    self.handle(now, event)?;
                }
            }
            if self.report.end.is_some() {
                return self.end(now);
            }
        }
        Err(Broken::NotFinished {
            at: self.report.bound,
            bound: self.report.bound,
        })
    }

    fn dies(&self, now: Time) -> bool {
        match self.scenario.ending {
            Some(Ending::Death { after, events }) => now >= after && self.report.events >= events,
            _ => false,
        }
    }

    fn end(mut self, now: Time) -> Result<(Report, Past), Broken> {
        // The end is there when the last rank knows.
        self.report.time = now.max(self.sites[0].busy) + self.farewell(0);
        self.report.peak_nodes = self.ledger.peak_nodes;
        let mut past = std::mem::take(&mut self.past);
        self.computed.iter().for_each(|span| {
            past.executed.insert(span);
        });
        match self.report.end {
            Some(End::Finished) => {
                let needed = needed(self.scenario);
                self.ledger.check_end(needed)?;
                let missing = past.executed.missing(Span::new(0, needed));
                if let (Some(gap), true) = (missing.first(), self.scenario.values) {
                    return Err(Broken::Missing(gap.start));
                }
            }
            Some(End::Expired) | None => {}
            Some(End::Died | End::Stopped) => past.keep_letters(self.events, &mut self.random),
        }
        Ok((self.report, past))
    }

    /// Loads a checkpoint, if there is one; tells the coordinator what is done.
    fn resume(&mut self) -> Result<(), Broken> {
        let Some((generation, snapshot)) = self.past.disk.load(self.scenario.mutation)? else {
            return Ok(());
        };
        self.report.loaded = Some(generation);
        self.loaded = self.ledger.restore(snapshot);
        if self.has(Mutation::ForgetDone) {
            return Ok(());
        }
        let done: Vec<Span> = self.loaded.iter().collect();
        self.change(0, |work| {
            for span in done {
                work.done(span);
            }
        });
        self.look_for_hit(0);
        Ok(())
    }

    fn prepare(&mut self) {
        self.events.push(TICK, Event::Tick);
        self.deliver_letters();
        if let Some(saves) = self.scenario.saves {
            self.events.push(saves.every, Event::SnapshotBegins);
        }
        if let Some(Ending::Signal { at, .. }) = self.scenario.ending {
            self.events.push(at, Event::Signal);
        }
        for site in 0..self.sites.len() {
            let mut out = Vec::new();
            if let Machine::Group(group) = &mut self.sites[site].machine {
                group.start(&mut out);
            }
            self.obey_group(0, site, out);
        }
        for rank in 0..self.places.len() {
            let Fate {
                joins,
                dies,
                silent,
                reported,
                leaps,
                ..
            } = self.places[rank].fate;
            self.events.push(joins, Event::Join { rank });
            if let Some(at) = dies {
                self.events.push(at, Event::Die { rank });
            }
            if let Some((at, time)) = silent {
                self.events.push(at, Event::Stop { rank, time });
            }
            if let Some((at, time)) = leaps {
                self.events.push(at, Event::Jump { rank, time });
            }
            if let Some(at) = reported {
                self.events.push(at, Event::Report { rank });
            }
            if let Some((at, time, threads)) = self.places[rank].fate.resized {
                self.events.push(at, Event::Resize { rank, threads });
                let threads = self.places[rank].threads;
                self.events.push(at + time, Event::Resize { rank, threads });
            }
        }
        self.prepare_jobs();
    }

    /// Messages of former sessions arrive during this one.
    fn deliver_letters(&mut self) {
        for letter in std::mem::take(&mut self.past.letters) {
            let (sites, ranks) = (self.sites.len(), self.places.len());
            let somewhere = match letter {
                Event::Up { site, .. } => site < sites,
                Event::Down {
                    child: Child::Rank(rank),
                    ..
                } => rank < ranks,
                Event::Down {
                    child: Child::Site(site),
                    ..
                } => site < sites,
                _ => false,
            };
            if somewhere {
                let at = self.random.below(self.scenario.ideal().max(MILLISECOND));
                self.events.push(at, letter);
            }
        }
    }

    fn prepare_jobs(&mut self) {
        if let Task::Jobs { portions, over } = self.scenario.task {
            let mut times: Vec<Time> = (0..portions).map(|_| self.random.below(over + 1)).collect();
            times.sort_unstable();
            let mut left = self.scenario.grains;
            for (i, at) in times.into_iter().enumerate() {
                let last = i as u64 + 1 == portions;
                let count = if last {
                    left
                } else {
                    self.random.below(left + 1)
                };
                left -= count;
                let priority = self.random.below(4) as i32 - 1;
                self.events.push(
                    at,
                    Event::Submit {
                        count,
                        priority,
                        last,
                    },
                );
            }
        }
    }

    /// Keeps what concerns a stopped rank for later, and drops what concerns a dead one.
    fn deliverable(&mut self, now: Time, event: Event) -> Option<Event> {
        if let Event::Up { session, .. } | Event::Down { session, .. } = event
            && session != self.scenario.session
        {
            self.report.old_messages += 1;
            if !self.has(Mutation::OldMessages) {
                return None;
            }
        }
        let rank = match event {
            Event::Up { site, .. } => self.sites[site].host,
            Event::Down {
                child: Child::Rank(rank),
                ..
            } => rank,
            Event::Down {
                child: Child::Site(site),
                ..
            } => self.sites[site].host,
            Event::Wake { rank, .. } | Event::Timer { rank } | Event::Join { rank } => rank,
            Event::Report { rank } => self.sites[self.told_of(rank).site].host,
            Event::Resize { .. }
            | Event::Submit { .. }
            | Event::Consume { .. }
            | Event::Fold
            | Event::SnapshotBegins
            | Event::SnapshotEnds
            | Event::Signal
            | Event::GraceIsOver => 0,
            Event::Tick
            | Event::Stop { .. }
            | Event::Die { .. }
            | Event::Jump { .. }
            | Event::Written => return Some(event),
        };
        let place = &self.places[rank];
        if place.dead {
            return None;
        }
        if place.until > now {
            self.events.push(place.until, event);
            return None;
        }
        Some(event)
    }

    fn handle(&mut self, now: Time, event: Event) -> Result<(), Broken> {
        match event {
            Event::Up {
                site,
                member,
                message,
                ..
            } => return self.arrive(now, site, member, message),
            Event::Down {
                child: Child::Site(site),
                message,
                ..
            } => self.hear(now, site, message),
            Event::Down {
                child: Child::Rank(rank),
                message,
                ..
            } => {
                self.rank(now, rank, |r, with, out| match message {
                    Down::Lease { lease, span } => r.leased(now, lease, span, with, out),
                    Down::Recall { lease } => r.recalled(now, lease, with, out),
                    Down::Workers { threads } => r.resized(now, threads, with, out),
                    Down::Stop => r.stop(now, with, out),
                });
            }
            Event::Wake {
                rank,
                thread,
                number,
            } => {
                self.rank(now, rank, |r, with, out| {
                    r.woken(now, thread, number, with, out);
                });
                return self.note_computed(rank);
            }
            Event::Timer { rank } => self.rank(now, rank, |r, with, out| r.timer(now, with, out)),
            Event::Join { rank } => {
                let Place { link, threads, .. } = self.places[rank];
                self.sites[link.site].joined(link.member, threads);
                self.rank(now, rank, |r, with, out| r.start(now, with, out));
            }
            Event::Stop { rank, time } => {
                self.places[rank].until = now + time;
                self.places[rank].rank.stall(time);
            }
            Event::Die { rank } => self.kill(rank),
            Event::Jump { rank, time } => {
                self.places[rank].rank.leap(time);
                self.report.leaps += 1;
                for site in self.sites.iter_mut().filter(|site| site.host == rank) {
                    site.leapt += time;
                }
            }
            Event::Fold => {
                self.folding = false;
                self.ledger.fold()?;
                self.look_for_hit(now);
            }
            Event::SnapshotBegins => self.begin_snapshot(now)?,
            Event::SnapshotEnds => {
                let snapshot = self.end_snapshot()?;
                self.save(now, snapshot);
            }
            Event::Written => self.written(now),
            Event::Signal => return self.stop(now),
            Event::GraceIsOver => return self.end_grace(now),
            Event::Report { rank } => return self.report_lost(now, rank),
            Event::Resize { rank, threads } => {
                let member = self.places[rank].link.member;
                if let Machine::Root(root) = &mut self.sites[0].machine {
                    root.resized(member, threads);
                }
                self.send_down(now, 0, member, Down::Workers { threads });
            }
            Event::Tick => {
                self.forgive(now);
                self.tick(now);
            }
            Event::Submit {
                count,
                priority,
                last,
            } => {
                self.change(now, |w| {
                    let Some(queue) = w.work.queue() else { return };
                    if count > 0 {
                        queue.submit(count, priority);
                    }
                    if last {
                        queue.close();
                    }
                });
            }
            Event::Consume { to } => {
                self.consuming = false;
                self.consumed(now, to);
            }
        }
        Ok(())
    }

    /// Something happens at a rank.
    fn rank(
        &mut self,
        now: Time,
        rank: usize,
        happen: impl FnOnce(&mut super::rank::Rank, &Setting, &mut Vec<Wish>),
    ) {
        let setting = Setting {
            costs: &self.costs,
            seed: self.scenario.values.then_some(self.scenario.seed),
            prefetch: self.prefetch,
            blocks: self.scenario.blocks,
            poison: self.scenario.poison,
            forgets: self.has(Mutation::ForgetAtStop),
        };
        let mut wishes = std::mem::take(&mut self.wishes);
        let place = &mut self.places[rank];
        happen(&mut place.rank, &setting, &mut wishes);
        place.events += 1;
        if place.fate.dies_at.is_some_and(|at| place.events > at) {
            self.die_at_work(now, rank, &mut wishes);
        }
        for wish in wishes.drain(..) {
            match wish {
                Wish::Send(message) => self.send_up(now, Child::Rank(rank), message),
                Wish::Wake(thread, number, at) => self.events.push(
                    at,
                    Event::Wake {
                        rank,
                        thread,
                        number,
                    },
                ),
                Wish::Timer(at) => self.events.push(at, Event::Timer { rank }),
            }
        }
        self.wishes = wishes;
    }

    /// A rank dies while it handles an event: only some of what it was about to send is sent.
    fn die_at_work(&mut self, now: Time, rank: usize, wishes: &mut Vec<Wish>) {
        wishes.truncate(self.random.below(wishes.len() as u64 + 1) as usize);
        self.kill(rank);
        let noticed = now + self.random.below(DETECTION);
        self.events.push(noticed, Event::Report { rank });
    }

    fn kill(&mut self, rank: usize) {
        self.places[rank].dead = true;
        self.bereft = true;
        self.report.deaths += 1;
    }

    /// A rank has computed something, perhaps.
    fn note_computed(&mut self, rank: usize) -> Result<(), Broken> {
        if let Some(span) = self.places[rank].rank.take_computed()
            && self.scenario.values
        {
            if let Some(again) = self.loaded.within(span).first() {
                return Err(Broken::ComputedAgain(again.start));
            }
            self.computed.insert(span);
        }
        Ok(())
    }

    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.scenario.mutation == Some(mutation)
    }

    /// The time by the clock of the rank that the coordinator at `site` runs on.
    pub(super) fn clock(&self, now: Time, site: usize) -> Time {
        now + self.sites[site].leapt
    }
}

/// Grains that the run needs: all, or those up to the leftmost hit.
fn needed(scenario: &Scenario) -> u64 {
    match scenario.task {
        Task::Find { hit } => scenario.grains.min(hit.saturating_add(1)),
        _ => scenario.grains,
    }
}
