//! A study under the launcher at hand: what it leaves, and how it is taken up.

use super::{ENV, Place, table};
#[cfg(feature = "mpi")]
use crate::GRANGE;
use crate::SUM_PRIMES;
use crate::support::launcher::launcher_for;
use std::fs;

const OPTIONS: [&str; 6] = ["--ranks", "1,2", "--threads", "1,2", "--repeat", "2"];

/// What a study leaves in its folder.
fn files() -> Vec<&'static str> {
    let mut files = vec![
        "efficiency.png",
        "efficiency.svg",
        "fits.csv",
        "index.html",
        "runs.csv",
        "scaling.csv",
        "speedup.png",
        "speedup.svg",
        "time.png",
        "time.svg",
    ];
    if cfg!(feature = "hdf5") {
        files.push("scaling.h5");
    }
    files.sort_unstable();
    files
}

#[cfg(feature = "mpi")]
#[test]
fn of_a_sum() {
    if launcher_for(SUM_PRIMES, "scaling::of_a_sum").is_none() {
        return;
    }
    let place = Place::new();
    // A name without a path: the program is beside grange.
    let outcome = place.study(&OPTIONS, "sum_primes", &["1e6"]).finish().ok();
    assert!(
        outcome.stdout.contains("all 8 runs gave the same bits"),
        "{outcome}"
    );
    assert!(!outcome.stderr.contains("error"), "{outcome}");
    let found = fs::read_dir(place.path("out")).expect("a folder").flatten();
    let mut found: Vec<_> = found
        .map(|file| file.file_name().into_string().unwrap())
        .collect();
    found.sort_unstable();
    assert_eq!(found, files());
    let page = place.text("out/index.html");
    assert_eq!(page.matches("<svg").count(), 3);
    let scaling = table(&place.text("out/scaling.csv"));
    assert_eq!(scaling.column("cores"), ["1", "2", "2", "4"]);
    assert_eq!(scaling.column("runs"), ["2"; 4]);
    assert!(
        scaling
            .numbers("median_seconds")
            .into_iter()
            .all(|t| t > 0.0)
    );

    // All is done: the same command only tells it again.
    let runs = place.text("out/runs.csv");
    let again = place.study(&OPTIONS, "sum_primes", &["1e6"]).finish().ok();
    assert_eq!(again.stdout, outcome.stdout);
    assert_eq!(place.text("out/runs.csv"), runs);

    // Another is refused, and changes nothing.
    let other = place
        .study(&OPTIONS, "sum_primes", &["2e6"])
        .finish()
        .with_code(2);
    assert!(
        other.errors()[0].contains("it holds another study: the command is"),
        "{other}"
    );
    assert_eq!(place.text("out/runs.csv"), runs);
    let options = ["--restart", "--ranks", "1", "--repeat", "1"];
    place.study(&options, "sum_primes", &["1e6"]).finish().ok();
    assert_eq!(place.text("out/earlier-1/runs.csv"), runs);
    assert_eq!(table(&place.text("out/runs.csv")).rows.len(), 1);
}

#[cfg(feature = "mpi")]
#[test]
fn inside_of_a_launch() {
    let Some(launcher) = launcher_for(SUM_PRIMES, "scaling::inside_of_a_launch") else {
        return;
    };
    let place = Place::new();
    let outcome = launcher
        .run(1, GRANGE)
        .args(["scaling", "--ranks", "2", "--repeat", "1", "--output"])
        .arg(place.path("out"))
        .args(["--", SUM_PRIMES, "1e6"])
        .finish()
        .ok();
    assert!(
        outcome.stdout.contains("there is one run to compare"),
        "{outcome}"
    );
}

#[test]
fn results_that_differ_are_named() {
    let place = Place::new();
    let program = place.script("echo $((RANKS / 4))");
    let options = ["--ranks", "1,2,4", "--repeat", "1", "--launch", ENV];
    let outcome = place.study(&options, &program, &[]).finish().with_code(7);
    let errors = outcome.errors();
    assert!(
        errors.len() == 1 && errors[0].contains("4 ranks x 1 thread, run 1"),
        "{outcome}"
    );
    // It is done for all that.
    assert!(
        place
            .text("out/index.html")
            .contains("Not all runs gave the same results")
    );
    let options = [&options[..], &["--ignore-results"]].concat();
    place.study(&options, &program, &[]).finish().ok();
}

#[test]
fn rounds_take_turns_after_warming_up() {
    let place = Place::new();
    let program = place.script(&format!(
        "echo $RANKS.$THREADS.$RAYON_NUM_THREADS >>{}",
        place.path("order").display()
    ));
    let options = [
        "--ranks",
        "1,3",
        "--threads",
        "2",
        "--repeat",
        "3",
        "--warm-up",
        "1",
        "--launch",
        ENV,
    ];
    place.study(&options, &program, &[]).finish().ok();
    let order = place.text("order");
    let ranks: Vec<&str> = order.lines().map(|line| &line[..1]).collect();
    assert_eq!(ranks, ["1", "3", "1", "3", "3", "1", "1", "3"]);
    assert!(order.lines().all(|line| line.ends_with(".2.2")), "{order}");
    assert_eq!(table(&place.text("out/runs.csv")).rows.len(), 6);
}
