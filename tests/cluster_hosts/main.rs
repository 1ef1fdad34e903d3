//! Runs over several hosts, whose cables are cut and whose power goes.
//!
//! This program is three: started by `cargo test` it sets up several hosts on this machine for each test, by
//! `tests/clusters/hosts.sh`, and starts itself among them as `cluster_hosts inside TEST`. That starts programs
//! by `mpirun` over the hosts, `cluster_hosts work …` one of them, and does to the hosts what the test is about.

mod hosts;
mod joined;
mod lost;
mod outside;
#[path = "../support/mod.rs"]
mod support;
mod together;
mod work;

use libtest_mimic::Arguments;
use std::process::ExitCode;

/// A test, which runs among the hosts.
#[derive(Clone, Copy)]
pub struct Test {
    pub name: &'static str,
    pub run: fn(),
}

fn tests() -> impl Iterator<Item = Test> {
    [together::ALL, lost::ALL, joined::ALL].concat().into_iter()
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("work") => return work::main(&args.collect::<Vec<_>>()),
        Some("inside") => {
            let name = args.next().unwrap_or_default();
            let test = tests().find(|test| test.name == name);
            // What it finds wrong it tells by a panic.
            (test.expect("a test of that name").run)();
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let mut arguments = Arguments::from_args();
    // They mostly wait, but not only.
    arguments.test_threads = Some(2);
    libtest_mimic::run(&arguments, outside::trials(&arguments)).exit_code()
}
