//! The sieve of `sum_primes` against the crate `primal`, on one thread.
//!
//! Reproduce with:
//!
//! ```text
//! cargo bench --bench sieve
//! ```
//!
//! Each round runs all contenders one after another in this process, so that
//! each ratio is of neighbours in time. Shown are each contender's least and
//! median time and the median over the rounds of its time divided by ours.
//! `prime_pi` only counts primes, which is less than was asked for; the others
//! sum them. All times include the set-up.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

// Without the test harness the module's tests are left out, not what they use.
#[allow(dead_code, unused_imports)]
#[path = "../apps/sum_primes/sieve/mod.rs"]
mod sieve;

use sieve::{Sieve, SievingPrimes, grain};

/// A way to the sum of the primes up to a number, if it computes that.
struct Contender {
    name: &'static str,
    run: fn(u64) -> Option<u128>,
    /// Larger numbers take it too much memory.
    up_to: u64,
}

const CONTENDERS: [Contender; 5] = [
    Contender {
        name: "ours, one window",
        run: |last| Some(new_sieve(last).sum(0, last)),
        up_to: u64::MAX,
    },
    Contender {
        name: "ours, grain by grain",
        run: |last| Some(sum_by_grains(last)),
        up_to: u64::MAX,
    },
    Contender {
        name: "primal::Primes::all",
        run: |last| {
            let primes = primal::Primes::all().map(|prime| prime as u64);
            Some(primes.take_while(|&p| p <= last).map(u128::from).sum())
        },
        up_to: u64::MAX,
    },
    Contender {
        name: "primal::Sieve",
        run: |last| {
            let sieve = primal::Sieve::new(last as usize);
            let primes = sieve.primes_from(0).map(|prime| prime as u64);
            Some(primes.take_while(|&p| p <= last).map(u128::from).sum())
        },
        up_to: 1_000_000_000,
    },
    Contender {
        name: "primal, prime_pi",
        run: |last| {
            black_box(primal::StreamingSieve::prime_pi(last as usize));
            None
        },
        up_to: u64::MAX,
    },
];

fn main() {
    for (last, sum, rounds) in [
        (1_000_000_000, 24_739_512_092_254_535, 9),
        (10_000_000_000, 2_220_822_432_581_729_238, 5),
    ] {
        compare(last, sum, rounds);
    }
    println!("\nour windows of 10^9 numbers further up, one round each:");
    for power in [12, 13, 14, 15] {
        further_up(10_u64.pow(power));
    }
}

fn compare(last: u64, sum: u128, rounds: usize) {
    let contenders: Vec<&Contender> = CONTENDERS.iter().filter(|c| last <= c.up_to).collect();
    let mut seconds = vec![Vec::new(); contenders.len()];
    for _ in 0..rounds {
        for (contender, seconds) in contenders.iter().zip(&mut seconds) {
            let start = Instant::now();
            let found = (contender.run)(black_box(last));
            seconds.push(start.elapsed().as_secs_f64());
            assert!(found.is_none_or(|found| found == sum), "{}", contender.name);
        }
    }
    println!("\nprimes up to {last}, {rounds} rounds:");
    println!(
        "{:24} {:>9} {:>9} {:>7}",
        "", "least s", "median s", "ratio"
    );
    for (contender, seconds_of) in contenders.iter().zip(&seconds) {
        let ratios = seconds_of.iter().zip(&seconds[0]).map(|(s, ours)| s / ours);
        println!(
            "{:24} {:9.4} {:9.4} {:7.2}",
            contender.name,
            seconds_of.iter().copied().fold(f64::INFINITY, f64::min),
            median(seconds_of.clone()),
            median(ratios.collect()),
        );
    }
    let primes = Arc::new(SievingPrimes::up_to_sqrt_of(last));
    let mut sieve = Sieve::new(Arc::clone(&primes));
    black_box(sieve.sum(last / 2, last / 2 + 100_000_000));
    println!(
        "our memory: {} bytes shared, {} bytes a thread",
        primes.bytes(),
        sieve.bytes()
    );
}

fn further_up(first: u64) {
    let last = first + 1_000_000_000;
    let primes = Arc::new(SievingPrimes::up_to_sqrt_of(last));
    let mut sieve = Sieve::new(Arc::clone(&primes));
    let start = Instant::now();
    black_box(sieve.sum(first, last));
    println!(
        "from {first:>16}: {:.4} s, {} bytes shared, {} bytes a thread",
        start.elapsed().as_secs_f64(),
        primes.bytes(),
        sieve.bytes(),
    );
}

fn new_sieve(last: u64) -> Sieve {
    Sieve::new(Arc::new(SievingPrimes::up_to_sqrt_of(last)))
}

fn sum_by_grains(last: u64) -> u128 {
    let grain = grain(0, last);
    let mut sieve = new_sieve(last);
    let firsts = (0..=last).step_by(grain as usize);
    let sums = firsts.map(|first| sieve.sum(first, last.min(first + (grain - 1))));
    sums.sum()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
