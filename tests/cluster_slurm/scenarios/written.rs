//! Scripts that `grange sbatch` writes and submits.

use super::folder;
use crate::cluster;
use crate::job::Job;
use crate::node::said;
use std::process::Command;

pub fn all() {
    let here = folder("written");
    let submit = |options: &[&str], program: &[&str]| {
        let grange = cluster::programs().join("grange");
        let mut command = Command::new(grange);
        let command = command.arg("sbatch").arg("--submit").args(options);
        let answer = said(command.arg("--").args(program).current_dir(&here));
        let number = answer.split_whitespace().last();
        Job::numbered(number.expect("sbatch says a number"), &here)
    };
    let options = ["--nodes=2", "--threads=2", "--time=10m"];
    let once = submit(&options, &["sum_primes", "1e9"]);
    let options = ["--ranks-per-node=2", "--time=0-1", "--option=comment=mine"];
    let lasting = ["sum_primes", "1e9", "--checkpoint=it's mine.h5", "--stats"];
    let lasting = submit(&options, &lasting);
    for (job, ranks) in [(once, "on 4 thread(s) of 2"), (lasting, "of 2 rank(s)")] {
        let output = job.finish();
        let sum = "Sum of primes below 1000000000 is 24739512092254535";
        assert!(output.lines().any(|line| line == sum), "{output}");
        // Where it was asked.
        let stats = output.contains("parallel efficiency");
        assert_eq!(stats, output.contains(ranks), "{output}");
    }
    assert!(here.join("it's mine.h5").is_file());
}
