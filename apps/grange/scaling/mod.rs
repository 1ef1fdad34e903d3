//! `grange scaling`: how a program's time depends on ranks and threads.

mod child;
mod environment;
mod expression;
mod fit;
mod launcher;
#[path = "../../sweep/command/launchers.rs"]
mod launchers;
mod log;
mod mode;
mod output;
mod parts;
mod plan;
mod program;
mod results;
mod scale;
mod statistics;
mod study;
mod summary;
mod tell;

use child::guard;
use grange::Error;
use grange::cli::number;
use grange::machine::{self, Launcher};
use mode::Mode;
use plan::List;
use scale::Scale;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

/// Runs a program on each number of ranks with each number of threads, and finds
/// out how it scales.
///
///   grange scaling --ranks 1,2,4,8 --output study -- sum_primes 1e10
///   grange scaling --weak --scale 'N=1e9*p' --ranks 1,2,4 --output weak \
///     -- sum_primes {N}
///   grange scaling --launch 'srun -n {ranks} -c {threads}' --ranks 1,2,4 \
///     --output s -- ./mine
///
/// It starts the program's ranks itself, so start it without mpirun.
///
/// The runs of all configurations take turns, round by round. Their times are
/// those of the program's own reports where it takes --report FILE.json, as
/// grange's programs do, else from the launcher's start to its end. In --output:
/// runs.csv (a line a run), scaling.csv (a line a configuration, with the median
/// time, its interval, speed-up, efficiency, and serial fraction after Karp and
/// Flatt), fits.csv (the laws of Amdahl or Gustafson, and Gunther's), all three
/// in scaling.h5, figures as .svg and .png, and index.html with all of it.
///
/// The program is asked for its --help first, to learn whether it takes --report.
///
/// A rank gets its number of threads in RAYON_NUM_THREADS and OMP_NUM_THREADS.
/// The launcher is srun in a Slurm allocation, else the mpirun or mpiexec on PATH
/// that goes with the program's MPI library; one rank is started by it as well.
///
/// With --weak the problem grows: {N} in the program's arguments stands for the
/// value of --scale N=EXPRESSION, with p = ranks x threads, ranks, threads, + - *
/// / ^ ( ), sqrt, cbrt, round, floor and ceil. The expression is to make the work
/// grow as p. Whole numbers are exact.
///
/// A study that is stopped, or fails, is taken up by the same command where it was.
///
/// Exit codes: 0 done; 2 usage; 3 a run failed; 6 done, without some runs that
/// failed (--keep-going); 7 done, but the results differ; 75 stopped, to be taken
/// up by the same command.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The same problem on each number of cores (the default)
    #[arg(long, conflicts_with = "weak")]
    strong: bool,

    /// A problem that grows with the number of cores
    #[arg(long, requires = "scale")]
    weak: bool,

    /// A size of the problem, as N=1e9*p; may be given several times
    #[arg(long, value_name = "N=EXPRESSION", value_parser = Scale::parse, requires = "weak")]
    scale: Vec<Scale>,

    /// Numbers of ranks
    #[arg(long, value_name = "1,2,4", value_parser = List::parse, allow_hyphen_values = true)]
    ranks: List,

    /// Numbers of threads of each rank
    #[arg(long, value_name = "1,2", value_parser = List::parse, default_value = "1", allow_hyphen_values = true)]
    threads: List,

    /// Runs of each configuration
    #[arg(long, value_name = "N", value_parser = repeats, default_value = "5", allow_hyphen_values = true)]
    repeat: u32,

    /// Runs of each configuration before the first round, which do not count
    #[arg(long, value_name = "N", value_parser = warm_ups, default_value = "0", allow_hyphen_values = true)]
    warm_up: u32,

    /// A folder for all results, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    output: PathBuf,

    /// What starts the ranks, with {ranks} and {threads} in it
    #[arg(long, value_name = "'LAUNCHER -n {ranks}'")]
    launch: Option<String>,

    /// A run that takes longer has failed: seconds, or 90s, 10m, 1:00:00
    #[arg(long, value_name = "TIME", value_parser = number::positive_seconds, allow_hyphen_values = true)]
    timeout: Option<Duration>,

    /// Go on when a run fails
    #[arg(long)]
    keep_going: bool,

    /// Do not compare what the runs print, such as times
    #[arg(long)]
    ignore_results: bool,

    /// Begin afresh; what is in the folder is kept in one of its own there
    #[arg(long)]
    restart: bool,

    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM [ARGUMENTS]")]
    command: Vec<String>,
}

fn repeats(text: &str) -> Result<u32, String> {
    number::bounded(text, 1, 1_000_000).map(|n| n as u32)
}

fn warm_ups(text: &str) -> Result<u32, String> {
    number::bounded(text, 0, 1000).map(|n| n as u32)
}

impl Args {
    fn mode(&self) -> Mode {
        match self.weak {
            true => Mode::Weak,
            false => Mode::Strong,
        }
    }

    /// That each size has a place.
    fn check(&self) -> Result<(), Error> {
        for scale in &self.scale {
            let place = scale.place();
            if !self
                .command
                .iter()
                .skip(1)
                .any(|word| word.contains(&place))
            {
                return Err(Error::Usage(format!(
                    "--scale {}: there is no {place} in the program's arguments",
                    scale.text()
                )));
            }
        }
        Ok(())
    }
}

/// What this process is to be, where it was started to see to it that a study leaves nothing behind.
pub fn stand_guard() -> Option<ExitCode> {
    guard::is_asked().then(guard::stand)
}

/// One of several processes that a launcher started: each would do the whole study.
fn among_many(launcher: Option<Launcher>) -> Option<Launcher> {
    launcher.filter(|found| found.size.is_some_and(|size| size > 1) || !found.is_first())
}

/// The first of them tells, since it is the same for all; the others leave it the time for that, before the launcher
/// ends all because one has failed.
fn refuse(launcher: &Launcher) -> ExitCode {
    if launcher.is_first() {
        tell::error(&Error::Usage(format!(
            "{} started several of this command, which starts the program's ranks itself: start it without mpirun or \
             srun",
            launcher.name
        )));
    } else {
        thread::sleep(Duration::from_secs(1));
    }
    ExitCode::from(2)
}

/// Does a study.
pub fn run(args: &Args) -> ExitCode {
    if let Some(launcher) = among_many(machine::launcher()) {
        return refuse(&launcher);
    }
    match args.check().and_then(|()| study::run(args)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            match error {
                Error::Interrupted(_) => tell::line(format_args!("grange: {error}")),
                _ => tell::error(&error),
            }
            ExitCode::from(error.code())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_does_a_study_and_no_more() {
        let of = |size, rank| {
            let name = "srun";
            among_many(Some(Launcher { name, size, rank })).is_some()
        };
        assert!(among_many(None).is_none() && !of(Some(1), Some(0)) && !of(None, None));
        assert!(of(Some(2), Some(0)) && of(Some(2), Some(1)) && of(None, Some(1)));
    }
}
