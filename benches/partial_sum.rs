//! Time of the exact partial sum against the loop one would write first.
//!
//! Reproduce with `cargo bench --bench partial_sum`, or with another number of
//! terms, `cargo bench --bench partial_sum -- 100000000`. The two take turns, so
//! that a slow spell of the machine falls on both; medians are printed.

use std::hint::black_box;
use std::time::Instant;

#[allow(dead_code, unused_imports, reason = "only part of the kernel is timed")]
#[path = "../apps/partial_sum/kernel/mod.rs"]
mod kernel;

use kernel::Path;

const ROUNDS: usize = 21;

/// The plain loop: one division and one dependent addition a term.
fn naive(first: u64, last: u64) -> f64 {
    let mut sum = 0.0;
    for x in first..=last {
        let term = 1.0 / x as f64;
        sum += if x % 2 == 1 { term } else { -term };
    }
    sum
}

/// Nanoseconds a term, and what came out.
fn timed<T>(terms: u64, work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let value = black_box(work());
    (start.elapsed().as_secs_f64() * 1e9 / terms as f64, value)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    // Cargo adds flags of its own, such as `--bench`: take the first number.
    let terms = std::env::args().find_map(|arg| arg.parse::<u64>().ok());
    let terms = terms.unwrap_or(20_000_000).max(1);
    println!("terms 1 to {terms}, {ROUNDS} paired rounds, medians");
    println!("path      naive ns/term  exact ns/term  naive/exact  sum");
    for path in Path::ALL {
        if !path.available() {
            println!("{path:<9?} not on this machine", path = path);
            continue;
        }
        let (mut plain, mut exact, mut ratio) = (vec![], vec![], vec![]);
        let mut value = kernel::Fixed::ZERO;
        for round in 0..ROUNDS {
            let run_plain = || timed(terms, || naive(1, black_box(terms))).0;
            let run_exact = || timed(terms, || kernel::sum_on(path, 1, black_box(terms)));
            // Swap the order each round, so that neither always goes first.
            let (p, (e, sum)) = if round % 2 == 0 {
                let p = run_plain();
                (p, run_exact())
            } else {
                let e = run_exact();
                (run_plain(), e)
            };
            value = sum;
            plain.push(p);
            exact.push(e);
            ratio.push(p / e);
        }
        println!(
            "{:<9} {:>13.3} {:>14.3} {:>12.2}  {}",
            format!("{path:?}"),
            median(plain),
            median(exact),
            median(ratio),
            value.to_f64()
        );
    }
    println!("naive sum{:>53}", naive(1, terms));
}
