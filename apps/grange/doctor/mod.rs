//! `grange doctor`: what this machine or allocation looks like to grange, and what is wrong with it.
//!
//! | module | concept |
//! | --- | --- |
//! | [`survey`], [`numa`], [`storage`], [`probe`] | what a rank finds out about itself and its node |
//! | [`among`] | from the start of MPI to its end, with a limit for everything |
//! | [`leader`], [`follower`], [`letter`], [`ping`] | what rank 0 and the others say to one another |
//! | [`facts`], [`nodes`] | all that was found out, by rank and by node |
//! | [`findings`], [`finding`] | what of it is not as it should be |
//! | [`starter`], [`remedy`] | the launcher at hand, and its options that mend it |
//! | [`report`], [`text`], [`ranges`], [`units`] | for programs and for people |

// Without MPI there is nobody to ask. What judges answers is compiled and tested all the same.
#![cfg_attr(not(feature = "mpi"), expect(dead_code))]

#[cfg(feature = "mpi")]
mod among;
mod facts;
mod finding;
mod findings;
#[cfg(feature = "mpi")]
mod follower;
#[cfg(feature = "mpi")]
mod leader;
mod letter;
mod nodes;
mod numa;
mod ping;
mod probe;
mod ranges;
mod remedy;
mod report;
mod starter;
mod storage;
mod survey;
mod text;
mod units;

use facts::{Facts, Trouble};
use finding::Severity;
use grange::cli::number;
use grange::machine;
use report::Report;
use starter::Starter;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::Duration;
use survey::Survey;

/// Say what this machine or allocation looks like to grange, and how to mend what is wrong with it.
///
///   grange doctor                    this machine
///   mpirun -n 4 grange doctor        as a run on 4 ranks would find it
///   srun grange doctor --strict      in a batch script: go on only if all is well
///
/// It takes some 2 s. Ranks are asked for their cores, compute the same for
/// 50 ms, and exchange messages with rank 0. Findings are numbered, the worst
/// first: error (a run would fail), warning (it would be slow), note.
///
/// The exit code is 0 whatever is found, but 1 with --strict where there is an
/// error or a warning. A launcher that lets ranks die leaves with 0 itself.
#[derive(clap::Args, Clone, Copy)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Leave with 1 where there is an error or a warning
    #[arg(long)]
    strict: bool,

    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,

    /// Wait so long for MPI to start: seconds, or 500ms, 2m
    #[arg(long, value_name = "TIME", value_parser = number::positive_seconds, default_value = "60",
          allow_hyphen_values = true)]
    patience: Duration,
}

/// Looks, tells, and gives the exit code.
pub fn run(args: &Args) -> ExitCode {
    let launcher = machine::launcher();
    let library = machine::mpi_library();
    let name = library.as_ref().map_or("", |library| library.name.as_str());
    let facts = Facts {
        starter: Starter::of(launcher.as_ref(), name),
        survives: machine::lets_ranks_die(),
        // mpirun hands its settings on to the ranks.
        watchful: std::env::var_os("OMPI_MCA_oob_tcp_keepalive_time").is_some(),
        // So does srun.
        fenced: std::env::var_os("SLURM_PMIX_FENCE").is_some(),
        launcher: launcher.clone(),
        library,
        ..Facts::default()
    };
    match launcher {
        None => ExitCode::from(alone(*args, facts, None)),
        #[cfg(feature = "mpi")]
        Some(launcher) => among::run(*args, &facts, &launcher),
        #[cfg(not(feature = "mpi"))]
        Some(launcher) => {
            let several = launcher.size.filter(|&size| size > 1);
            let trouble = several.map(|started| Trouble::Apart { started, world: 1 });
            // Once, not once a process. A launcher ends all at the first that fails, so only that one may.
            ExitCode::from(match (&trouble, launcher.rank.unwrap_or(0)) {
                (Some(_), 1..) => 0,
                _ => alone(*args, facts, trouble),
            })
        }
    }
}

/// Looks at this machine alone, and tells.
fn alone(args: Args, mut facts: Facts, trouble: Option<Trouble>) -> u8 {
    facts.surveys = vec![Some(Survey::look(0, 0))];
    facts.probes.insert(0, probe::run());
    facts.trouble = trouble;
    tell(args, &facts)
}

/// Prints the report; gives the exit code.
fn tell(args: Args, facts: &Facts) -> u8 {
    let report = Report::of(facts, findings::of(facts));
    let text = match args.json {
        true => serde_json::to_string(&report).map_err(io::Error::from),
        false => Ok(text::of(&report)),
    };
    let mut out = io::stdout().lock();
    let written = text.and_then(|text| writeln!(out, "{text}").and_then(|()| out.flush()));
    match written {
        // Who has read enough has no complaint.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            // Nobody being there to read it changes nothing.
            let _ = writeln!(io::stderr(), "grange: error: standard output: {error}");
            3
        }
        _ => {
            let bad = |severity| severity <= Severity::Warning;
            let is_bad = report.findings.iter().any(|found| bad(found.severity));
            u8::from(args.strict && is_bad)
        }
    }
}
