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
use super::support::company;
use libtest_mimic::{Failed, Trial};

/// These use more than two thirds of a core all along, or measure how busy threads are.
const BY_THEMSELVES: [&str; 16] = [
    "a_busy_driver_holds_nobody_up",
    "audit_of_what_is_right",
    "calls_of_threads_on_ranks",
    "histogram_of_100_mb_stays_within_three",
    "imap_alone",
    "jobs_a_hundred_thousand_alone",
    "jobs_a_hundred_thousand_of_all_kinds",
    "jobs_cancelled_while_their_inputs_travel",
    "jobs_with_large_inputs_and_results",
    "jobs_with_large_inputs_where_nobody_works",
    "many_results_on_ranks",
    "payload_past_2_gib",
    "same_bits_by_threads_and_by_ranks",
    "same_bits_on_any_ranks_and_threads",
    "same_bits_with_any_schedule",
    "waiting_is_cheap",
];

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
    for name in BY_THEMSELVES {
        assert!(tests.iter().any(|test| test.name == name), "no test {name}");
    }
    // What is kept is kept in HDF5.
    let possible = |test: &Test| cfg!(feature = "hdf5") || !test.name.starts_with("kept");
    let (busy, calm): (Vec<Test>, Vec<Test>) = tests
        .into_iter()
        .filter(possible)
        .partition(|test| BY_THEMSELVES.contains(&test.name) || in_module(times::ALL, test));
    let trial = |test: Test, company: fn(fn())| {
        Trial::test(test.name, move || {
            company(test.run);
            Ok::<_, Failed>(())
        })
        .with_ignored_flag(test.launcher && ignore)
    };
    // Those that want all to themselves come last, so that they hold nobody up.
    let calm = calm.into_iter().map(|test| trial(test, company::beside));
    let busy = busy.into_iter().map(|test| trial(test, company::by_itself));
    calm.chain(busy).collect()
}

fn in_module(module: &[Test], test: &Test) -> bool {
    module.iter().any(|one| one.name == test.name)
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
