//! When a job is not to be started again.

use super::{SUM, SUM_IS, folder};
use crate::job::{submit, submit_with};
use crate::node::ask;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Programs that end in ways of which the script is to make something: by name, their text.
const PROGRAMS: [(&str, &str); 3] = [
    ("standing", "exit 75"),
    ("failing", "exit 3"),
    (
        "creeping",
        "echo \"generation $SLURM_RESTART_COUNT\" >\"$2\"; exit 75",
    ),
];

pub fn all() {
    let here = folder("endings");
    for (name, text) in PROGRAMS {
        let path = here.join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a new file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the file is there");
    }
    let options = [
        "--nodes=1",
        "--exclusive=user",
        "--export=ALL,MAX_RESTARTS=1",
    ];
    let start = |name| submit_with(&here, &here, &options, "requeue", &[name]);
    let [standing, failing, creeping] = PROGRAMS.map(|(name, _)| start(name));
    for (job, runs, says) in [
        (&failing, 1, ""),
        (&standing, 2, "two runs in a row left"),
        (&creeping, 2, "giving up after 1 restarts"),
    ] {
        job.until_over();
        let output = job.output();
        assert_eq!(job.state(), "FAILED", "{output}");
        assert_eq!(
            output.matches("run ").count() - output.matches("run of").count(),
            runs,
            "{output}"
        );
        assert!(output.contains(says), "{output}");
    }

    // Cancelled: it stops well, and stays away, until it is submitted again.
    let cancelled = submit(&here, &["--nodes=1"], "requeue", &SUM);
    cancelled.until_progress();
    ask("scancel", [cancelled.number()]);
    cancelled.until_over();
    let output = cancelled.output();
    assert_eq!(cancelled.state(), "CANCELLED", "{output}");
    assert!(output.contains("grange: stopped by SIGTERM"), "{output}");
    let file = cancelled.checkpoint();
    let file = file.to_string_lossy();
    let again = [&SUM[..], &["--checkpoint", &file]].concat();
    let output = submit(&here, &["--nodes=1"], "requeue", &again).finish();
    assert!(
        output.contains("resumes from") && output.contains(SUM_IS),
        "{output}"
    );
    assert_eq!(cancelled.state(), "CANCELLED");
}
