//! Time of `auto_diff --batch` on one core against the crate `num-dual`, point by point.
//!
//! Reproduce with `cargo bench --bench auto_diff`. 20,000 terms at 32 points; the contenders take turns, and medians of
//! CPU times are printed. *Horner* makes a table of coefficients, once for all points; *powers* is the loop one would
//! write first, with a running product. *A job a point* is what the program does without `--batch`.

use grange::isa::{self, Isa};
use num_dual::{Dual64, first_derivative};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;

#[allow(dead_code, reason = "only part of it is timed")]
#[path = "../apps/auto_diff/batch.rs"]
mod batch;
#[path = "tasks/median.rs"]
mod median;
#[allow(
    dead_code,
    unused_imports,
    reason = "the logarithm is not timed, and tests are elsewhere"
)]
#[path = "../apps/auto_diff/partial_sum.rs"]
mod partial_sum;

use median::median;
use partial_sum::PartialSum;

const ROUNDS: usize = 21;
/// Contenders that are no batch.
const OTHERS: usize = 3;
const TERMS: u64 = 20_000;

fn sign(power: u64) -> f64 {
    if power % 2 == 1 { 1.0 } else { -1.0 }
}

fn horner(u: f64, table: &[f64]) -> (f64, f64) {
    let series = |u: Dual64| {
        let sum = table.iter().rev();
        sum.fold(Dual64::from(0.0), |sum, c| sum * u + *c) * u
    };
    first_derivative(series, u)
}

fn powers(u: f64) -> (f64, f64) {
    let series = |u: Dual64| {
        let (mut sum, mut power) = (Dual64::from(0.0), Dual64::from(1.0));
        for i in 1..=TERMS {
            power *= u;
            sum += power * (sign(i) / i as f64);
        }
        sum
    };
    first_derivative(series, u)
}

fn job(u: f64, series: &PartialSum) -> (f64, f64) {
    first_derivative(|u| series.partial_sum(u), u)
}

/// Nanoseconds of CPU time a term and point.
fn timed(work: impl FnOnce() -> Vec<(f64, f64)>) -> f64 {
    let now = || clock_gettime(ClockId::ThreadCPUTime);
    let start = now();
    black_box(work());
    let time = now() - start;
    let nanos = time.tv_sec as f64 * 1e9 + time.tv_nsec as f64;
    nanos / (TERMS * batch::GROUP as u64) as f64
}

fn main() {
    let u: [f64; batch::GROUP] = std::array::from_fn(|i| i as f64 / batch::GROUP as f64);
    let sets: Vec<Isa> = isa::available().collect();
    let mut times = vec![vec![]; OTHERS + sets.len()];
    for round in 0..ROUNDS {
        // Who begins changes, so that nobody always goes first.
        for i in (0..OTHERS + sets.len()).map(|i| (i + round) % (OTHERS + sets.len())) {
            let u = black_box(u);
            times[i].push(match i {
                0 => timed(|| u.iter().map(|u| powers(*u)).collect()),
                1 => timed(|| {
                    let table: Vec<f64> = (1..=TERMS).map(|i| sign(i) / i as f64).collect();
                    u.iter().map(|u| horner(*u, &table)).collect()
                }),
                2 => timed(|| {
                    let series = PartialSum::new(black_box(TERMS + 1));
                    u.iter().map(|u| job(*u, &series)).collect()
                }),
                _ => timed(|| {
                    let sums = batch::partial_sums(sets[i - OTHERS], &u, TERMS + 1, || false);
                    sums.into_iter().flatten().collect()
                }),
            });
        }
    }
    println!(
        "{TERMS} terms, {ROUNDS} rounds in turns, medians; ratios to the contender of the line"
    );
    println!("contender          ns/term/point  powers/  Horner/");
    let names = ["num-dual, powers", "num-dual, Horner", "a job a point"].map(str::to_owned);
    let sets = sets.iter().map(|isa| format!("batch, {isa}"));
    for (i, name) in names.into_iter().chain(sets).enumerate() {
        let over = |other: &[f64]| {
            let pairs = other.iter().zip(&times[i]);
            median(pairs.map(|(other, own)| other / own))
        };
        println!(
            "{name:<18} {:>13.4} {:>8.2} {:>8.2}",
            median(times[i].clone()),
            over(&times[0]),
            over(&times[1])
        );
    }
}
