//! Batch scripts that `grange sbatch` writes. That they work is seen under a real Slurm, in `cluster_slurm`.

use super::support::outcome::Outcome;
use super::support::run::Run;
use super::support::temp::Temp;
use super::{GRANGE, SUM_PRIMES};
use std::fs;

fn sbatch(options: &str, program: &[&str]) -> Run {
    let run = Run::new(GRANGE)
        .arg("sbatch")
        .args(options.split_whitespace());
    run.arg("--").args(program)
}

fn lines(outcome: &Outcome, begin: &str) -> Vec<String> {
    let lines = outcome
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix(begin));
    lines.map(str::to_owned).collect()
}

/// That a shell can read it.
fn assert_reads(text: &str) {
    let folder = Temp::new();
    let path = folder.path().join("script");
    fs::write(&path, text).expect("a new file");
    Run::new("bash").arg("-n").arg(path).finish().ok();
}

#[test]
fn one_that_comes_back_until_it_is_done() {
    let options = "-N 4 --ranks-per-node 2 --threads 8 --time 90m -p long -A phys --name big \
                   --option constraint=icelake --option --hold --module openmpi/4 --module hdf5 --mpi pmi2";
    let program = [SUM_PRIMES, "1e13", "--checkpoint", "my run.h5", "it's"];
    let outcome = sbatch(options, &program).finish().ok();
    assert_eq!(
        lines(&outcome, "#SBATCH --"),
        [
            "job-name=big",
            "nodes=4",
            "ntasks-per-node=2",
            "cpus-per-task=8",
            "time=01:30:00",
            "partition=long",
            "account=phys",
            "output=%x-%j.out",
            "open-mode=append",
            "requeue",
            "signal=B:USR1@120",
            "constraint=icelake",
            "hold",
        ]
    );
    // Words stay words.
    let set = format!("{SUM_PRIMES} 1e13 --checkpoint 'my run.h5' 'it'\\''s'");
    assert_eq!(lines(&outcome, "set -- "), [set]);
    assert_eq!(lines(&outcome, "export SLURM_MPI_TYPE="), ["pmi2"]);
    for module in ["openmpi/4", "hdf5"] {
        assert!(outcome.stdout.contains(&format!("module load {module};")));
    }
    assert!(outcome.stdout.contains("scontrol requeue"), "{outcome}");
    assert_eq!(outcome.stderr, "");
    assert_reads(&outcome.stdout);
}

#[test]
fn one_that_runs_once() {
    let outcome = sbatch("", &["sum_primes", "1e9"]).finish().ok();
    assert_eq!(
        lines(&outcome, "#SBATCH --"),
        [
            "job-name=sum_primes",
            "nodes=1",
            "ntasks-per-node=1",
            "exclusive",
            "output=%x-%j.out"
        ]
    );
    // Beside this program.
    assert_eq!(lines(&outcome, "set -- "), [format!("{SUM_PRIMES} 1e9")]);
    assert_eq!(outcome.hints().len(), 1, "{outcome}");
    assert!(!outcome.stdout.contains("requeue"), "{outcome}");
    assert_reads(&outcome.stdout);

    let folder = Temp::new();
    let path = folder.path().join("run.sbatch");
    let run = Run::new(GRANGE).args(["sbatch", "--output"]).arg(&path);
    let written = run.args(["--", SUM_PRIMES, "1e9"]).finish().ok();
    assert_eq!(written.stdout, "");
    let text = fs::read_to_string(path).expect("a script");
    assert_eq!(text, outcome.stdout);
}

#[test]
fn what_is_no_job_is_refused() {
    for (options, says) in [
        ("--nodes 0", "too small"),
        ("--time 90", "90m"),
        ("--time soon", "expected"),
        ("--name a'b", "without spaces"),
        ("--option -p", "an option of sbatch's"),
        ("--module a#b", "a name"),
        ("--output /no/such/folder/x", "No such file"),
    ] {
        let outcome = sbatch(options, &[SUM_PRIMES]).finish();
        assert!(
            matches!(outcome.code(), Some(2 | 3)),
            "{options}: {outcome}"
        );
        let errors = outcome.errors();
        assert!(
            errors.len() == 1 && errors[0].contains(says),
            "{options}: {outcome}"
        );
    }
    for program in [
        &["no-such-program"][..],
        &["/etc/passwd"],
        &["sh", "a\nb"],
        &["sh", "--checkpoint"],
    ] {
        let outcome = sbatch("", program).finish().with_code(2);
        assert_eq!(outcome.errors().len(), 1, "{outcome}");
    }
    let run = sbatch("--submit", &[SUM_PRIMES]).env("PATH", "/nowhere");
    let outcome = run.finish().with_code(2);
    assert!(
        outcome.errors()[0].contains("no sbatch on PATH"),
        "{outcome}"
    );
}
