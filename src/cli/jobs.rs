//! What programs that submit jobs have in common.

use super::{Common, Report, number};
use crate::error::Error;
use crate::exec::layout::MOST_THREADS;
use crate::pool::{Scope, Statistics};
use crate::say;

/// Options of programs that submit jobs.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Running")]
pub struct Workers {
    /// Jobs that may run at the same time, on all ranks together, instead of one a thread
    #[arg(long, value_name = "N", value_parser = count, allow_hyphen_values = true)]
    pub workers: Option<usize>,
}

fn count(text: &str) -> Result<usize, String> {
    // One rank can have so many, so any number of them can.
    number::bounded(text, 1, MOST_THREADS.into()).map(|n| n as usize)
}

impl Workers {
    /// What a program starts with. It is the same on every layout, as are results.
    pub fn heading(&self) -> String {
        match self.workers {
            Some(n) => format!("Starting {n} workers"),
            None => "Starting a worker a thread".to_owned(),
        }
    }

    /// Sets how many jobs of `scope` may run at the same time.
    ///
    /// # Errors
    /// None where the options were parsed.
    pub fn apply<I, O>(&self, scope: &Scope<'_, I, O>) -> Result<(), Error> {
        self.workers.map_or(Ok(()), |n| scope.set_workers(n))
    }
}

/// A job is one item whatever its size, so there is nothing for `--grain` to say.
///
/// # Errors
/// When it was given all the same.
pub fn check(common: &Common) -> Result<(), Error> {
    match common.grain {
        Some(_) => Err(Error::Usage(
            "--grain cannot be used with jobs, which have no grains (see --help)".to_owned(),
        )),
        None => Ok(()),
    }
}

impl Report<'_> {
    /// A line that is no result: left out with `--json`.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub fn heading(&self, line: &str) -> Result<(), Error> {
        if self.json {
            return Ok(());
        }
        self.pool.print(format_args!("{line}"))
    }

    /// A line on standard error, once, for what differs from run to run, as times do: left out with `--quiet`.
    pub fn note(&self, line: &str) {
        if self.pool.rank() == 0 && !self.quiet {
            say::line(format_args!("{line}"));
        }
    }

    /// The time since the start, and where jobs ran, as [`Report::note`].
    pub fn statistics(&self, statistics: &Statistics) {
        let seconds = self.since.elapsed().as_secs_f64();
        self.note(&format!("Time elapsed: {seconds:.3} s\n{statistics}"));
    }
}
