//! Ten thousand simulated runs against the engine's promises, and proof that the checks can fail.
//!
//! `SEEDS=50000 cargo test --test simulation` runs more seeds, `GRANGE_LONG=1` ten times as many,
//! `SEED=17` that one alone, with what it came to.

use grange::simulate::{Broken, End, Faults, Load, Mutation, Report, Scenario, Task};
use grange::{Schedule, ScheduleError};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Plays seeds on all cores; returns those that broke a promise.
fn failures(
    seeds: std::ops::Range<u64>,
    scenario: impl Fn(u64) -> Scenario + Sync,
) -> Vec<(u64, Broken)> {
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let play = || {
        let mut broken = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return broken;
            }
            if let Err(how) = scenario(seed).run() {
                broken.push((seed, how));
            }
        }
    };
    let mut broken: Vec<_> = std::thread::scope(|scope| {
        let players: Vec<_> = (0..threads).map(|_| scope.spawn(play)).collect();
        players
            .into_iter()
            .flat_map(|p| p.join().expect("a simulated run panicked"))
            .collect()
    });
    broken.sort_by_key(|(seed, _)| *seed);
    broken
}

#[test]
fn every_seed_keeps_the_promises() {
    if let Some(seed) = number("SEED") {
        let scenario = Scenario::random(seed);
        println!("{scenario:#?}\n{:#?}", scenario.run());
        return;
    }
    let long = if number("GRANGE_LONG").is_some_and(|n| n > 0) {
        10
    } else {
        1
    };
    let seeds = number("SEEDS").unwrap_or(12_000) * long;
    let began = Instant::now();
    let broken = failures(0..seeds, Scenario::random);
    let rate = seeds as f64 / began.elapsed().as_secs_f64();
    println!("{seeds} seeds, {rate:.0} a second");
    for (seed, how) in broken.iter().take(20) {
        println!("SEED={seed}: {how}");
    }
    assert!(
        broken.is_empty(),
        "{} of {seeds} seeds broke a promise",
        broken.len()
    );
}
