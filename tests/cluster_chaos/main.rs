//! Runs that are killed by anything at any moment, and resumed on any number of ranks and threads: in the end
//! they give the bits of a run that never failed.
//!
//! This program is both: started as `cluster_chaos work FILE` it is one rank of such a run; started by
//! `cargo test` it starts, kills and resumes them. `CHAOS=N` sets how many (40; 2,000 with `GRANGE_LONG`),
//! `SEED=N` which is the first, to have a failure again.

mod campaign;
mod dice;
mod harm;
#[path = "../support/mod.rs"]
mod support;
mod work;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some("work") {
        return work::main(args.next().map(Into::into));
    }
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let trial = Trial::test("killed_and_resumed_with_the_same_bits", || {
        campaign::run();
        Ok(())
    });
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}
