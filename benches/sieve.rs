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
//!
//! Where `primesieve` is installed (`apt install primesieve-bin`), the program
//! is compared with it as well, in turns, by the CPU time of
//!
//! ```text
//! sum_primes --threads 1 --quiet --from FIRST END
//! primesieve FIRST LAST --threads=1 --quiet --count
//! ```
//!
//! which only counts. Last comes the CPU time of
//! `sum_primes --threads 1 --method combinatorial N`.

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

// Without the test harness the module's tests are left out, not what they use.
#[allow(dead_code, unused_imports)]
#[path = "../apps/sum_primes/sieve/mod.rs"]
mod sieve;

#[path = "tasks/ended.rs"]
mod ended;
#[path = "tasks/median.rs"]
mod median;

use ended::used;
use median::median;
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
    println!("\nsum_primes against primesieve, CPU time of one thread each:");
    for (first, length, rounds) in [
        (0, 10_000_000_000, 5),
        (10_u64.pow(12), 1_000_000_000, 15),
        (10_u64.pow(15), 1_000_000_000, 7),
    ] {
        if !against_primesieve(first, first + length, rounds) {
            println!("primesieve is not installed, or failed: skipped");
            break;
        }
    }
    println!("\nsum_primes --method combinatorial, CPU time of one thread:");
    for power in [11, 12, 13] {
        let n = format!("1e{power}");
        if let Some(seconds) = timed(&mut ours(&["--method", "combinatorial", &n])) {
            println!("{n}: {seconds:.2} s");
        }
    }
}

fn ours(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sum_primes"));
    command.args(["--threads", "1", "--quiet"]).args(args);
    command
}

/// In turns, so many rounds; prints the ratio of all that either took. False if one of them failed.
fn against_primesieve(first: u64, last: u64, rounds: usize) -> bool {
    let (mut mine, mut its) = (0.0, 0.0);
    for _ in 0..rounds {
        let (from, end) = (first.to_string(), (last + 1).to_string());
        let mut rival = Command::new("primesieve");
        rival.args([&from, &last.to_string()]);
        rival.args(["--threads=1", "--quiet", "--count"]);
        let (Some(a), Some(b)) = (
            timed(&mut ours(&["--from", &from, &end])),
            timed(&mut rival),
        ) else {
            return false;
        };
        mine += a;
        its += b;
    }
    println!(
        "{first} to {last}, {rounds} rounds: {:.3} s against {:.3} s, ratio {:.3}",
        mine / rounds as f64,
        its / rounds as f64,
        mine / its
    );
    true
}

/// The CPU time that a program takes to its end; none if it cannot be started, or fails.
fn timed(command: &mut Command) -> Option<f64> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let before = used();
    command
        .status()
        .is_ok_and(|s| s.success())
        .then(|| used() - before)
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
            median(ratios),
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
