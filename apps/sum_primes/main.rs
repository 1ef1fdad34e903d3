//! The sum of the primes below N, on all cores of all ranks.

mod combinatorial;
mod jobs;
mod known;
#[allow(dead_code, reason = "some of it serves the benchmark only")]
mod sieve;
mod verify;

use clap::Parser;
use grange::cli::jobs::Workers;
use grange::cli::{self, Common, Report, SelfTest, number};
use grange::{Error, Pool, Sum};
use serde_json::json;
use sieve::{Sieve, SievingPrimes};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

/// Sums the primes below each N, or within a window, with a segmented sieve: the way to measure a machine.
///
/// The way to know the answer is --method combinatorial, which is far faster (0.1 s up to 1e12 on one core) and
/// shares no arithmetic with the sieve; --verify checks the sieve's answer against it.
///
/// Alone it uses the cores of this machine; under a launcher all ranks:
///
///   sum_primes 100                      Sum of primes below 100 is 1060
///   sum_primes 1e9 1e10                 one line each
///   sum_primes --from 1e12 1.001e12     only those from 1e12 on
///   mpirun -n 16 sum_primes 1e11        on 16 ranks; the same digits
///   sum_primes --jobs 1e6 2e6 3e6       a job each, a thread a job
///   sum_primes --method combinatorial 1e14
///
/// Memory: under 3 MiB a thread up to 1e12; above, up to 51 MB at 1e15 and 180 MB at 2^64. The
/// sieving primes, which the threads of a rank share, take 1 MB at 1e15 and 143 MB at 2^64.
#[derive(Parser)]
#[command(name = "sum_primes", version, verbatim_doc_comment)]
struct Args {
    /// Numbers up to 2^64, written 1000000, 1_000_000, 1e6 or 2^20
    #[arg(value_name = "N", value_parser = bound, default_value = "1e9", allow_negative_numbers = true)]
    #[arg(default_value_if("jobs", "true", None))]
    n: Vec<u128>,

    /// Only the primes from M on
    #[arg(long, value_name = "M", value_parser = bound, default_value = "0", allow_hyphen_values = true)]
    from: u128,

    /// A job for each N; without N, those of Parallel Python's example: 100, then 100000, 100100, ..., 100700
    #[arg(long)]
    jobs: bool,

    /// How: a sieve on all cores of all ranks, or a sum of O(N^(3/4)) steps on the cores of rank 0, up to 1e16
    #[arg(long, value_name = "METHOD", default_value = "sieve")]
    method: Method,

    /// Check the sieve's answers against the combinatorial ones, up to 1e16: exit code 7 when they differ
    #[arg(long)]
    verify: bool,

    #[command(flatten)]
    workers: Workers,

    #[command(flatten)]
    self_test: SelfTest,

    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    Sieve,
    Combinatorial,
}

fn bound(text: &str) -> Result<u128, String> {
    number::bounded(text, 0, 1 << 64)
}

fn main() -> ExitCode {
    cli::main_tested(
        |args: &Args| (&args.common, args.self_test),
        &known::KNOWN,
        sum_each,
    )
}

fn sum_each(pool: &Pool, args: &Args) -> Result<(), Error> {
    let from = args.from;
    if args.workers.workers.is_some() && !args.jobs {
        return Err(Error::Usage(
            "--workers needs --jobs (see --help)".to_owned(),
        ));
    }
    let rounds = match args.jobs {
        true => jobs::rounds(&args.n),
        false => vec![&args.n[..]],
    };
    if let Some(n) = rounds.iter().copied().flatten().find(|&&n| n < from) {
        return Err(Error::Usage(format!(
            "--from {from} is greater than N, {n}"
        )));
    }
    verify::check(args, &rounds)?;
    let mut report = Report::new(pool, "sum_primes", &args.common);
    if args.jobs {
        return jobs::sum_each(pool, args, &rounds, report);
    }
    for &n in &args.n {
        let sum = match args.method {
            Method::Sieve => sum_of_primes(pool, from, n)?,
            Method::Combinatorial => {
                pool.root(|| Ok::<_, Error>(verify::sum_of_primes(from, n)))?
            }
        };
        if args.verify {
            pool.root(|| verify::compare(from, n, sum, verify::sum_of_primes(from, n)))?;
        }
        tell(&mut report, from, n, sum)?;
    }
    report.finish()
}

fn tell(report: &mut Report<'_>, from: u128, n: u128, sum: u128) -> Result<(), Error> {
    let (line, value) = match from {
        0 => (
            format!("Sum of primes below {n} is {sum}"),
            json!({"n": n, "sum": sum.to_string()}),
        ),
        _ => (
            format!("Sum of primes from {from} to below {n} is {sum}"),
            json!({"from": from, "n": n, "sum": sum.to_string()}),
        ),
    };
    report.result(&line, value)
}

/// The sum of the primes p with `from <= p < n`.
fn sum_of_primes(pool: &Pool, from: u128, n: u128) -> Result<u128, Error> {
    if from >= n {
        return Ok(0);
    }
    // n is at most 2^64, so what is below it fits.
    let (first, last) = (from as u64, (n - 1) as u64);
    let primes = OnceLock::new();
    let work = pool.range(first..=last).name("sum of primes");
    // The sieve passes over its primes once a grain, so a grain must be worth that.
    let work = if pool.has_grain() {
        work
    } else {
        work.grain(sieve::grain(first, last).into())
    };
    work.map_init(|| {
        Sieve::new(Arc::clone(
            primes.get_or_init(|| Arc::new(SievingPrimes::up_to_sqrt_of(last))),
        ))
    })
    .map_reduce(
        |sieve, items| {
            // Only a run that is being stopped gives nothing, and then nobody looks.
            items
                .range()
                .and_then(|w| sieve.sum_until(*w.start(), *w.end(), || items.is_stopped()))
                .unwrap_or(0)
        },
        Sum,
    )
}
