//! Each test among hosts of its own, where this machine can have them.

use crate::hosts::SCRIPT;
use crate::support::launcher::{Launcher, Library};
use crate::support::run::Run;
use crate::{Test, tests};
use libtest_mimic::{Arguments, Trial};
use std::time::Duration;

/// Far more than any test should take; the hosts, and all that runs on them, end with it.
const DEADLINE: Duration = Duration::from_secs(120);

/// All of them; ignored, with a line that says why, where there can be no hosts.
pub fn trials(arguments: &Arguments) -> Vec<Trial> {
    let missing = match arguments.list {
        true => None,
        false => missing(),
    };
    if let Some(why) = &missing {
        // Not a failure in CI either: containers there seldom may have namespaces.
        eprintln!("SKIPPED: tests over several hosts: {why}");
    }
    let trial = |test: Test| {
        let run = move || {
            among(4, &["inside", test.name]).finish().ok();
            Ok(())
        };
        Trial::test(test.name, run).with_ignored_flag(missing.is_some())
    };
    tests().map(trial).collect()
}

/// This program, among so many hosts.
fn among(hosts: u32, args: &[&str]) -> Run {
    let me = std::env::current_exe().expect("this program has a path");
    let run = Run::new(SCRIPT).args(["run", &hosts.to_string()]).arg(me);
    run.args(args).deadline(DEADLINE)
}

/// What is missing, if anything is: two hosts are tried.
fn missing() -> Option<String> {
    if cfg!(not(target_os = "linux")) {
        return Some("they are made of Linux namespaces".into());
    }
    if Library::named_in(&grange::versions::text()) != Some(Library::OpenMpi) {
        return Some("they want Open MPI".into());
    }
    let mpirun = Launcher::of(Library::OpenMpi).is_some_and(|l| l.path().ends_with("mpirun"));
    if !mpirun {
        return Some("no mpirun of Open MPI on PATH".into());
    }
    let tried = Run::new(SCRIPT)
        .args(["run", "2", SCRIPT, "mpirun", "hostname"])
        .finish();
    let there = |host: &str| tried.stdout.lines().any(|line| line == host);
    if tried.code() == Some(0) && there("h1") && there("h2") {
        return None;
    }
    let said = tried.stderr.lines().find(|line| !line.trim().is_empty());
    Some(format!(
        "two of them cannot be had here ({})",
        said.unwrap_or("no word of why")
    ))
}
