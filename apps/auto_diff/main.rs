//! A truncated logarithm and its derivative, by automatic differentiation, a job a point or many points at once.

mod batch;
mod partial_sum;
#[cfg(test)]
mod tests;

use batch::GROUP;
use clap::Parser;
use grange::cli::jobs::{self, Workers};
use grange::cli::{self, Common, Report, SelfTest, number};
use grange::{Concat, Error, Pool, Statistics, isa};
use num_dual::first_derivative;
use partial_sum::PartialSum;
use serde_json::json;
use std::process::ExitCode;

/// The end in Parallel Python's example 5, `auto_diff.py`.
const PP: u64 = 20_000;

/// Evaluates t_log(x), the Taylor series of ln x at 1 up to below the power END, and t_log'(x).
///
///   auto_diff                               at x = 1, 1 + 1/32, 1 + 2/32, ..., 1 + 31/32
///   auto_diff --parts 8 --end 1e6           at 8 points
///   auto_diff --batch --parts 1e4           32 points at once, by vector instructions; the same bits
///   mpirun -n 16 auto_diff --parts 1e4      on 16 ranks; the same bits
///
/// The derivative is that of the program, by dual numbers: nobody has to write it down. Beside each value stands
/// what it is off ln x and 1/x.
#[derive(Parser)]
#[command(name = "auto_diff", version, verbatim_doc_comment)]
struct Args {
    /// Points, a job each
    #[arg(long, value_name = "N", value_parser = parts, default_value = "32", allow_hyphen_values = true)]
    parts: u64,

    /// One past the last power
    #[arg(long, value_parser = end, default_value = "1e7", allow_hyphen_values = true)]
    end: u64,

    /// The sizes of Parallel Python's example
    #[arg(long, conflicts_with_all = ["end", "parts"])]
    pp: bool,

    /// No jobs: groups of 32 points, side by side in vectors
    #[arg(long, conflicts_with = "workers")]
    batch: bool,

    #[command(flatten)]
    workers: Workers,

    #[command(flatten)]
    self_test: SelfTest,

    #[command(flatten)]
    common: Common,
}

fn parts(text: &str) -> Result<u64, String> {
    number::bounded(text, 1, 1 << 20).map(|n| n as u64)
}

/// Powers become numbers of 64 bits, exactly.
fn end(text: &str) -> Result<u64, String> {
    number::bounded(text, 2, 1 << 53).map(|n| n as u64)
}

fn main() -> ExitCode {
    cli::main_tested(
        |args: &Args| (&args.common, args.self_test),
        &batch::KNOWN,
        differentiate,
    )
}

fn differentiate(pool: &Pool, args: &Args) -> Result<(), Error> {
    let mut report = Report::new(pool, "auto_diff", &args.common);
    let points: Vec<f64> = (0..args.parts)
        .map(|i| 1.0 + i as f64 / args.parts as f64)
        .collect();
    let end = if args.pp { PP } else { args.end };
    let (values, statistics) = match args.batch {
        true => (in_groups(pool, &points, end)?, None),
        false => {
            jobs::check(&args.common)?;
            report.heading(&args.workers.heading())?;
            let (values, statistics) = by_jobs(pool, args, &points, end)?;
            (values, Some(statistics))
        }
    };
    for (x, (value, slope)) in points.into_iter().zip(values) {
        let (off, slope_off) = (value - x.ln(), slope - 1.0 / x);
        let line = format!(
            "t_log({x:.6}) = {value:.6}, t_log'({x:.6}) = {slope:.6} | off by {off:.1e}, {slope_off:.1e}"
        );
        let bits = [value, slope].map(|v| format!("{:016x}", v.to_bits()));
        report.result(
            &line,
            json!({"x": x, "t_log": value, "t_log'": slope, "bits": bits}),
        )?;
    }
    if let Some(statistics) = statistics {
        report.statistics(&statistics);
    }
    report.finish()
}

/// A job a point.
fn by_jobs(
    pool: &Pool,
    args: &Args,
    points: &[f64],
    end: u64,
) -> Result<(Vec<(f64, f64)>, Statistics), Error> {
    // What a handler captures is on every rank already; only points and results travel.
    let series = PartialSum::new(end);
    pool.jobs(|x: f64| first_derivative(|x| series.t_log(x), x))
        .name("automatic differentiation")
        .drive(|scope| {
            args.workers.apply(scope)?;
            let values = scope.map(points.iter().copied())?;
            Ok::<_, Error>((values, scope.statistics()))
        })
}

/// A grain a group of points.
fn in_groups(pool: &Pool, points: &[f64], end: u64) -> Result<Vec<(f64, f64)>, Error> {
    let work = pool.range(0..points.len().div_ceil(GROUP));
    let work = work.name("automatic differentiation");
    let work = if pool.has_grain() {
        work
    } else {
        work.grain(1)
    };
    work.map_reduce(
        |items| {
            let mut values = Vec::new();
            for group in items.range().into_iter().flatten() {
                let group = &points[group * GROUP..points.len().min((group + 1) * GROUP)];
                // What is left of the last group stands at ln 1.
                let u = std::array::from_fn(|i| group.get(i).map_or(0.0, |x| x - 1.0));
                let stop = || items.is_stopped();
                match batch::partial_sums(isa::current(), &u, end, stop) {
                    Some(sums) => values.extend_from_slice(&sums[..group.len()]),
                    // Nobody looks at what is stopped.
                    None => break,
                }
            }
            values
        },
        Concat,
    )
}
