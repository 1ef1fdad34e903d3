//! The event loop: virtual time, messages, faults.

use super::bound::{best, bound, greedy};
use super::faults::Fate;
use super::ledger::{Broken, Ledger};
use super::load::Costs;
use super::message::{Down, Up};
use super::mutation::Mutation;
use super::queue::Queue as Events;
use super::random::Random;
use super::rank::{Setting, Wish};
use super::scenario::{Scenario, Task};
use super::site::{Child, Machine, Place, Site, build};
use super::{End, Report};
use crate::engine::coordinator::Action;
use crate::engine::node::Node;
use crate::engine::span::{Span, SpanSet};
use crate::engine::sub::SubAction;
use crate::engine::work::{Queue, Workload};
use crate::engine::{MILLISECOND, SECOND, Time};
use std::collections::{BTreeMap, BTreeSet};

/// How often coordinators are told that time has passed.
const TICK: Time = 50 * MILLISECOND;

#[derive(Debug)]
pub(super) enum Event {
    Up {
        site: usize,
        member: u32,
        message: Up,
    },
    Down {
        child: Child,
        message: Down,
    },
    Wake {
        rank: usize,
        thread: usize,
        number: u64,
    },
    Timer {
        rank: usize,
    },
    Tick,
    Join {
        rank: usize,
    },
    Stop {
        rank: usize,
        time: Time,
    },
    Die {
        rank: usize,
    },
    Report {
        rank: usize,
    },
    Resize {
        rank: usize,
        threads: u64,
    },
    Submit {
        count: u64,
        priority: i32,
        last: bool,
    },
    Consume {
        to: u64,
    },
}

pub(super) struct World<'a> {
    scenario: &'a Scenario,
    costs: Costs,
    pub(super) events: Events<Event>,
    pub(super) random: Random,
    pub(super) places: Vec<Place>,
    pub(super) sites: Vec<Site>,
    ledger: Ledger,
    report: Report,
    consumed: u64,
    consuming: bool,
    hit: bool,
    /// Jobs that have failed once.
    failed: BTreeSet<u64>,
    /// Of these, those that are to go to another member, and since when.
    shunned: BTreeMap<u64, (u32, Time)>,
    prefetch: Time,
    wishes: Vec<Wish>,
}

impl<'a> World<'a> {
    pub fn new(scenario: &'a Scenario) -> Self {
        let mut random = Random::new(scenario.seed);
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
            hit: false,
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
    pub fn run(mut self) -> Result<Report, Broken> {
        self.prepare();
        while let Some((now, event)) = self.events.pop() {
            if now > self.report.bound {
                return Err(Broken::NotFinished {
                    at: now,
                    bound: self.report.bound,
                });
            }
            self.report.events += 1;
            if let Some(event) = self.deliverable(now, event) {
                self.handle(now, event)?;
            }
            if let Some(end) = self.report.end {
                // The end is there when the last rank knows.
                self.report.time = now.max(self.sites[0].busy) + self.farewell(0);
                self.report.peak_nodes = self.ledger.peak_nodes;
                if end == End::Finished {
                    self.ledger.check_end(needed(self.scenario))?;
                }
                return Ok(self.report);
            }
        }
        Err(Broken::NotFinished {
            at: self.report.bound,
            bound: self.report.bound,
        })
    }

    fn prepare(&mut self) {
        self.events.push(TICK, Event::Tick);
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
                ..
            } = self.places[rank].fate;
            self.events.push(joins, Event::Join { rank });
            if let Some(at) = dies {
                self.events.push(at, Event::Die { rank });
            }
            if let Some((at, time)) = silent {
                self.events.push(at, Event::Stop { rank, time });
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
            _ => return Some(event),
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
            } => return self.arrive(now, site, member, message),
            Event::Down {
                child: Child::Site(site),
                message,
            } => {
                let now = self.occupy(now, site);
                let mut out = Vec::new();
                if let Machine::Group(group) = &mut self.sites[site].machine {
                    match message {
                        Down::Lease { lease, span } => group.leased(now, lease, span, &mut out),
                        Down::Recall { lease } => group.recalled(now, lease, &mut out),
                        // Jobs are not resized where there are groups.
                        Down::Workers { .. } => {}
                    }
                }
                self.obey_group(now, site, out);
            }
            Event::Down {
                child: Child::Rank(rank),
                message,
            } => {
                self.rank(now, rank, |r, with, out| match message {
                    Down::Lease { lease, span } => r.leased(now, lease, span, with, out),
                    Down::Recall { lease } => r.recalled(now, lease, with, out),
                    Down::Workers { threads } => r.resized(now, threads, with, out),
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
            Event::Die { rank } => self.places[rank].dead = true,
            Event::Report { rank } => self.report_lost(now, rank),
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
                    let Some(queue) = w.queue() else { return };
                    if count > 0 {
                        queue.submit(count, priority);
                    }
                    if last {
                        queue.close();
                    }
                });
            }
            Event::Consume { to } => {
                self.consumed = to;
                self.consuming = false;
                if let Task::Stream { window, .. } = self.scenario.task {
                    let ceiling = to + window.max(1);
                    self.change(now, |w| w.raise_ceiling(ceiling));
                }
                self.consume(now);
            }
        }
        Ok(())
    }

    fn change(&mut self, now: Time, change: impl FnOnce(&mut Workload)) {
        let mut out = Vec::new();
        if let Machine::Root(root) = &mut self.sites[0].machine {
            root.change(now, &mut out, change);
        }
        self.obey(now, 0, None, out);
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
        };
        let mut wishes = std::mem::take(&mut self.wishes);
        happen(&mut self.places[rank].rank, &setting, &mut wishes);
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

    /// The coordinator at `site` turns to a message; returns when it is done with it.
    fn occupy(&mut self, now: Time, site: usize) -> Time {
        self.report.messages += 1;
        let busy = &mut self.sites[site].busy;
        *busy = (*busy).max(now) + self.scenario.message_cost;
        *busy
    }

    /// How long the word of the end takes from a coordinator to the last rank below it.
    fn farewell(&self, site: usize) -> Time {
        let mut sent = 0;
        let mut last = 0;
        for &child in &self.sites[site].below {
            let (host, further) = match child {
                Child::Rank(rank) => (rank, 0),
                Child::Site(below) => (self.sites[below].host, self.farewell(below)),
            };
            sent += self.scenario.message_cost;
            let away = host != self.sites[site].host;
            let travel = if away { self.scenario.latency } else { 0 };
            last = last.max(sent + travel + further);
        }
        last
    }

    fn arrive(&mut self, now: Time, site: usize, member: u32, message: Up) -> Result<(), Broken> {
        let now = self.occupy(now, site);
        let asker = matches!(message, Up::Ask { .. }).then_some(member);
        let Site {
            machine,
            values: kept,
            ..
        } = &mut self.sites[site];
        match machine {
            Machine::Group(group) => {
                let mut out = Vec::new();
                match message {
                    Up::Ask { rate, backlog } => group.asked(now, member, rate, backlog, &mut out),
                    Up::Return {
                        lease,
                        done,
                        values,
                    } => {
                        kept.insert(values, self.scenario.seed);
                        group.returned(now, member, lease, &done, &mut out);
                    }
                    Up::GiveBack { lease, back } => {
                        group.gave_back(now, member, lease, &back, &mut out)
                    }
                }
                self.obey_group(now, site, out);
            }
            Machine::Root(root) => {
                let mut out = Vec::new();
                let mut message = message;
                if let Up::Return {
                    lease,
                    done,
                    values,
                } = &mut message
                {
                    for job in fail(self.scenario, &mut self.failed, done) {
                        values.retain(|(node, _)| *node != Node::leaf(job));
                        self.shunned.insert(job, (member, now));
                        if self.scenario.mutation == Some(Mutation::ForgetFailures) {
                            let job = Span::new(job, job + 1);
                            root.gave_back(now, member, *lease, &[job], &mut out);
                        } else {
                            // Others may join, or have threads again, before it is forgiven.
                            root.failed(now, member, *lease, job, true, &mut out);
                        }
                    }
                }
                match message {
                    Up::Ask { rate, backlog } => root.asked(now, member, rate, backlog, &mut out),
                    Up::Return {
                        lease,
                        done,
                        values,
                    } => {
                        self.ledger.keep(values);
                        let fresh = root.returned(now, member, lease, &done, &mut out);
                        check_ahead(self.scenario, self.consumed, &fresh)?;
                        self.ledger.count(&done, &fresh)?;
                        self.report.returns += 1;
                    }
                    Up::GiveBack { lease, back } => {
                        root.gave_back(now, member, lease, &back, &mut out)
                    }
                }
                self.report.outstanding = self.report.outstanding.max(root.outstanding());
                for action in &out {
                    if let Action::Lease { member, span, .. } = action {
                        self.check_shunned(*member, *span)?;
                    }
                }
                self.obey(now, 0, asker, out);
                self.consume(now);
                self.look_for_hit(now);
            }
        }
        Ok(())
    }

    /// What a member failed at does not go to it again, while there are others.
    fn check_shunned(&mut self, member: u32, span: Span) -> Result<(), Broken> {
        let jobs: Vec<u64> = self
            .shunned
            .range(span.start..span.end)
            .map(|(&job, _)| job)
            .collect();
        for job in jobs {
            if self.shunned.remove(&job).is_some_and(|(m, _)| m == member) {
                return Err(Broken::Shunned(job));
            }
        }
        Ok(())
    }

    /// After a while nobody else is waited for any more.
    fn forgive(&mut self, now: Time) {
        if self
            .shunned
            .values()
            .any(|&(_, since)| now > since + SECOND)
        {
            self.shunned.clear();
            self.change(now, |w| w.queue().into_iter().for_each(Queue::forgive));
        }
    }

    /// Results are consumed from the first on, as far as there is no gap.
    fn consume(&mut self, now: Time) {
        let Task::Stream { each, .. } = self.scenario.task else {
            return;
        };
        let ready = self.ledger.prefix();
        if !self.consuming && ready > self.consumed {
            self.consuming = true;
            self.events.push(
                now + (ready - self.consumed) * each,
                Event::Consume { to: ready },
            );
        }
    }

    fn look_for_hit(&mut self, now: Time) {
        let Task::Find { hit } = self.scenario.task else {
            return;
        };
        if !self.hit && self.ledger.has(hit) {
            self.hit = true;
            self.change(now, |w| w.truncate(hit + 1));
        }
    }

    fn tick(&mut self, now: Time) {
        self.events.push(now + TICK, Event::Tick);
        for site in 0..self.sites.len() {
            let host = &self.places[self.sites[site].host];
            if host.dead || host.until > now {
                continue;
            }
            match &mut self.sites[site].machine {
                Machine::Root(root) => {
                    let mut out = Vec::new();
                    root.tick(now, &mut out);
                    if self.has(Mutation::DropCopies) || self.has(Mutation::IgnoreLost) {
                        out.retain(|a| !matches!(a, Action::Lease { .. }));
                    }
                    self.obey(now, site, None, out);
                }
                Machine::Group(group) => {
                    let mut out = Vec::new();
                    group.tick(now, &mut out);
                    self.obey_group(now, site, out);
                }
            }
        }
    }

    fn report_lost(&mut self, now: Time, rank: usize) {
        if self.has(Mutation::IgnoreLost) {
            return;
        }
        let place = &self.places[rank];
        let link = match place.hosts {
            Some(site) => self.sites[site].link.unwrap_or_default(),
            None => place.link,
        };
        let host = &self.places[self.sites[link.site].host];
        if host.dead {
            return;
        }
        match &mut self.sites[link.site].machine {
            Machine::Root(root) => {
                let mut out = Vec::new();
                root.lost(now, link.member, &mut out);
                self.obey(now, 0, None, out);
            }
            Machine::Group(group) => {
                let mut out = Vec::new();
                group.lost(now, link.member, &mut out);
                self.obey_group(now, link.site, out);
            }
        }
    }

    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.scenario.mutation == Some(mutation)
    }

    /// Carries out what a coordinator decided. `asker` is the member whose request it was handling.
    fn obey(&mut self, now: Time, site: usize, asker: Option<u32>, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Lease {
                    member,
                    lease,
                    span,
                } => {
                    if self.has(Mutation::DropParked) && site == 0 && asker != Some(member) {
                        continue;
                    }
                    self.report.leases += 1;
                    self.send_down(now, site, member, Down::Lease { lease, span });
                }
                Action::Recall { member, lease } => {
                    self.report.recalls += 1;
                    self.send_down(now, site, member, Down::Recall { lease });
                }
                Action::Overdue { .. } => self.report.overdue += 1,
                Action::Suspect { .. } => self.report.suspects += 1,
                Action::Expired { .. } => self.report.end = Some(End::Expired),
                Action::Finished => self.report.end = Some(End::Finished),
            }
        }
    }

    fn obey_group(&mut self, now: Time, site: usize, actions: Vec<SubAction>) {
        for action in actions {
            let message = match action {
                SubAction::Below(action) => {
                    self.obey(now, site, None, vec![action]);
                    continue;
                }
                SubAction::Ask { rate, backlog } => Up::Ask { rate, backlog },
                SubAction::Return { .. } if self.has(Mutation::DropGroupReturns) => continue,
                SubAction::Return { lease, done } => Up::Return {
                    lease,
                    done,
                    values: self.sites[site].values.drain(),
                },
                SubAction::GiveBack { lease, back } => Up::GiveBack { lease, back },
            };
            self.send_up(now, Child::Site(site), message);
        }
    }

    fn delay(&mut self, local: bool) -> Time {
        if local {
            return MILLISECOND / 1000;
        }
        let usual =
            self.scenario.latency as f64 + self.scenario.jitter as f64 * self.random.exponential();
        let times = if self.random.chance(self.scenario.faults.straggle) {
            1.0 + 99.0 * self.random.unit()
        } else {
            1.0
        };
        (usual * times) as Time
    }

    fn send_up(&mut self, now: Time, from: Child, message: Up) {
        let (link, host) = match from {
            Child::Rank(rank) => (self.places[rank].link, rank),
            Child::Site(site) => (
                self.sites[site].link.unwrap_or_default(),
                self.sites[site].host,
            ),
        };
        let at = (now + self.delay(self.sites[link.site].host == host)).max(link.last_up);
        match from {
            Child::Rank(rank) => self.places[rank].link.last_up = at,
            Child::Site(site) => {
                if let Some(link) = &mut self.sites[site].link {
                    link.last_up = at;
                }
            }
        }
        let (site, member) = (link.site, link.member);
        if matches!(message, Up::Return { .. })
            && self.random.chance(self.scenario.faults.duplicate)
        {
            let again = at + self.random.below(2 * SECOND);
            self.events.push(
                again,
                Event::Up {
                    site,
                    member,
                    message: message.clone(),
                },
            );
        }
        self.events.push(
            at,
            Event::Up {
                site,
                member,
                message,
            },
        );
    }

    fn send_down(&mut self, now: Time, site: usize, member: u32, message: Down) {
        let child = self.sites[site].below[member as usize];
        let host = match child {
            Child::Rank(rank) => rank,
            Child::Site(below) => self.sites[below].host,
        };
        // Sending takes the coordinator's time as receiving does.
        let busy = &mut self.sites[site].busy;
        *busy = (*busy).max(now) + self.scenario.message_cost;
        let now = *busy;
        let delay = self.delay(self.sites[site].host == host);
        let last = match child {
            Child::Rank(rank) => Some(&mut self.places[rank].link.last_down),
            Child::Site(below) => self.sites[below].link.as_mut().map(|l| &mut l.last_down),
        };
        let Some(last) = last else { return };
        *last = (now + delay).max(*last);
        let at = *last;
        self.events.push(at, Event::Down { child, message });
    }
}

/// Back-pressure: a stream's results are at most `window` ahead of their consumer.
fn check_ahead(scenario: &Scenario, consumed: u64, fresh: &[Span]) -> Result<(), Broken> {
    let Task::Stream { window, .. } = scenario.task else {
        return Ok(());
    };
    let ceiling = consumed + window.max(1);
    match fresh.iter().find(|span| span.end > ceiling) {
        Some(span) => Err(Broken::TooFarAhead {
            grain: span.start.max(ceiling),
            ceiling,
        }),
        None => Ok(()),
    }
}

/// Takes jobs whose first try fails out of `done`.
fn fail(scenario: &Scenario, failed: &mut BTreeSet<u64>, done: &mut Vec<Span>) -> Vec<u64> {
    let jobs = matches!(scenario.task, Task::Jobs { .. });
    if !jobs || !scenario.groups.is_empty() || scenario.faults.failing == 0.0 {
        return Vec::new();
    }
    let fails = |job: u64| Random::new(scenario.seed ^ (job << 32)).chance(scenario.faults.failing);
    let mut set: SpanSet = done.iter().copied().collect();
    let mut now = Vec::new();
    for job in done.iter().flat_map(|span| span.start..span.end) {
        if fails(job) && failed.insert(job) {
            set.remove(Span::new(job, job + 1));
            now.push(job);
        }
    }
    *done = set.iter().collect();
    now
}

/// Grains that the run needs: all, or those up to the leftmost hit.
fn needed(scenario: &Scenario) -> u64 {
    match scenario.task {
        Task::Find { hit } => scenario.grains.min(hit.saturating_add(1)),
        _ => scenario.grains,
    }
}
