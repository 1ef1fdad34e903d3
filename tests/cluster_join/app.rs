//! A program with the command line that programs have, for servers.

use crate::work;
use clap::Parser;
use grange::cli::{self, Common};
use std::process::ExitCode;

#[derive(Parser)]
struct Args {
    items: u64,
    #[command(flatten)]
    common: Common,
}

pub fn main() -> ExitCode {
    cli::main(
        |args: &Args| &args.common,
        |pool, args| work::all(pool, args.items),
    )
}
