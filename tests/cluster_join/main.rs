//! Jobs that join a run while it goes on, leave it and die: the run gives the bits that it gives alone.
//!
//! This program is both: started as `cluster_join work` it is such a run, or joins one, as its environment says;
//! started by `cargo test` it starts them, and with `CLUSTER_JOIN=app` it has the command line of a program. `SEED=N` sets the moments of the test of coming and going;
//! `GRANGE_LONG=1` has it go on for longer.

mod app;
#[path = "../cluster_chaos/dice.rs"]
mod dice;
mod hostile;
mod jobs;
mod scenes;
mod servers;
#[path = "../support/mod.rs"]
mod support;
mod visits;
mod work;

use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;

type Test = (&'static str, fn());

/// One process that joins.
const VISITS: &[Test] = &[
    ("joiners_change_nothing", visits::joiners_change_nothing),
    (
        "a_late_joiner_hears_of_earlier_calls",
        visits::a_late_joiner_hears_of_earlier_calls,
    ),
    (
        "a_joiner_leaves_when_asked",
        visits::a_joiner_leaves_when_asked,
    ),
    (
        "a_joiner_has_a_time_limit",
        visits::a_joiner_has_a_time_limit,
    ),
    ("a_joiner_is_killed", visits::a_joiner_is_killed),
    ("a_joiner_stands_still", visits::a_joiner_stands_still),
    ("a_joiner_fails", visits::a_joiner_fails),
    ("coming_and_going", visits::coming_and_going),
    ("jobs_run_on_joiners", visits::jobs_run_on_joiners),
    ("values_that_ranks_hold", visits::values_that_ranks_hold),
    ("ranks_are_joined", visits::ranks_are_joined),
    ("a_run_that_is_killed", visits::a_run_that_is_killed),
];

/// Jobs of several ranks that join.
const JOBS: &[Test] = &[
    ("ranks_join_as_one", jobs::ranks_join_as_one),
    ("ranks_join_ranks", jobs::ranks_join_ranks),
    ("ranks_that_joined_leave", jobs::ranks_that_joined_leave),
    (
        "ranks_that_joined_are_killed",
        jobs::ranks_that_joined_are_killed,
    ),
    (
        "a_job_goes_on_without_a_rank",
        jobs::a_job_goes_on_without_a_rank,
    ),
    ("a_rank_that_joined_fails", jobs::a_rank_that_joined_fails),
    (
        "all_sorts_of_jobs_on_ranks_that_joined",
        jobs::all_sorts_of_jobs_on_ranks_that_joined,
    ),
    ("ranks_that_joined_audit", jobs::ranks_that_joined_audit),
    ("ranks_that_are_refused", jobs::ranks_that_are_refused),
];

/// Standing servers.
const SERVERS: &[Test] = &[
    (
        "an_idle_server_is_taken_in",
        servers::an_idle_server_is_taken_in,
    ),
    ("a_server_appears", servers::a_server_appears),
    ("two_servers", servers::two_servers),
    (
        "a_server_without_a_directory",
        servers::a_server_without_a_directory,
    ),
    (
        "a_named_server_comes_late",
        servers::a_named_server_comes_late,
    ),
    (
        "a_busy_server_comes_later",
        servers::a_busy_server_comes_later,
    ),
    ("a_server_is_killed", servers::a_server_is_killed),
    ("a_server_is_told_to_end", servers::a_server_is_told_to_end),
    (
        "a_run_of_a_server_is_killed",
        servers::a_run_of_a_server_is_killed,
    ),
    (
        "another_build_of_a_server",
        servers::another_build_of_a_server,
    ),
    (
        "another_secret_of_a_server",
        servers::another_secret_of_a_server,
    ),
    ("a_server_is_no_run", servers::a_server_is_no_run),
    ("rubbish_for_a_server", servers::rubbish_for_a_server),
    ("ranks_take_servers_in", servers::ranks_take_servers_in),
];

/// Those who mean no good.
const HOSTILE: &[Test] = &[
    (
        "another_program_is_refused",
        hostile::another_program_is_refused,
    ),
    (
        "another_secret_is_refused",
        hostile::another_secret_is_refused,
    ),
    (
        "a_secret_that_others_read_is_refused",
        hostile::a_secret_that_others_read_is_refused,
    ),
    (
        "a_thousand_hostile_connections",
        hostile::a_thousand_hostile_connections,
    ),
];

fn main() -> ExitCode {
    if std::env::var("CLUSTER_JOIN").as_deref() == Ok("app") {
        return app::main();
    }
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some("work") {
        return work::main();
    }
    let mut arguments = Arguments::from_args();
    // Their runs wait much more than they compute.
    arguments.test_threads.get_or_insert(4);
    // They are the same without MPI, and take long.
    let servers = if cfg!(feature = "mpi") {
        SERVERS
    } else {
        &SERVERS[..3]
    };
    let tests = [VISITS, JOBS, servers, HOSTILE].concat();
    let trials = tests.into_iter().map(|(name, test)| {
        Trial::test(name, move || {
            test();
            Ok::<(), Failed>(())
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}
