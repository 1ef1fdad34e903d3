//! A study from its beginning, or from where it was stopped, to its end.

mod one_run;

use super::child::Nursery;
use super::launcher::Launcher;
use super::log::Log;
use super::log::identity::{FORMAT, Identity};
use super::log::record::Record;
use super::output::{self, Outcome};
use super::plan::{Configuration, Step, configurations, steps};
use super::program::Program;
use super::tell::{self, Progress};
use super::{Args, environment, fit, results, scale, summary};
use grange::{Error, versions};

/// All that a run needs.
struct Study<'a> {
    args: &'a Args,
    nursery: Nursery,
    program: Program,
    launcher: Launcher,
    all: Vec<Configuration>,
}

/// Does it, and gives the exit code.
///
/// # Errors
/// When it cannot be done, or was stopped.
pub fn run(args: &Args) -> Result<u8, Error> {
    let study = Study::prepare(args)?;
    let identity = study.identity();
    let mut log = Log::open(&args.output, &identity, args.restart)?;
    study.all_runs(&mut log)?;
    study.conclude(&log, &identity)
}

impl<'a> Study<'a> {
    fn prepare(args: &'a Args) -> Result<Self, Error> {
        let all = configurations(&args.ranks, &args.threads);
        let (name, template) = args
            .command
            .split_first()
            .ok_or_else(|| Error::Usage("no program is named".into()))?;
        // Known before anything is started.
        for &at in &all {
            scale::arguments(template, &args.scale, at).map_err(Error::Usage)?;
        }
        let nursery = Nursery::new(environment::of_launchers())
            .map_err(|e| Error::user(format!("cannot watch over programs: {e}")))?;
        let program = Program::find(name, &nursery)?;
        let launcher = match &args.launch {
            Some(line) => Launcher::of_line(line)?,
            None => Launcher::find(&program, &nursery)?,
        };
        Ok(Study {
            args,
            nursery,
            program,
            launcher,
            all,
        })
    }

    fn identity(&self) -> Identity {
        let args = self.args;
        let of_program = self.program.version.as_deref();
        Identity {
            format: FORMAT.0.into(),
            version: FORMAT.1,
            program: self.program.path.clone(),
            program_digest: self.program.digest.clone(),
            arguments: args.command.iter().skip(1).cloned().collect(),
            mode: args.mode().to_string(),
            scale: args.scale.iter().map(|s| s.text().to_owned()).collect(),
            ranks: args.ranks.to_string(),
            threads: args.threads.to_string(),
            repeat: args.repeat,
            warm_up: args.warm_up,
            reports: self.program.reports,
            launcher: self.launcher.version.clone(),
            versions: of_program.map_or_else(versions::text, str::to_owned),
        }
    }

    /// Does those that are not done.
    fn all_runs(&self, log: &mut Log) -> Result<(), Error> {
        let steps = steps(&self.all, self.args.repeat);
        let is_done = |log: &Log, step: &Step| {
            let mut records = log.records().iter();
            records.any(|record| record.step == *step && record.is_good())
        };
        let left: Vec<Step> = steps
            .iter()
            .filter(|step| !is_done(log, step))
            .copied()
            .collect();
        let mut done = steps.len() - left.len();
        if left.is_empty() {
            tell::line(format_args!("grange: all {done} runs are done already"));
            return Ok(());
        }
        self.introduce(done, steps.len());
        let progress = Progress::new(steps.len(), done, self.args.repeat);
        for round in 0..self.args.warm_up {
            for &at in self
                .all
                .iter()
                .filter(|&&at| left.iter().any(|step| step.at == at))
            {
                progress.begins(&format!("{at}, warming up"), None);
                self.check_run(
                    &self.one(Step {
                        at,
                        repeat: round + 1,
                    })?,
                    &progress,
                )?;
            }
        }
        for (i, &step) in left.iter().enumerate() {
            let remaining = left.get(i..).unwrap_or_default();
            progress.begins(
                &format!("{}, run {}", step.at, step.repeat),
                tell::time_left(log.records(), remaining),
            );
            let (record, said) = self.one(step)?;
            log.append(record.clone())?;
            done += 1;
            let remaining = left.get(i + 1..).unwrap_or_default();
            progress.ends(&record, done, tell::time_left(log.records(), remaining));
            self.check_run(&(record, said), &progress)?;
        }
        Ok(())
    }

    /// What to know before the first run.
    fn introduce(&self, done: usize, total: usize) {
        let say = |text: std::fmt::Arguments<'_>| tell::line(format_args!("grange: {text}"));
        if done > 0 {
            say(format_args!(
                "{done} of {total} runs are done already, in {}",
                self.args.output.display()
            ));
        }
        let clock = match self.program.reports {
            true => "their own reports",
            false => "the launcher's start and end",
        };
        say(format_args!(
            "{total} run(s) of {}, timed by {clock}, started by {}",
            self.program.path, self.launcher.version
        ));
        let most = self.all.iter().map(|at| at.cores()).max().unwrap_or(0);
        let cores = self.launcher.cores;
        if most > cores {
            say(format_args!(
                "hint: up to {most} threads, and there are {cores} core(s) here: where threads share cores, times are \
                 no measure of scaling"
            ));
        }
    }

    /// Whether to go on after a run.
    fn check_run(
        &self,
        (record, said): &(Record, Vec<String>),
        progress: &Progress,
    ) -> Result<(), Error> {
        if record.is_good() {
            return Ok(());
        }
        let Step { at, repeat } = record.step;
        for line in said {
            progress.line(format_args!("  {line}"));
        }
        let text = format!("{at}, run {repeat}: {}", record.outcome());
        if self.args.keep_going {
            progress.line(format_args!("grange: warning: {text}"));
            return Ok(());
        }
        Err(Error::user(format!(
            "{text}; what is done is kept, and the same command goes on; with --keep-going it does so after failures"
        )))
    }

    fn check_stopped(&self) -> Result<(), Error> {
        let Some(signal) = self.nursery.stopped() else {
            return Ok(());
        };
        let name = signal_hook::low_level::signal_name(signal).unwrap_or("a signal");
        let without = if self.args.restart {
            " without --restart"
        } else {
            ""
        };
        Err(Error::Interrupted(format!(
            "stopped by {name}; what is done is kept in {}, and the same command{without} goes on",
            self.args.output.display()
        )))
    }

    /// Tables, figures, and the exit code.
    fn conclude(&self, log: &Log, identity: &Identity) -> Result<u8, Error> {
        let mode = self.args.mode();
        let summaries = summary::summarize(mode, &self.all, log.records());
        if summaries.is_empty() {
            return Err(Error::user("no run went well, so there is nothing to tell"));
        }
        let points: Vec<fit::Point> = summaries
            .iter()
            .map(|summary| (summary.at.cores() as f64, summary.seconds.median))
            .collect();
        let same = match self.args.ignore_results {
            true => Ok("results were not compared".into()),
            false => results::compare(log.records()),
        };
        let outcome = Outcome {
            identity,
            mode,
            cores: self.launcher.cores,
            records: log.records(),
            fits: fit::all(mode, &points),
            same: &same,
            compared: !self.args.ignore_results,
            summaries,
        };
        output::write(&self.args.output, &outcome)?;
        let failed = outcome.summaries.len() < self.all.len()
            || outcome.summaries.iter().any(|summary| summary.failed > 0);
        if let Err(different) = &same {
            for line in different {
                tell::line(format_args!("grange: error: other results: {line}"));
            }
            return Ok(7);
        }
        Ok(if failed { 6 } else { 0 })
    }
}
