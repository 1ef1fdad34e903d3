//! Numbers sorted by jobs that submit jobs.

mod numbers;
mod sort;

use clap::Parser;
use grange::cli::jobs::{self, Workers};
use grange::cli::{self, Common, Report, number};
use grange::{Context, Error, Pool, Statistics};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sort::Piece;
use std::convert::Infallible;
use std::process::ExitCode;

/// The numbers and the jobs that sort them in Parallel Python's example, `quicksort.py`.
const PP: (u64, u64) = (100_000, 32);

/// Sorts pseudo-random numbers of 64 bits.
///
///   quicksort
///   quicksort --n 1e7 --parts 256 --seed 7
///   mpirun -n 4 quicksort                   on 4 ranks; the same numbers
///
/// A job with more than 1/PARTS of all numbers cuts them in two around one of them and submits a job for each
/// half; one with less sorts them. The driver puts the pieces together and checks them.
#[derive(Parser)]
#[command(name = "quicksort", version, verbatim_doc_comment)]
struct Args {
    /// How many numbers; rank 0 needs about 50 bytes for each
    #[arg(long, value_name = "N", value_parser = count, default_value = "2e6", allow_hyphen_values = true)]
    n: u64,

    /// A job sorts at most 1/N of the numbers [default: 64, or one a number]
    #[arg(long, value_name = "N", value_parser = parts, allow_hyphen_values = true)]
    parts: Option<u64>,

    /// Which numbers
    #[arg(long, value_parser = seed, default_value = "1", allow_hyphen_values = true)]
    seed: u64,

    /// The sizes of Parallel Python's example
    #[arg(long, conflicts_with_all = ["n", "parts"])]
    pp: bool,

    #[command(flatten)]
    workers: Workers,

    #[command(flatten)]
    common: Common,
}

/// Parts, if nothing is said of them.
const PARTS: u64 = 64;

fn count(text: &str) -> Result<u64, String> {
    number::bounded(text, 1, 100_000_000).map(|n| n as u64)
}

fn parts(text: &str) -> Result<u64, String> {
    number::bounded(text, 1, 1 << 20).map(|n| n as u64)
}

fn seed(text: &str) -> Result<u64, String> {
    number::bounded(text, 0, u64::MAX.into()).map(|n| n as u64)
}

fn main() -> ExitCode {
    cli::main(|args: &Args| &args.common, sort_and_check)
}

fn sort_and_check(pool: &Pool, args: &Args) -> Result<(), Error> {
    jobs::check(&args.common)?;
    let few = args.parts.unwrap_or(PARTS.min(args.n));
    let (n, parts) = if args.pp { PP } else { (args.n, few) };
    if parts > n {
        let text = format!("--parts {parts} is more than the number of numbers, {n}");
        return Err(Error::Usage(text));
    }
    let mut report = Report::new(pool, "quicksort", &args.common);
    report.heading(&args.workers.heading())?;
    let (sorted, statistics) = sort_on(pool, args, n, n.div_ceil(parts))?;
    let Sorted {
        jobs,
        checksum,
        first,
        last,
    } = sorted;
    report.result(
        &format!(
            "Sorted {n} numbers in {jobs} jobs | checksum {checksum:016x} | first {first} | last {last}"
        ),
        json!({"n": n, "seed": args.seed, "jobs": jobs, "checksum": format!("{checksum:016x}"),
            "first": first, "last": last}),
    )?;
    report.statistics(&statistics);
    report.finish()
}

/// What is to be said of the numbers. They themselves stay with the driver: its result goes to all ranks.
#[derive(Serialize, Deserialize)]
struct Sorted {
    jobs: usize,
    checksum: u64,
    first: u64,
    last: u64,
}

/// Sorts the numbers; a job with more than `most` of them submits others.
fn sort_on(pool: &Pool, args: &Args, n: u64, most: u64) -> Result<(Sorted, Statistics), Error> {
    let handle = |context: &Context<'_, Vec<u64>>, mut numbers: Vec<u64>| {
        if numbers.len() as u64 <= most {
            numbers.sort_unstable();
            return Ok::<_, Infallible>(Piece::Sorted(numbers));
        }
        let (below, above, between) = sort::partition(numbers);
        context.submit(below);
        context.submit(above);
        Ok(between)
    };
    pool.jobs_with(handle).name("quicksort").drive(|scope| {
        args.workers.apply(scope)?;
        let numbers: Vec<u64> = numbers::of_seed(args.seed).take(n as usize).collect();
        let checksum = numbers::checksum(&numbers);
        // In an order that no timing can change: a job's own piece before those of what it submitted.
        let pieces = scope.submit(numbers).join_all()?;
        let jobs = pieces.len();
        let sorted = sort::in_order(pieces);
        let is_so = sorted.len() as u64 == n && sorted.is_sorted();
        match (sorted.first(), sorted.last()) {
            (Some(&first), Some(&last)) if is_so && numbers::checksum(&sorted) == checksum => {
                let sorted = Sorted {
                    jobs,
                    checksum,
                    first,
                    last,
                };
                Ok((sorted, scope.statistics()))
            }
            _ => Err(Error::user("the numbers are not those given, in order")),
        }
    })
}
