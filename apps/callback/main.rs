//! 1 - 1/2 + 1/3 - 1/4 + ..., a job a part, added up by a callback.

#[allow(
    dead_code,
    unused_imports,
    reason = "some of it serves partial_sum only"
)]
#[path = "../partial_sum/kernel/mod.rs"]
mod kernel;
#[path = "../partial_sum/parts.rs"]
mod parts;

use clap::Parser;
use grange::cli::jobs::{self, Workers};
use grange::cli::{self, Common, Report, SelfTest};
use grange::{Done, Error, Pool, Scope, Statistics};
use kernel::Fixed;
use kernel::known::KNOWN;
use parts::Series;
use serde_json::json;
use std::cell::Cell;
use std::process::ExitCode;

/// The end and the number of parts in Parallel Python's example 4, `callback.py`.
const PP: (u128, u64) = (20_000_000, 128);

/// Sums 1 - 1/2 + 1/3 - 1/4 + ... over 1 <= x < END, which tends to ln 2, a job a part.
///
///   callback
///   callback --end 1e12 --parts 1e4
///   mpirun -n 16 callback --end 1e12        on 16 ranks; the same bits
///
/// A callback adds each part up as it comes, in whatever order. Terms are added exactly in fixed point, so the
/// order does not change the bits.
#[derive(Parser)]
#[command(name = "callback", version, verbatim_doc_comment)]
struct Args {
    #[command(flatten)]
    series: Series,

    #[command(flatten)]
    workers: Workers,

    #[command(flatten)]
    self_test: SelfTest,

    #[command(flatten)]
    common: Common,
}

fn main() -> ExitCode {
    cli::main_tested(|args: &Args| (&args.common, args.self_test), &KNOWN, sum)
}

fn sum(pool: &Pool, args: &Args) -> Result<(), Error> {
    jobs::check(&args.common)?;
    let (end, parts) = args.series.sizes(PP)?;
    let mut report = Report::new(pool, "callback", &args.common);
    report.heading(&args.workers.heading())?;
    let (total, statistics) = sum_parts(pool, &args.workers, end, parts)?;
    let sum = total.to_f64();
    report.result(
        &parts::line(sum),
        json!({"end": end, "parts": parts, "sum": sum, "bits": format!("{:016x}", sum.to_bits())}),
    )?;
    report.statistics(&statistics);
    report.finish()
}

fn sum_parts(
    pool: &Pool,
    workers: &Workers,
    end: u128,
    parts: u64,
) -> Result<(Fixed, Statistics), Error> {
    // Callbacks run one at a time on one thread, rank 0's: there is no need for a lock. What they share with the
    // driver outlives the call.
    let total = Cell::new(Fixed::ZERO);
    let failure = Cell::new(None);
    let add = |_: &Scope<'_, (u64, u64), Fixed>, done: Done<'_, Fixed>| match done.result {
        Ok(&part) => total.set(total.get() + part),
        Err(error) => failure.set(Some(error.clone())),
    };
    pool.jobs(|(first, last)| kernel::sum(first, last))
        .name("partial sum")
        .drive(|scope| {
            workers.apply(scope)?;
            for part in parts::cut(end, parts) {
                // Nobody needs the handle: dropping it does not cancel the job.
                scope.job(part).callback(add).submit();
            }
            scope.wait()?;
            match failure.take() {
                Some(error) => Err(Error::from(error)),
                None => Ok((total.get(), scope.statistics())),
            }
        })
}
