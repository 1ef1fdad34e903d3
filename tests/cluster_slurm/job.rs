//! A job of one of the scripts.

use crate::node::{Node, ask, said};
use crate::{cluster, until};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A job that was submitted.
pub struct Job {
    number: String,
    folder: PathBuf,
}

/// Submits a script as it stands, from `folder`, with options of sbatch before it and the script's arguments.
#[track_caller]
pub fn submit(folder: &Path, options: &[&str], script: &str, args: &[&str]) -> Job {
    submit_with(cluster::programs(), folder, options, script, args)
}

/// The same with programs from elsewhere.
#[track_caller]
pub fn submit_with(
    programs: &Path,
    folder: &Path,
    options: &[&str],
    script: &str,
    args: &[&str],
) -> Job {
    let script = cluster::root().join(format!("scripts/slurm/{script}.sbatch"));
    let number = said(
        Command::new("sbatch")
            .arg("--parsable")
            .args(options)
            .arg(script)
            .args(args)
            .current_dir(folder)
            .env("GRANGE_BIN", programs),
    );
    Job {
        number: number.trim().to_owned(),
        folder: folder.to_owned(),
    }
}

impl Job {
    /// One that was submitted from `folder` in another way.
    pub fn numbered(number: &str, folder: &Path) -> Self {
        Job {
            number: number.to_owned(),
            folder: folder.to_owned(),
        }
    }

    /// What Slurm calls it.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// What Slurm says of it at one time, such as `JobState`; empty where it says nothing of that.
    pub fn fields<const N: usize>(&self, names: [&str; N]) -> [String; N] {
        let all = ask("scontrol", ["show", "job", "--oneliner", &self.number]);
        names.map(|name| {
            let mut words = all.split_whitespace();
            let value = words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value.unwrap_or_default().to_owned()
        })
    }

    /// `PENDING`, `RUNNING`, ...
    pub fn state(&self) -> String {
        let [state] = self.fields(["JobState"]);
        state
    }

    /// The node that its script runs on, while it does.
    pub fn runs_on(&self) -> Option<Node> {
        let [state, host] = self.fields(["JobState", "BatchHost"]);
        (state == "RUNNING" && !host.is_empty()).then(|| Node::first_of(&host))
    }

    /// The same of one that runs.
    #[track_caller]
    pub fn node(&self) -> Node {
        self.runs_on()
            .unwrap_or_else(|| panic!("job {} is {}", self.number, self.state()))
    }

    /// What it has written so far; all parts of an array, one after the other.
    pub fn output(&self) -> String {
        let entries = fs::read_dir(&self.folder).expect("the folder is there");
        let mut files: Vec<PathBuf> = entries.map(|e| e.expect("a name").path()).collect();
        files.sort();
        let mine = |path: &PathBuf| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let number = stem.rsplit('-').next().unwrap_or_default();
            path.extension().is_some_and(|kind| kind == "out")
                && number.split('_').next() == Some(&self.number)
        };
        let texts = files.into_iter().filter(mine).map(fs::read);
        texts
            .map(|bytes| String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned())
            .collect()
    }

    /// Waits until `is`, for which the output and the state are shown where it never comes.
    #[track_caller]
    pub fn until(&self, what: &str, mut is: impl FnMut(&Self) -> bool) {
        let told = || format!("job {}: {}\n{}", self.number, self.state(), self.output());
        until::some(what, told, || is(self).then_some(()));
    }

    /// Waits until the output has that text so often.
    #[track_caller]
    pub fn until_said(&self, text: &str, times: usize) {
        self.until(&format!("said '{text}' {times} time(s)"), |job| {
            job.output().matches(text).count() >= times
        });
    }

    /// Waits until no part of it is in the queue, running or coming to its end.
    #[track_caller]
    pub fn until_over(&self) {
        self.until("over", |job| {
            let args = ["--noheader", "--jobs", job.number()];
            // It forgets jobs that were over long ago.
            let left = Command::new("squeue").args(args).output();
            left.is_ok_and(|left| left.stdout.is_empty())
        });
    }

    /// Waits until it is over, which must be well.
    #[track_caller]
    pub fn finish(&self) -> String {
        self.until_over();
        let output = self.output();
        assert_eq!(self.state(), "COMPLETED", "{output}");
        output
    }

    /// The checkpoint that `requeue.sbatch` makes where none is named.
    pub fn checkpoint(&self) -> PathBuf {
        self.folder.join(format!("requeue-{}.h5", self.number))
    }

    /// The same program once more with the checkpoint as it is now, here and not by Slurm: a file that came to
    /// harm would be refused, or warned of.
    #[track_caller]
    pub fn again(&self, args: &[&str]) -> String {
        let output = Command::new(cluster::programs().join(args[0]))
            .args(&args[1..])
            .arg("--checkpoint")
            .arg(self.checkpoint())
            .current_dir(&self.folder)
            .output()
            .unwrap_or_else(|e| panic!("{args:?}: {e}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        let fine = output.status.success() && !errors.contains("grange: warning");
        assert!(fine, "{args:?}: {}\n{errors}", output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What tells a checkpoint from another.
    pub fn progress(&self) -> Option<Vec<u8>> {
        let file = fs::File::open(self.checkpoint()).ok()?;
        let mut head = Vec::new();
        file.take(512).read_to_end(&mut head).ok()?;
        Some(head)
    }

    /// Waits until a run is at work: what it writes first may have nothing in it yet.
    #[track_caller]
    pub fn until_progress(&self) {
        let mut seen = self.progress();
        let mut changes = 0;
        self.until("kept something new", |job| {
            let now = job.progress();
            if now != seen {
                (seen, changes) = (now, changes + 1);
            }
            changes >= 2
        });
    }
}
