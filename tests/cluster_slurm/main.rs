//! The batch scripts of `scripts/slurm` under a real Slurm, on a cluster of several nodes that exists for one
//! test, on this machine: nodes break, are taken away and are cut off, and the last word is right.
//!
//! This program is both: started by `cargo test` it brings up a cluster for each test, by
//! `tests/clusters/slurm.sh`; in there it is started as `cluster_slurm scenario NAME`, submits jobs, does what
//! harm there is to do, and looks at what came of it.

mod cluster;
mod job;
mod missing;
mod node;
mod scenarios;
#[path = "../support/mod.rs"]
mod support;
mod until;

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some("scenario") {
        scenarios::run(&args.next().unwrap_or_default());
        return ExitCode::SUCCESS;
    }
    let mut arguments = Arguments::from_args();
    // They wait for Slurm most of the time, each for its own.
    arguments.test_threads.get_or_insert(4);
    let missing = if arguments.list {
        None
    } else {
        missing::look()
    };
    if let Some(missing) = &missing {
        // Namespaces are not everybody's to have: not a failure in CI either.
        eprintln!("SKIPPED: tests under Slurm: {missing}");
    }
    let trials = scenarios::ALL.iter().map(|scenario| {
        Trial::test(scenario.name, || {
            cluster::of(scenario.nodes)
                .arg("scenario")
                .arg(scenario.name)
                .finish()
                .ok();
            Ok::<_, Failed>(())
        })
        .with_ignored_flag(missing.is_some())
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
