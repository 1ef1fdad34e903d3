//! Calls of the pool under a real launcher: results, failures, and that nothing ever hangs.
//!
//! This program is both: started as `cluster_calls scenario NAME …` under `mpirun` it is one rank of a
//! scenario; started by `cargo test` it runs the tests, each of which starts scenarios and looks at what they
//! print, how they exit and how long they take.

mod expect;
mod launch;
mod place;
mod scenarios;
#[path = "../support/mod.rs"]
mod support;
mod tests;

use libtest_mimic::Arguments;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some("scenario") {
        let name = args.next().unwrap_or_default();
        return scenarios::run(&name, &args.collect::<Vec<_>>());
    }
    let mut arguments = Arguments::from_args();
    // They wait most of the time: `support::company` has which of them may do so beside others.
    arguments.test_threads.get_or_insert(3);
    libtest_mimic::run(&arguments, tests::all()).exit_code()
}
