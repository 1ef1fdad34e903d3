//! grange's own command: what a machine looks like to grange, how a program scales, what a run did, batch scripts.

mod doctor;
mod figures;
mod find;
mod report;
mod say;
mod sbatch;
mod scaling;
mod staged;

use clap::{Parser, Subcommand};
use grange::cli;
use std::process::ExitCode;

/// What there is to know around a run of grange's programs.
///
///   mpirun -n 4 grange doctor        is this allocation in order?
///   grange report run.h5             what did a run do?
///   grange scaling --ranks 1,2,4 --output study -- ./sum_primes 1e10
///                                    how does a program scale?
///   grange sbatch --nodes 4 --time 2h -- ./sum_primes 1e13 --checkpoint run.h5
///                                    a script for Slurm
#[derive(Parser)]
#[command(name = "grange", version, verbatim_doc_comment)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Doctor(doctor::Args),
    Scaling(scaling::Args),
    Report(report::Args),
    Sbatch(sbatch::Args),
}

fn main() -> ExitCode {
    if let Some(code) = scaling::stand_guard() {
        return code;
    }
    if let Some(code) = cli::generate::<Args>() {
        return code;
    }
    match Args::try_parse() {
        Ok(args) => match &args.command {
            Command::Doctor(args) => doctor::run(args),
            Command::Scaling(args) => scaling::run(args),
            Command::Report(args) => report::run(args),
            Command::Sbatch(args) => sbatch::run(args),
        },
        Err(error) => cli::explain(&error),
    }
}
