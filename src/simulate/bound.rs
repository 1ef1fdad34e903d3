//! How long a run may take at most, and what the best possible would be.

use super::load::Costs;
use super::scenario::{Scenario, Task};
use super::site::{Place, Site};
use crate::engine::schedule::Kind;
use crate::engine::span::Span;
use crate::engine::{SECOND, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Time in which any one fault is noticed and made good, beyond the work itself: its report or the
/// patience with an overdue lease, a recall that nobody answers, the messages in between.
const PER_FAULT: f64 = 5.0 * SECOND as f64;
/// As long as nothing at all has been returned, nothing is known to be overdue.
const BLIND: f64 = 30.0 * SECOND as f64;

/// The best possible time with every rank at its speed and without messages or faults:
/// everybody busy to the end, or the longest grain on the fastest rank.
pub(super) fn best(costs: &Costs, places: &[Place]) -> f64 {
    let speed: f64 = places.iter().map(|p| p.fate.speed * p.threads as f64).sum();
    let fastest = places.iter().map(|p| p.fate.speed).fold(0.0, f64::max);
    (costs.total() / speed).max(costs.longest() / fastest)
}

/// See [`Scenario::greedy`].
pub(super) fn greedy(costs: &Costs, grains: u64, places: &[Place]) -> Time {
    let threads = places
        .iter()
        .flat_map(|p| (0..p.threads).map(|_| p.fate.speed));
    let speeds: Vec<f64> = threads.collect();
    let mut free: BinaryHeap<Reverse<(Time, u32)>> =
        (0..speeds.len() as u32).map(|t| Reverse((0, t))).collect();
    let mut end = 0;
    for grain in 0..grains {
        let Some(mut first) = free.peek_mut() else {
            break;
        };
        let Reverse((now, thread)) = *first;
        let cost = costs.of(Span::new(grain, grain + 1)) / speeds[thread as usize];
        first.0.0 = now + cost as Time;
        end = end.max(first.0.0);
    }
    end
}

/// The time by which the run must be over.
pub(super) fn bound(scenario: &Scenario, costs: &Costs, places: &[Place], sites: &[Site]) -> Time {
    let reliable = |p: &Place| p.fate.is_reliable() && hosts_are_reliable(p, places, sites);
    let speed: f64 = places
        .iter()
        .filter(|p| reliable(p))
        .map(|p| p.fate.speed * p.threads as f64)
        .sum();
    let slowest = places.iter().map(|p| p.fate.speed).fold(1.0, f64::min);
    let faults = places.iter().skip(1).filter(|p| !reliable(p)).count() as f64;
    let silence: f64 = places
        .iter()
        .flat_map(|p| p.fate.silent.into_iter().chain(p.fate.limps))
        .map(|(_, time)| time as f64)
        .sum();
    let resized = places.iter().filter_map(|p| p.fate.resized);
    let silence = silence + resized.map(|(_, time, _)| time as f64).sum::<f64>();
    // Failing jobs are done again, after nobody else turned up for them at the latest.
    let again = match scenario.faults.failing > 0.0 {
        true => 2.0,
        false => 1.0,
    };
    let work = costs.total() / speed.max(1e-9) + costs.longest();
    let fixed = match scenario.schedule.kind {
        // Who has a large share keeps it as long as results come: nothing is recalled.
        Kind::Static => costs.total() / slowest,
        _ => 0.0,
    };
    let outside = match scenario.task {
        Task::Stream { window, each } => {
            // Groups return what is not a whole lease with their ticks.
            let step = (0.02 + 0.1 * scenario.groups.len() as f64) * SECOND as f64;
            let steps = (scenario.grains / window.max(1) + 1) as f64;
            (each * scenario.grains) as f64 + steps * (2.0 * costs.longest() + step)
        }
        Task::Jobs { over, .. } => over as f64,
        _ => 0.0,
    };
    // Two copies of a grain, which is all there may be, can both be with ranks that crawl, behind another
    // grain that these have begun.
    let crawling = match scenario.faults.slow > 0.0 {
        true => 2.0 * costs.longest() / slowest,
        false => 0.0,
    };
    // A grain that never returns is noticed after four times what its holder's queue takes at the speed of an
    // average thread, which those that crawl and limp make lower.
    let stuck = match scenario.faults.stuck > 0.0 {
        true => work,
        false => 0.0,
    };
    // What happens below several coordinators is noticed by one after the other.
    let levels = 1.0 + scenario.groups.len() as f64;
    let blind = if faults > 0.0 { BLIND } else { 0.0 };
    // What was computed while a clock leapt seems to have taken as long, and patience with who holds
    // the rest is a multiple of that.
    let leaps = places.iter().filter_map(|p| p.fate.leaps);
    let leapt = match faults > 0.0 {
        true => 5.0 * levels * leaps.map(|(_, time)| time as f64).sum::<f64>(),
        false => 0.0,
    };
    let late = scenario.faults.within as f64;
    let bound = 4.0 * again * work
        + fixed
        + crawling
        + stuck
        + outside
        + silence
        + PER_FAULT * levels * faults
        + blind
        + leapt
        + late
        + again * SECOND as f64;
    match scenario.deadline {
        // Such a run has no other end.
        Some(deadline) if scenario.poison.is_some() => deadline.saturating_add(SECOND),
        _ => bound as Time,
    }
}

/// Whether every coordinator above `place` runs on a rank that stays.
fn hosts_are_reliable(place: &Place, places: &[Place], sites: &[Site]) -> bool {
    let mut link = Some(place.link);
    while let Some(at) = link {
        if places[sites[at.site].host].fate.is_lost() {
            return false;
        }
        link = sites[at.site].link;
    }
    true
}
