//! Six small functions, each mapped in another way: over one list, over two, with a frozen argument, with a
//! progress bar, and nested once and twice.

use clap::Parser;
use grange::cli::{self, Common, Report, number};
use grange::{Count, Error, Pool, Threads, fingerprint};
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Maps six functions over short lists, as a tour of the ways to map.
///
///   parallel
///   parallel --sleeps 20 --seconds 0.1
///   mpirun -n 16 parallel --full            100 sleeps of 1 s each on 16 ranks
///
/// Results go to standard output, the progress of the sleeps and the time to standard error.
#[derive(Parser)]
#[command(name = "parallel", version, verbatim_doc_comment)]
struct Args {
    /// How often f4 sleeps
    #[arg(long, value_name = "N", value_parser = sleeps, default_value = "100", allow_hyphen_values = true)]
    sleeps: u32,

    /// How long each time
    #[arg(long, value_name = "TIME", value_parser = number::positive_seconds, default_value = "0.02", allow_hyphen_values = true)]
    seconds: Duration,

    /// The original size of f4: 100 sleeps of 1 s
    #[arg(long, conflicts_with_all = ["sleeps", "seconds"])]
    full: bool,

    #[command(flatten)]
    common: Common,
}

fn sleeps(text: &str) -> Result<u32, String> {
    number::bounded(text, 0, 1_000_000).map(|n| n as u32)
}

fn main() -> ExitCode {
    cli::main(|args: &Args| &args.common, tour)
}

fn f1(x: &u64) -> u64 {
    x + 1
}

fn f2((x, y): (&u64, &u64)) -> u64 {
    x + y
}

/// Maps over the threads of the rank that it runs on.
fn f5(x: u64) -> Result<u64, Error> {
    let inner = Threads::here().list(&[1, 2, 3]).map(f1)?;
    Ok(x + inner.iter().sum::<u64>())
}

/// Maps twice: the second over what the first gives.
fn f6(x: u64) -> Result<u64, Error> {
    let here = Threads::here();
    let first = here.list(&[1, 2, 3]).map(f1)?;
    let second = here.zip((&first[..], &[1, 2, 3][..])).map(f2)?;
    Ok(x + second.iter().sum::<u64>())
}

fn tour(pool: &Pool, args: &Args) -> Result<(), Error> {
    let mut report = Report::new(pool, "parallel", &args.common);
    let began = Instant::now();
    let (xs, ys) = ([1, 2, 3], [4, 5, 6]);

    // A checkpoint wants to know what a list has in it.
    let contents = fingerprint(&(xs, ys))?;
    let list = pool.list(&xs).version(&contents);
    tell(&mut report, "f1", list.map(f1)?.everywhere()?)?;

    let side_by_side = || pool.zip((&xs[..], &ys[..])).version(&contents);
    tell(&mut report, "f2", side_by_side().map(f2)?.everywhere()?)?;

    // A frozen argument is a captured variable.
    let p = 200;
    let sums = side_by_side().map(|pair| f2(pair) + p)?;
    tell(&mut report, "f3", sums.everywhere()?)?;

    let (sleeps, time) = match args.full {
        true => (100, Duration::from_secs(1)),
        false => (args.sleeps, args.seconds),
    };
    let work = pool.range(0..sleeps).name("f4").show();
    let work = if pool.has_grain() {
        work
    } else {
        work.grain(1)
    };
    let slept = |_| {
        std::thread::sleep(time);
        true
    };
    let slept = work.map_reduce_each(slept, Count)?;
    let seconds = time.as_secs_f64();
    report.result(
        &format!("f4: {slept} sleeps of {seconds} s"),
        json!({"function": "f4", "sleeps": sleeps, "seconds": seconds}),
    )?;

    let nested = pool.range(0..10).try_map(f5)?;
    tell(&mut report, "f5", nested.everywhere()?)?;
    let twice = pool.range(0..10).try_map(f6)?;
    tell(&mut report, "f6", twice.everywhere()?)?;

    report.finish()?;
    if pool.rank() == 0 && !args.common.quiet {
        // Nobody being there to read it is no reason to fail.
        let _ = writeln!(
            std::io::stderr(),
            "time: {:.2} s",
            began.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

fn tell(report: &mut Report<'_>, name: &str, values: Vec<u64>) -> Result<(), Error> {
    report.result(
        &format!("{name}: {values:?}"),
        json!({"function": name, "values": values}),
    )
}
