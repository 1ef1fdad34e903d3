//! What is said while a study runs, on standard error.

use super::log::record::Record;
use super::plan::{Configuration, Step};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::fmt;
use std::io::{IsTerminal, stderr};
use std::time::Duration;

pub use crate::say::{error, line};

/// How far a study is: a bar on a terminal, else a line a run.
pub struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    repeats: u32,
}

impl Progress {
    /// Of so many runs, of which some are done.
    pub fn new(total: usize, done: usize, repeats: u32) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(total as u64), target);
            if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len} runs{wide_msg}") {
                bar.set_style(style);
            }
            bar.set_position(done as u64);
            // A long run is to be seen as one that goes on.
            bar.enable_steady_tick(Duration::from_secs(1));
            bar
        });
        Progress {
            bar,
            total,
            repeats,
        }
    }

    /// A run begins.
    pub fn begins(&self, what: &str, left: Option<Duration>) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!(", {what}{}", in_words(left)));
        }
    }

    /// A run is over.
    pub fn ends(&self, record: &Record, done: usize, left: Option<Duration>) {
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
            return;
        }
        let Step { at, repeat } = record.step;
        let how = record.outcome();
        line(format_args!(
            "grange: {at}, run {repeat} of {}: {how} ({done}/{} runs{})",
            self.repeats,
            self.total,
            in_words(left)
        ));
    }

    /// A line, above the bar if there is one.
    pub fn line(&self, text: fmt::Arguments<'_>) {
        match &self.bar {
            Some(bar) => bar.suspend(|| line(text)),
            None => line(text),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// As every run says it.
fn in_words(left: Option<Duration>) -> String {
    let whole = left.map_or(0, |left| left.as_secs_f64().round() as u64);
    match whole {
        0 => String::new(),
        1..120 => format!(", {whole} s left"),
        120..7200 => format!(", {} min {} s left", whole / 60, whole % 60),
        _ => format!(", {} h {} min left", whole / 3600, whole / 60 % 60),
    }
}

/// How long the steps that are left will take, if each takes as long as those of its configuration did, or as an
/// average run where there are none.
pub fn time_left(records: &[Record], steps: &[Step]) -> Option<Duration> {
    let mut of: HashMap<Configuration, (f64, f64)> = HashMap::new();
    let mut all = (0.0, 0.0);
    for record in records {
        let entry = of.entry(record.step.at).or_default();
        for sum in [entry, &mut all] {
            *sum = (sum.0 + record.launch_seconds, sum.1 + 1.0);
        }
    }
    if records.is_empty() {
        return None;
    }
    let mean = |step: &Step| {
        let (sum, count) = of.get(&step.at).unwrap_or(&all);
        sum / count
    };
    Duration::try_from_secs_f64(steps.iter().map(mean).sum()).ok()
}

#[cfg(test)]
mod tests {
    use super::super::log::record::tests::record;
    use super::*;

    #[test]
    fn times_have_the_units_of_other_programs() {
        for (seconds, text) in [
            (0.3, ""),
            (17.2, ", 17 s left"),
            (125.0, ", 2 min 5 s left"),
            (7500.0, ", 2 h 5 min left"),
        ] {
            assert_eq!(in_words(Some(Duration::from_secs_f64(seconds))), text);
        }
        assert_eq!(in_words(None), "");
    }

    #[test]
    fn what_is_left_is_told_by_what_was() {
        let records = [record(1, 1, 3.75), record(2, 1, 1.75), record(1, 2, 5.75)];
        let step = |ranks| Step {
            at: Configuration { ranks, threads: 1 },
            repeat: 3,
        };
        assert_eq!(time_left(&[], &[step(1)]), None);
        // Means of 5 and 2, and of (4 + 2 + 6) / 3 for what was not seen.
        let left = time_left(&records, &[step(1), step(2), step(7)]);
        assert_eq!(left, Some(Duration::from_secs(11)));
    }
}
