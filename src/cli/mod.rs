//! What the command lines of grange's programs have in common; of use to a program of one's own.

mod generate;
mod identity;
pub mod jobs;
pub mod number;
mod self_test;
mod serve;

pub use generate::generate;
pub use self_test::{SelfTest, main_tested};

use crate::comm::launcher;
use crate::engine::schedule::Schedule;
use crate::error::Error;
use crate::exec::layout::MOST_THREADS;
use crate::pool::{Builder, Pool, Verdict};
use crate::progress::Showing;
use crate::say;
pub use crate::say::Stdout;
use clap::error::ErrorKind;
use clap::{ArgGroup, Parser};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Options that every program takes.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Running", group = ArgGroup::new("open").args(["elastic", "servers"]).multiple(true))]
pub struct Common {
    /// Threads of each rank, instead of its share of the node's cores
    #[arg(long, value_name = "N", value_parser = threads, allow_hyphen_values = true)]
    pub threads: Option<usize>,

    /// How work is cut into leases: static, dynamic, guided, trapezoid, factoring or adaptive (the default),
    /// each optionally with ,CHUNK. Changes the time, never the result
    #[arg(long, value_name = "KIND[,CHUNK]")]
    pub schedule: Option<Schedule>,

    /// Items of a grain, the smallest unit that is scheduled, instead of what the program finds good
    #[arg(long, value_name = "N", value_parser = grain, allow_hyphen_values = true)]
    pub grain: Option<u128>,

    /// Keep what is done in FILE.h5: the same command resumes after a signal, a time limit or a crash
    #[arg(long, value_name = "FILE.h5", help_heading = "Stopping and resuming")]
    pub checkpoint: Option<PathBuf>,

    /// Write the checkpoint so often
    #[arg(long, value_name = "TIME", value_parser = number::positive_seconds, default_value = "30",
          allow_hyphen_values = true, help_heading = "Stopping and resuming")]
    pub checkpoint_every: Duration,

    /// Begin afresh; a checkpoint that is there already is kept beside the new one
    #[arg(long, requires = "checkpoint", help_heading = "Stopping and resuming")]
    pub restart: bool,

    /// Stop in time to be over by then, so that the same command resumes: 1:50:00, 90m, 600. With --checkpoint
    /// the end of a Slurm job (SLURM_JOB_END_TIME) counts as well
    #[arg(long, value_name = "TIME", value_parser = number::positive_seconds, allow_hyphen_values = true,
          help_heading = "Stopping and resuming")]
    pub time_limit: Option<Duration>,

    /// When stopped by SIGINT, SIGTERM, SIGUSR1 or the time limit, let what has begun take so long
    #[arg(long, value_name = "TIME", value_parser = number::positive_seconds, default_value = "10",
          allow_hyphen_values = true, help_heading = "Stopping and resuming")]
    pub grace: Duration,

    /// Compute that share of the grains, such as 1%, again on another rank and compare the bits
    #[arg(long, value_name = "SHARE", value_parser = number::share, allow_hyphen_values = true)]
    pub audit: Option<f64>,

    /// Let others join while it goes on: the same command with --join DIR, anywhere DIR is seen
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with = "join",
        help_heading = "Joining"
    )]
    pub elastic: Option<PathBuf>,

    /// Take part in the run that has --elastic DIR, or that listens at HOST:PORT (that takes --secret)
    #[arg(long, value_name = "DIR|HOST:PORT", help_heading = "Joining")]
    pub join: Option<String>,

    /// Take in the standing servers that listen there, now or later, beside those in the DIR of --elastic; without that
    /// it takes --secret
    #[arg(
        long,
        value_name = "HOST:PORT,...",
        value_delimiter = ',',
        conflicts_with = "join",
        help_heading = "Joining"
    )]
    pub servers: Vec<String>,

    /// Be a standing server: wait for runs that have the DIR, or that are told where it listens (with --secret), and
    /// take part in one at a time. Takes --threads, --grace, --listen, --secret and --quiet only
    #[arg(long, value_name = "DIR", num_args = 0..=1, help_heading = "Joining")]
    pub serve: Option<Option<PathBuf>>,

    /// As a server: take part in runs whose arguments have commands to run in them, too
    #[arg(long, requires = "serve", help_heading = "Joining")]
    pub allow_commands: bool,

    /// Listen for those who join at that address, such as 0.0.0.0, instead of for this host's only
    #[arg(
        long,
        value_name = "HOST[:PORT]",
        requires = "open",
        help_heading = "Joining"
    )]
    pub listen: Option<String>,

    /// With --elastic and --listen: be found by UDP broadcasts, where no directory is shared. With --secret alone: join
    /// the run that is found so
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "7879",
          conflicts_with = "join", help_heading = "Joining")]
    pub discover: Option<u16>,

    /// The file with the secret that those who join must have, instead of the one in DIR
    #[arg(long, value_name = "FILE", help_heading = "Joining")]
    pub secret: Option<PathBuf>,

    /// Show what is done, the speed and the time left on standard error: as a bar, or in a log a line every 30 s
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Where the time goes"
    )]
    pub progress: Showing,

    /// At the end say on standard error where the time went: efficiency, ranks, the largest loss
    #[arg(long, help_heading = "Where the time goes")]
    pub stats: bool,

    /// At the end write where the time went, span by span, as FILE.h5 or FILE.json
    #[arg(long, value_name = "FILE", help_heading = "Where the time goes")]
    pub report: Option<PathBuf>,

    /// At the end write what every thread did when, as trace events for a viewer such as Perfetto
    #[arg(long, value_name = "FILE.json", help_heading = "Where the time goes")]
    pub trace: Option<PathBuf>,

    /// Print one JSON object on standard output instead of text
    #[arg(long)]
    pub json: bool,

    /// No hints and warnings; results and errors are printed all the same
    #[arg(long)]
    pub quiet: bool,
}

fn threads(text: &str) -> Result<usize, String> {
    number::bounded(text, 1, MOST_THREADS.into()).map(|n| n as usize)
}

fn grain(text: &str) -> Result<u128, String> {
    number::bounded(text, 1, 1 << 100)
}

/// Parses the command line and runs `f` on every rank with it.
///
/// `--help`, `--version` and errors are printed once, not once a rank; a bad command line is one line on
/// standard error and exit code 2. `common` finds the [`Common`] options among the program's own.
pub fn main<A: Parser, V: Verdict>(
    common: impl Fn(&A) -> &Common,
    f: impl FnOnce(&Pool, &A) -> Result<V, Error>,
) -> ExitCode {
    if let Some(code) = generate::<A>() {
        return code;
    }
    if let Some(code) = serve::serve(&common) {
        return code;
    }
    match A::try_parse() {
        Ok(args) => {
            let c = common(&args);
            let words = identity::arguments();
            let builder = Builder::new()
                .quiet(c.quiet)
                .schedule(c.schedule)
                .grain(c.grain)
                .audit(c.audit)
                .checkpoint(c.checkpoint.clone())
                .checkpoint_every(c.checkpoint_every)
                .restart(c.restart)
                .time_limit(c.time_limit)
                .grace(c.grace)
                .show(match (c.progress, c.quiet) {
                    (Showing::Auto, true) => None,
                    (showing, _) => Some(showing),
                })
                .stats(c.stats)
                .report(c.report.clone())
                .trace(c.trace.clone())
                .elastic(c.elastic.clone())
                .join(c.join.clone())
                .listen(c.listen.clone())
                .discover(c.discover)
                .secret(c.secret.clone())
                .servers(c.servers.clone())
                .version(identity::text(&words))
                .arguments(words);
            let builder = c.threads.into_iter().fold(builder, Builder::threads);
            builder.run(|pool| f(pool, &args))
        }
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                let mut text = error.render().to_string();
                if error.kind() == ErrorKind::DisplayVersion {
                    text = format!("{} ({})", text.trim_end(), crate::versions::text());
                }
                Builder::new()
                    .quiet(true)
                    .run(|pool| pool.print(format_args!("{}", text.trim_end())))
            }
            _ => {
                let text = one_line(&error);
                Builder::new()
                    .quiet(true)
                    .run(|_| Err::<(), _>(Error::Usage(text)))
            }
        },
    }
}

/// Prints what clap has to say where no program runs: help and the version on standard output, a bad command
/// line as one line on standard error. Gives the exit code.
pub fn explain(error: &clap::Error) -> ExitCode {
    // Under a launcher once, not once a rank.
    let tells = launcher::is_first();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            if tells {
                let _ = error.print();
            }
            ExitCode::SUCCESS
        }
        _ => {
            if tells {
                say::error(&one_line(error));
            }
            ExitCode::from(2)
        }
    }
}

/// The gist of what clap says over several lines.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let gist = text
        .split("\n\n")
        .next()
        .unwrap_or("")
        .trim_start_matches("error: ");
    let words: Vec<&str> = gist.split_whitespace().collect();
    words.join(" ") + " (see --help)"
}

/// Prints results as text or, with `--json`, as one object: `{"program", "results", "ranks", "threads",
/// "lost", "seconds"}`, where `lost` are the ranks that the run went on without.
#[derive(Debug)]
pub struct Report<'p> {
    pool: &'p Pool,
    program: &'static str,
    json: bool,
    quiet: bool,
    since: Instant,
    results: Vec<Value>,
}

impl<'p> Report<'p> {
    /// Starts the clock.
    pub fn new(pool: &'p Pool, program: &'static str, common: &Common) -> Self {
        Report {
            pool,
            program,
            json: common.json,
            quiet: common.quiet,
            since: Instant::now(),
            results: Vec::new(),
        }
    }

    /// One result: `line` as text, `value` for JSON.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub fn result(&mut self, line: &str, value: Value) -> Result<(), Error> {
        self.pool.note_result(&value);
        if self.json {
            self.results.push(value);
            return Ok(());
        }
        self.pool.print(format_args!("{line}"))
    }

    /// The last word.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub fn finish(self) -> Result<(), Error> {
        if !self.json {
            return Ok(());
        }
        let object = json!({
            "program": self.program,
            "results": self.results,
            "ranks": self.pool.size(),
            "threads": self.pool.total_threads(),
            "lost": self.pool.lost(),
            "seconds": self.since.elapsed().as_secs_f64(),
        });
        self.pool.print(format_args!("{object}"))
    }
}
