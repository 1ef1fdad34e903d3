//! Time of the exact partial sum against the loops one would write first.
//!
//! Reproduce with `cargo bench --bench partial_sum`, or with another number of
//! terms, `cargo bench --bench partial_sum -- 100000000`. The contenders take
//! turns, so that a slow spell of the machine falls on all; medians of
//! CPU times are printed.
//!
//! *Naive* is the plain loop, a division and a dependent addition a term; *divisions*
//! is bound by the divider: terms in sixteen sums at once, compiled for AVX-512 where
//! the processor has it. Neither adds exactly.

use grange::isa::{self, Isa};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;

#[allow(dead_code, unused_imports, reason = "only part of the kernel is timed")]
#[path = "../apps/partial_sum/kernel/mod.rs"]
mod kernel;
#[path = "tasks/median.rs"]
mod median;

use median::median;

const ROUNDS: usize = 21;

/// The plain loop.
fn naive(first: u64, last: u64) -> f64 {
    let mut sum = 0.0;
    for x in first..=last {
        let term = 1.0 / x as f64;
        sum += if x % 2 == 1 { term } else { -term };
    }
    sum
}

/// A division a term and little else, of the terms from 1 on up to a multiple of 16.
fn divisions(last: u64) -> f64 {
    #[inline(always)]
    fn lanes(last: u64) -> f64 {
        let mut x: [f64; 16] = std::array::from_fn(|i| (i + 1) as f64);
        let sign: [f64; 16] = std::array::from_fn(|i| if i % 2 == 0 { 1.0 } else { -1.0 });
        let mut sums = [0.0; 16];
        for _ in 0..last / 16 {
            for i in 0..16 {
                sums[i] += sign[i] / x[i];
                x[i] += 16.0;
            }
        }
        sums.iter().sum()
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512dq,avx512vl")]
    fn avx512(last: u64) -> f64 {
        lanes(last)
    }
    match Isa::best() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor has it.
        Isa::Avx512 => unsafe { avx512(last) },
        _ => lanes(last),
    }
}

/// Nanoseconds of CPU time a term, and what came out.
fn timed<T>(terms: u64, work: impl FnOnce(u64) -> T) -> (f64, T) {
    let now = || clock_gettime(ClockId::ThreadCPUTime);
    let start = now();
    let value = black_box(work(black_box(terms)));
    let time = now() - start;
    let nanos = time.tv_sec as f64 * 1e9 + time.tv_nsec as f64;
    (nanos / terms as f64, value)
}

fn main() {
    // Cargo adds flags of its own, such as `--bench`: take the first number.
    let terms = std::env::args().find_map(|arg| arg.parse::<u64>().ok());
    let terms = terms.unwrap_or(20_000_000).max(16);
    let sets: Vec<Isa> = isa::available().collect();
    let mut times = vec![vec![]; 2 + sets.len()];
    let mut sums = vec![0.0; times.len()];
    for round in 0..ROUNDS {
        // Who begins changes, so that nobody always goes first.
        for i in (0..times.len()).map(|i| (i + round) % (2 + sets.len())) {
            let (time, sum) = match i {
                0 => timed(terms, |n| naive(1, n)),
                1 => timed(terms, divisions),
                _ => timed(terms, |n| kernel::sum_on(sets[i - 2], 1, n).to_f64()),
            };
            times[i].push(time);
            sums[i] = sum;
        }
    }
    println!(
        "terms 1 to {terms}, {ROUNDS} rounds in turns, medians; ratios to exact with that set"
    );
    println!("contender        ns/term  naive/  divisions/  sum");
    let names = ["naive".to_owned(), "divisions".to_owned()];
    let names = names
        .into_iter()
        .chain(sets.iter().map(|isa| format!("exact, {isa}")));
    for (i, name) in names.enumerate() {
        let over = |other: &[f64]| median(other.iter().zip(&times[i]).map(|(a, b)| a / b));
        println!(
            "{name:<16} {:>7.4} {:>7.2} {:>11.2}  {}",
            median(times[i].clone()),
            over(&times[0]),
            over(&times[1]),
            sums[i]
        );
    }
}
