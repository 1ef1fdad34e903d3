//! `grange sbatch`: a batch script for Slurm.

mod command;
mod header;
mod script;
mod submit;
mod time;

use crate::{say, staged};
use grange::Error;
use grange::cli::number;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::ExitCode;
use time::Time;

/// Writes a batch script for Slurm, and submits it if asked.
///
///   grange sbatch --nodes 4 --time 2:00:00 -- sum_primes 1e13 --checkpoint run.h5 > run.sbatch
///   grange sbatch --nodes 2 --ranks-per-node 4 --threads 8 --time 30m --submit -- ./mine
///
/// With --checkpoint FILE among the program's arguments the job is put back into the queue as often as its time
/// runs out, it is preempted or a node fails, until the program is done; each time it goes on from FILE.
///
/// Without --threads nodes are not shared with other jobs, and the ranks of a node share its cores.
///
/// Exit codes: 0 done; 2 usage; 3 the script cannot be written, or sbatch refuses it.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Nodes of the job
    #[arg(long, short = 'N', value_name = "N", value_parser = count, default_value = "1", allow_hyphen_values = true)]
    nodes: u32,

    /// MPI ranks on each node
    #[arg(long, value_name = "N", value_parser = count, default_value = "1", allow_hyphen_values = true)]
    ranks_per_node: u32,

    /// Cores of each rank; the job then takes no more of a node than it needs
    #[arg(long, value_name = "N", value_parser = count, allow_hyphen_values = true)]
    threads: Option<u32>,

    /// Wall time of the job, as Slurm writes it (1:30:00, 2-00:00:00) or as 90m; the partition's default without it
    #[arg(long, short = 't', value_name = "TIME", value_parser = Time::parse, allow_hyphen_values = true)]
    time: Option<Time>,

    /// Where to run: a partition of the cluster's
    #[arg(long, short = 'p', value_name = "NAME", value_parser = header::word)]
    partition: Option<String>,

    /// Who pays
    #[arg(long, short = 'A', value_name = "NAME", value_parser = header::word)]
    account: Option<String>,

    /// Name of the job; the program's without it
    #[arg(long, value_name = "NAME", value_parser = header::word)]
    name: Option<String>,

    /// Any other option of sbatch's, such as constraint=icelake or exclude=n7; may be given several times
    #[arg(long, value_name = "NAME[=VALUE]", value_parser = header::option, allow_hyphen_values = true)]
    option: Vec<String>,

    /// A module to load first; may be given several times
    #[arg(long, value_name = "NAME", value_parser = header::word)]
    module: Vec<String>,

    /// How srun and the MPI library find one another; `srun --mpi=list` says what there is. By default pmix for Open
    /// MPI, pmi2 for MPICH and its relatives
    #[arg(long, value_name = "TYPE", value_parser = header::word)]
    mpi: Option<String>,

    /// A file for the script, instead of standard output
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,

    /// Give the script to sbatch
    #[arg(long)]
    submit: bool,

    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM [ARGUMENTS]")]
    command: Vec<String>,
}

fn count(text: &str) -> Result<u32, String> {
    number::bounded(text, 1, 1_000_000).map(|n| n as u32)
}

/// Writes it.
pub fn run(args: &Args) -> ExitCode {
    match write(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            ExitCode::from(error.code())
        }
    }
}

fn write(args: &Args) -> Result<(), Error> {
    let command = command::Command::of(&args.command)?;
    let text = script::text(args, &command);
    for hint in command.hints() {
        say::line(format_args!("grange: hint: {hint}"));
    }
    match &args.output {
        Some(path) => {
            staged::write(path, text.as_bytes())?;
            // It may be run in an allocation as well.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o755));
        }
        None if !args.submit => say::out(&text)?,
        None => {}
    }
    match args.submit {
        true => submit::submit(&text),
        false => Ok(()),
    }
}
