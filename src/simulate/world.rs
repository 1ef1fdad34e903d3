//! A session: what there is of it, its event loop and its end.

use super::bound::{best, bound, greedy};
use super::broken::Broken;
use super::event::Event;

use super::ledger::Ledger;
use super::load::Costs;

use super::mutation::Mutation;
use super::queue::Queue as Events;
use super::random::Random;
use super::rank::Wish;
use super::scenario::{Ending, Scenario, Task};
use super::site::{Place, Site, build};
use super::story::Past;
use super::writer::Writer;
use super::{End, Report};
use crate::engine::span::{Span, SpanSet};

use crate::engine::{MILLISECOND, Time};
use std::collections::{BTreeMap, BTreeSet};

/// How often coordinators are told that time has passed.
pub(super) const TICK: Time = 50 * MILLISECOND;

pub(super) struct World<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) costs: Costs,
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
    pub(super) loaded: SpanSet,
    /// What ranks have computed.
    pub(super) computed: SpanSet,
    /// Something was lost that ranks had computed.
    pub(super) bereft: bool,
    /// Returns that had arrived when the last snapshot was taken.
    pub(super) saved_returns: u64,
    /// A promise that a coordinator has just broken.
    pub(super) broken: Option<Broken>,
    /// The last checkpoint is being written.
    pub(super) ending: bool,
    pub(super) past: Past,
    /// Jobs that have failed once.
    pub(super) failed: BTreeSet<u64>,
    /// Of these, those that are to go to another member, and who failed.
    pub(super) shunned: BTreeMap<u64, u32>,
    /// Since when somebody has been shunned.
    pub(super) grudge: Option<Time>,
    pub(super) prefetch: Time,
    pub(super) wishes: Vec<Wish>,
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
            broken: None,
            ending: false,
            past,
            failed: BTreeSet::new(),
            shunned: BTreeMap::new(),
            grudge: None,
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
                self.interrupt_write()?;
            } else {
                self.report.events += 1;
                if let Some(event) = self.deliverable(now, event) {
                    self.handle(now, event)?;
                }
            }
            if let Some(broken) = self.broken {
                return Err(broken);
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
