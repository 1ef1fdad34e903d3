//! 1 - 1/2 + 1/3 - 1/4 + ..., with more and more workers.

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
use grange::{Error, Pool, Scope};
use kernel::Fixed;
use kernel::known::KNOWN;
use parts::Series;
use serde_json::json;
use std::process::ExitCode;
use std::time::Instant;

/// The end and the number of parts in Parallel Python's example 3, `dynamic_ncpus.py`.
const PP: (u128, u64) = (2_000_000, 64);

/// The rounds of that example: the last shows that workers can leave, too.
const ROUNDS: [usize; 6] = [1, 2, 4, 8, 16, 1];

/// Sums 1 - 1/2 + 1/3 - 1/4 + ... over 1 <= x < END, a job a part, with 1, 2, 4, 8, 16 workers and 1 again.
///
///   dynamic_ncpus
///   dynamic_ncpus --workers 3               one round
///   mpirun -n 4 dynamic_ncpus --end 1e11    workers of all ranks
///
/// Sums go to standard output, the same bits in every round; times go to standard error.
#[derive(Parser)]
#[command(name = "dynamic_ncpus", version, verbatim_doc_comment)]
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
    cli::main_tested(
        |args: &Args| (&args.common, args.self_test),
        &KNOWN,
        sum_in_rounds,
    )
}

fn sum_in_rounds(pool: &Pool, args: &Args) -> Result<(), Error> {
    jobs::check(&args.common)?;
    let (end, parts) = args.series.sizes(PP)?;
    let rounds = args.workers.workers.map_or(ROUNDS.to_vec(), |n| vec![n]);
    let mut report = Report::new(pool, "dynamic_ncpus", &args.common);
    let statistics = pool
        .jobs(|(first, last)| kernel::sum(first, last))
        .name("partial sum")
        .drive(|scope| {
            let mut alone = None;
            for workers in rounds {
                report.heading(&format!("Starting {workers} workers"))?;
                scope.set_workers(workers)?;
                let since = Instant::now();
                let sum = sum_parts(scope, end, parts)?.to_f64();
                let seconds = since.elapsed().as_secs_f64();
                let bits = format!("{:016x}", sum.to_bits());
                report.result(
                    &parts::line(sum),
                    json!({"workers": workers, "end": end, "parts": parts, "sum": sum, "bits": bits}),
                )?;
                // The first round is what the others are compared with.
                let speedup = *alone.get_or_insert(seconds) / seconds;
                report.note(&format!(
                    "{workers} workers: time elapsed {seconds:.3} s, speed-up {speedup:.2}"
                ));
            }
            Ok::<_, Error>(scope.statistics())
        })?;
    report.statistics(&statistics);
    report.finish()
}

fn sum_parts(scope: &Scope<'_, (u64, u64), Fixed>, end: u128, parts: u64) -> Result<Fixed, Error> {
    Ok(scope.map(parts::cut(end, parts))?.into_iter().sum())
}
