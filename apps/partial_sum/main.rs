//! 1 - 1/2 + 1/3 - 1/4 + ..., to the same bits on any number of ranks and threads.

mod kernel;
#[allow(dead_code, reason = "some of it serves programs that submit jobs")]
mod parts;

use clap::Parser;
use grange::cli::{self, Common, Report, SelfTest, number};
use grange::{Error, Pool, Reduce};
use kernel::Fixed;
use kernel::known::KNOWN;
use serde_json::json;
use std::process::ExitCode;

/// Sums 1 - 1/2 + 1/3 - 1/4 + ... over START <= x < END, which tends to ln 2.
///
///   partial_sum
///   partial_sum --end 1e12
///   mpirun -n 16 partial_sum --end 1e12     on 16 ranks; the same bits
///
/// Terms are added exactly in fixed point, so the bits do not depend on ranks, threads, grains or schedule.
#[derive(Parser)]
#[command(name = "partial_sum", version, verbatim_doc_comment)]
struct Args {
    /// The first x, from 1
    #[arg(long, value_parser = start, default_value = "1", allow_hyphen_values = true)]
    start: u128,

    /// One past the last x, up to 2^64
    #[arg(long, value_parser = end, default_value = "20000000", allow_hyphen_values = true)]
    end: u128,

    #[command(flatten)]
    self_test: SelfTest,

    #[command(flatten)]
    common: Common,
}

fn start(text: &str) -> Result<u128, String> {
    number::bounded(text, 1, 1 << 64)
}

fn end(text: &str) -> Result<u128, String> {
    number::bounded(text, 1, 1 << 64)
}

fn main() -> ExitCode {
    cli::main_tested(|args: &Args| (&args.common, args.self_test), &KNOWN, sum)
}

fn sum(pool: &Pool, args: &Args) -> Result<(), Error> {
    let (start, end) = (args.start, args.end);
    if start > end {
        return Err(Error::Usage(format!(
            "--start {start} is greater than --end {end}"
        )));
    }
    let mut report = Report::new(pool, "partial_sum", &args.common);
    let total = if start < end {
        sum_window(pool, start as u64, (end - 1) as u64)?
    } else {
        Fixed::ZERO
    };
    let sum = total.to_f64();
    report.result(
        &parts::line(sum),
        json!({"start": start, "end": end, "sum": sum, "bits": format!("{:016x}", sum.to_bits())}),
    )?;
    report.finish()
}

fn sum_window(pool: &Pool, first: u64, last: u64) -> Result<Fixed, Error> {
    let work = pool.range(first..=last).name("partial sum");
    let work = if pool.has_grain() {
        work
    } else {
        work.grain(kernel::grain(first, last).into())
    };
    work.map_reduce(
        |items| {
            items
                .range()
                .map_or(Fixed::ZERO, |r| kernel::sum(*r.start(), *r.end()))
        },
        Exactly,
    )
}

/// Adds in fixed point, where nothing is rounded.
struct Exactly;

impl Reduce<Fixed> for Exactly {
    type Acc = Fixed;
    type Output = Fixed;
    const EXACT: bool = true;
    const COMMUTATIVE: bool = true;

    fn identity(&self) -> Fixed {
        Fixed::ZERO
    }

    fn fold(&self, acc: &mut Fixed, value: Fixed) {
        *acc += value;
    }

    fn combine(&self, left: Fixed, right: Fixed) -> Fixed {
        left + right
    }

    fn finish(&self, acc: Fixed) -> Result<Fixed, Error> {
        Ok(acc)
    }
}
