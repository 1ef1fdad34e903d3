//! The scripts of one job each, as they stand.

use super::folder;
use crate::cluster;
use crate::job::{submit, submit_with};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

const BELOW_1E9: &str = "Sum of primes below 1000000000 is 24739512092254535";

pub fn all() {
    let here = folder("scripts");
    let sum = ["sum_primes", "1e9"];
    let many = submit(&here, &[], "many-nodes", &sum);
    let hybrid = submit(&here, &[], "hybrid", &sum);
    let study = ["--repeat", "1", "--ranks", "1,2", "--", "sum_primes", "1e8"];
    let scaling = submit(&here, &[], "scaling", &study);
    let array = submit(&here, &[], "array", &["0", "1e9", "sum_primes"]);
    // A build below the folder, and the script's own example.
    let built = folder("built");
    let target = built.join("target");
    fs::create_dir(&target).expect("a new folder");
    symlink(cluster::programs(), target.join("release")).expect("a new link");
    let alone = submit_with(Path::new(""), &built, &[], "one-node", &[]);

    let output = alone.finish();
    assert!(
        output.contains("Sum of primes below 10000000000 is 2220822432581729238\n"),
        "{output}"
    );
    for job in [&many, &hybrid] {
        let output = job.finish();
        assert!(output.lines().any(|line| line == BELOW_1E9), "{output}");
    }
    let output = scaling.finish();
    assert!(output.contains("all 2 runs gave the same bits"), "{output}");
    let page = here.join(format!("scaling-{}/index.html", scaling.number()));
    assert!(page.is_file(), "{output}");

    array.until_over();
    let output = array.output();
    let parts = output.lines().filter(|line| line.starts_with("Sum of"));
    let sums = parts.map(|line| line.rsplit(' ').next()?.parse::<u128>().ok());
    let sums: Option<Vec<u128>> = sums.collect();
    let sums = sums.expect("each part prints a number");
    assert_eq!(
        (sums.len(), sums.iter().sum::<u128>()),
        (10, 24_739_512_092_254_535),
        "{output}"
    );
}
