//! The tests.

mod audit;
mod corners;
mod damage;
mod failures;
mod jobs;
mod kept;
mod maps;
mod nested;
mod reductions;
mod results;
mod slow;
mod survive;
mod times;

use super::launch;
use libtest_mimic::{Failed, Trial};

/// All of them; those that need a launcher are ignored, with a line that says so, where there is none, but
/// never in CI.
pub fn all() -> Vec<Trial> {
    let launched = launch::launcher().is_some();
    if !launched && cfg!(feature = "mpi") && std::env::var_os("CI").is_none() {
        eprintln!("no mpirun on the PATH: tests under a launcher are ignored");
    }
    let ignore = !launched && (!cfg!(feature = "mpi") || std::env::var_os("CI").is_none());
    let tests = [
        reductions::ALL,
        results::ALL,
        maps::ALL,
        nested::ALL,
        failures::ALL,
        slow::ALL,
        jobs::ALL,
        corners::ALL,
        kept::ALL,
        audit::ALL,
        damage::ALL,
        survive::ALL,
        times::ALL,
    ]
    .concat();
    // What is kept is kept in HDF5.
    let possible = |test: &Test| cfg!(feature = "hdf5") || !test.name.starts_with("kept");
    tests
        .into_iter()
        .filter(possible)
        .map(
            |Test {
                 name,
                 launcher,
                 run,
             }| {
                Trial::test(name, move || {
                    run();
                    Ok::<_, Failed>(())
                })
                .with_ignored_flag(launcher && ignore)
            },
        )
        .collect()
}

/// One test.
#[derive(Clone, Copy)]
pub struct Test {
    name: &'static str,
    /// Whether it needs a launcher.
    launcher: bool,
    run: fn(),
}

const fn alone(name: &'static str, run: fn()) -> Test {
    Test {
        name,
        launcher: false,
        run,
    }
}

const fn ranks(name: &'static str, run: fn()) -> Test {
    Test {
        name,
        launcher: true,
        run,
    }
}
