//! A model, or any program, over every combination of parameters.

mod command;
mod model;
mod output;
mod row;
mod work;

use clap::Parser;
use command::guard;
use grange::cli::{self, Common, number};
use grange::params::{Axis, Table};
use grange::{Error, Pool, Verdict, fingerprint};
use output::Target;
use row::Summary;
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use work::Work;

/// Runs a model, or any program, over every combination of parameters, and
/// prints one row of results for each, as CSV, in order, as they come.
///
///   sweep c=0:1:0.1 k=1,4                      the built-in model, 11 x 2 times
///   sweep a=1,2,3 --command 'prog --size {a}'  prog, three times
///   sweep --zip a=1,2 b=x,y                    a=1 with b=x, a=2 with b=y
///   sweep --params FILE.csv b=10,20            each row of the file with each b
///   mpirun -n 16 sweep c=0:1:1e-6              on 16 ranks; the same rows
///
/// Values are numbers or words; x=START:END:STEP is all numbers from START to
/// END in steps of STEP.
///
/// The built-in model is a weight on a spring: mass m (1 kg), stiffness k
/// (1 N/m), friction c (0.1 kg/s), let go at x0 (1 m) with speed v0 (0 m/s),
/// for t (10 s) in steps of dt (0.001 s), by the classical Runge-Kutta method.
/// In brackets: what it takes where a parameter is not given. Results: position
/// x, speed v and energy then.
///
/// With --command, {a} in its words stands for the value of a, {#} or {row} for
/// the row's number from 1, {{ for a brace. No shell reads it: a value with
/// spaces or quotes stays one argument; use sh -c '...' for pipes. Results: exit
/// (a code, 'signal N', 'timeout', or 'failed' to start), seconds, stdout and
/// stderr, of which the first MiB each. What it leaves running is ended when it
/// is over, or the run is. It gets no variables of MPI launchers, so it may use
/// MPI itself.
///
/// A row that fails says why in its own line, and others go on: exit code 6.
#[derive(Parser)]
#[command(name = "sweep", version, verbatim_doc_comment)]
struct Args {
    /// Parameters: a=1,2,3 or x=0:1:0.1; the last varies fastest
    #[arg(value_name = "NAME=VALUES", value_parser = Axis::parse)]
    axes: Vec<Axis>,

    /// Take the parameters given here side by side, not in every combination
    #[arg(long)]
    zip: bool,

    /// Parameters from a CSV file, whose first line names them; its rows with every combination of others
    #[arg(long, value_name = "FILE.csv")]
    params: Option<PathBuf>,

    /// A program to run for each row, instead of the model
    #[arg(long, value_name = "'PROG {a} {b}'", value_hint = clap::ValueHint::CommandString)]
    command: Option<String>,

    /// End a program that takes longer: seconds, or 250ms, 2m, 1:30
    #[arg(long, value_name = "TIME", value_parser = number::positive_seconds, requires = "command", allow_hyphen_values = true)]
    timeout: Option<Duration>,

    /// Write to a file instead of standard output: CSV or, as .h5, HDF5
    #[arg(long, value_name = "FILE", value_parser = Target::parse, conflicts_with = "json")]
    output: Option<Target>,

    /// Replace the output file if it is there
    #[arg(long, requires = "output")]
    force: bool,

    #[command(flatten)]
    common: Common,
}

fn main() -> ExitCode {
    if guard::is_asked() {
        return guard::stand();
    }
    cli::main(|args: &Args| &args.common, sweep)
}

fn sweep(pool: &Pool, args: &Args) -> Result<Done, Error> {
    if args.common.audit.is_some() && args.command.is_some() {
        return Err(Error::Usage(
            "--audit with --command: programs would run twice, and the rows have their times, which are never \
             the same"
                .into(),
        ));
    }
    let table = table(pool, args)?;
    let work = Work::new(args, &table)?;
    let mut sink = None;
    pool.root(|| {
        sink = Some(output::open(pool, args, work.columns(&table)?)?);
        Ok::<(), Error>(())
    })?;
    let rows = pool
        .range(0..table.rows())
        .name("rows")
        .version(fingerprint(&table)?)
        .speculate(false);
    let rows = if args.common.quiet { rows } else { rows.show() };
    let rows = if pool.has_grain() {
        rows
    } else {
        rows.grain(1)
    };
    let summary = rows
        .buffer(work.buffer(pool))
        .imap(|index| work.run(&table, index))
        .drive(|outcomes| {
            let sink = sink
                .take()
                .ok_or_else(|| Error::user("the output is on rank 0 only"))?;
            let written = Summary::write(outcomes, &table, sink);
            // All is over, or nobody reads it any more.
            work.stop();
            written
        })?;
    if summary.failed > 0 && pool.rank() == 0 && !args.common.quiet {
        summary.warn();
    }
    Ok(Done {
        failures: summary.failed > 0,
    })
}

/// What there is to sweep over, on every rank. The file is read on rank 0.
fn table(pool: &Pool, args: &Args) -> Result<Table, Error> {
    let axes = args.axes.iter().cloned();
    let given = if args.zip && !args.axes.is_empty() {
        Table::zip(axes)?
    } else {
        Table::product(axes)?
    };
    let Some(path) = &args.params else {
        if args.axes.is_empty() {
            return Err(Error::Usage(
                "nothing to sweep over: give parameters, such as a=1,2,3, or --params FILE.csv (see --help)".into(),
            ));
        }
        return Ok(given);
    };
    let told = |problem: String| Error::Usage(format!("{}: {problem}", path.display()));
    let file = pool.root(|| {
        let file = File::open(path).map_err(|e| told(e.to_string()))?;
        Table::from_csv(file).map_err(|e| told(e.to_string()))
    })?;
    file.times(given)
}

/// The exit code: 6 where rows failed.
struct Done {
    failures: bool,
}

impl Verdict for Done {
    fn code(&self) -> u8 {
        if self.failures { 6 } else { 0 }
    }
}
