//! Hosts to which nothing happens.

use crate::hosts::{mpirun, mpirun_on, wait_until};
use crate::support::left::signal;
use crate::support::outcome::Outcome;
use crate::support::run::Run;
use crate::support::temp::Temp;
use crate::{Test, work};

const USR1: i32 = 10;
/// Stopped, and to be resumed.
const RESUMABLE: i32 = 75;

pub const ALL: &[Test] = &[
    Test {
        name: "same_bits_on_four_hosts",
        run: same_bits,
    },
    Test {
        name: "the_doctor_names_the_hosts",
        run: doctor,
    },
    Test {
        name: "stopped_by_a_signal_to_mpirun",
        run: signalled,
    },
];

fn names_all(text: &str, outcome: &Outcome) {
    for host in ["h1", "h2", "h3", "h4"] {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        let named = words.any(|word| word == host);
        assert!(named, "no {host}: {outcome}");
    }
}

fn same_bits() {
    let primes = env!("CARGO_BIN_EXE_sum_primes");
    let run = mpirun().args([primes, "1e9", "--stats"]).finish().ok();
    // OEIS A046731.
    assert!(run.stdout.ends_with(" 24739512092254535\n"), "{run}");
    names_all(&run.stderr, &run);
    for command in [
        &[primes, "--jobs", "1e6", "2e6", "3e6"][..],
        &[env!("CARGO_BIN_EXE_sweep"), "k=1:20:1", "c=0.1:0.5:0.1"],
    ] {
        let alone = Run::new(command[0]).args(&command[1..]).finish().ok();
        let run = mpirun().args(command).finish().ok();
        assert!(!alone.stdout.is_empty(), "{alone}");
        assert_eq!(run.stdout, alone.stdout, "{run}");
    }
    let folder = Temp::new();
    let run = work::by(mpirun(), &folder.path().join("run.h5"), 0);
    let run = run.finish().ok();
    assert_eq!(run.stdout, work::expected(folder.path()), "{run}");
}

fn doctor() {
    let run = mpirun().args([env!("CARGO_BIN_EXE_grange"), "doctor"]);
    let run = run.finish().ok();
    names_all(&run.stdout, &run);
}

fn signalled() {
    let folder = Temp::new();
    let file = folder.path().join("run.h5");
    let run = work::by(mpirun(), &file, 40).start();
    wait_until(&run, 30, || file.exists());
    signal(run.id() as i32, USR1);
    let outcome = run.finish().with_code(RESUMABLE);
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert!(outcome.stderr.contains("the same command"), "{outcome}");
    let outcome = work::by(mpirun_on("h2,h3"), &file, 0).finish().ok();
    assert_eq!(outcome.stdout, work::expected(folder.path()), "{outcome}");
}
