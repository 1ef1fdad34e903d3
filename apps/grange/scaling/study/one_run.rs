//! One run of a study, and what is known of it then.

use super::super::child::{Exit, Finished, Task};
use super::super::log::record::{Record, now};
use super::super::plan::Step;
use super::super::{parts, scale};
use super::Study;
use grange::Error;
use std::fs;
use std::path::PathBuf;

/// Of what a run that failed said.
const LINES: usize = 15;

impl Study<'_> {
    /// Does one run. Gives also the last that it said, if it failed.
    pub fn one(&self, step: Step) -> Result<(Record, Vec<String>), Error> {
        self.check_stopped()?;
        let at = step.at;
        let template = self.args.command.get(1..).unwrap_or_default();
        let wrong = |problem: String| Error::Usage(problem);
        let arguments = scale::arguments(template, &self.args.scale, at).map_err(wrong)?;
        let report = self.report();
        let mut command = vec![self.program.path.clone()];
        if let Some(report) = &report {
            // One of an earlier run is not this run's.
            let _ = fs::remove_file(report);
            command.extend(["--report".into(), report.display().to_string()]);
        }
        command.extend(arguments);
        let began = now();
        let task = Task {
            words: &self.launcher.words(at, &command),
            environment: &self.launcher.environment(at),
            timeout: self.args.timeout,
        };
        let program = task.words.first().map_or("", String::as_str);
        let finished = self
            .nursery
            .run(&task)
            .map_err(|e| Error::user(format!("{program} cannot be started: {e}")))?;
        let told = report.as_ref().map(|path| parts::read(path));
        let _ = report.map(fs::remove_file);
        self.check_stopped()?;
        let mut record = Record {
            step,
            sizes: scale::sizes(&self.args.scale, at).map_err(wrong)?,
            seconds: finished.seconds,
            launch_seconds: finished.seconds,
            exit: finished.exit.to_string(),
            digest: finished.stdout.digest(),
            parts: None,
            began,
        };
        if finished.exit == Exit::Code(0)
            && let Some(told) = told
        {
            match told.and_then(|told| told.of(at)) {
                Ok(told) => {
                    record.seconds = told.wall_seconds;
                    record.parts = Some(told.parts);
                    record.digest = told.digest;
                }
                Err(problem) => record.exit = problem.to_string(),
            }
        }
        let said = last_words(&finished);
        Ok((record, said))
    }

    /// Where a run is to leave its report.
    fn report(&self) -> Option<PathBuf> {
        let path = self.args.output.join("run.json");
        self.program
            .reports
            .then(|| std::path::absolute(&path).unwrap_or(path))
    }
}

fn last_words(finished: &Finished) -> Vec<String> {
    let mut lines = finished.stderr.last_lines(LINES);
    if lines.is_empty() {
        lines = finished.stdout.last_lines(LINES);
    }
    lines
}
