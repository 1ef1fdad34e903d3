//! Several runs side by side.

use super::labels::{date, join};
use super::{WIDE, arguments};
use crate::figures::words::{percent, seconds};
use crate::figures::{Axis, Bar, Bars, Breadth, Page, Table};
use crate::report::model::{Parts, Report};
use serde_json::Value;

/// A run and what to call it.
pub type Named = (String, Report);

/// The page; the first run is what others are compared with.
pub fn page(runs: &[Named]) -> Page {
    let mut page = Page::new(&title(runs));
    page.lead(&sameness(runs));
    if groups(runs).len() > 1 {
        page.alert("The results are not the same: see the column of results.");
    }
    let odd: Vec<&str> = runs
        .iter()
        .filter(|(_, run)| run.exit_code != 0 || !run.lost.is_empty())
        .map(|(name, _)| name.as_str())
        .collect();
    if !odd.is_empty() {
        page.alert(&format!("Not all went well in: {}", join(odd)));
    }
    page.heading("Wall time");
    page.figure(
        &bars(runs).draw(),
        Breadth::Full,
        "The length of a bar is the run's wall time; its parts are what the cores' time went into.",
    );
    page.heading("Runs").table(&table(runs));
    page.heading("Losses").table(&losses(runs));
    page.heading("Commands and versions").table(&commands(runs));
    page
}

fn title(runs: &[Named]) -> String {
    let mut programs: Vec<&str> = runs.iter().map(|(_, run)| run.program.as_str()).collect();
    programs.dedup();
    format!("{} runs of {}", runs.len(), join(programs))
}

/// Runs with the same results have the same number, in order of appearance.
pub fn groups(runs: &[Named]) -> Vec<&[Value]> {
    let mut groups: Vec<&[Value]> = Vec::new();
    for (_, run) in runs {
        if !groups.contains(&run.results.as_slice()) {
            groups.push(&run.results);
        }
    }
    groups
}

/// Whether results are the same, in words.
pub fn sameness(runs: &[Named]) -> String {
    let different = match groups(runs).len() {
        _ if runs.iter().all(|(_, run)| run.results.is_empty()) => {
            "No run has results to compare.".into()
        }
        1 => format!(
            "All {} runs have the same results, bit for bit.",
            runs.len()
        ),
        many => format!("{} runs have {many} different results.", runs.len()),
    };
    let (first, rest) = match runs.split_first() {
        Some((first, rest)) => (&first.1, rest),
        None => return different,
    };
    let work = arguments::of_work(&first.arguments);
    let same = |(_, run): &Named| {
        run.program == first.program && arguments::of_work(&run.arguments) == work
    };
    if rest.iter().all(same) {
        different
    } else {
        format!("{different} They are not all runs of the same command.")
    }
}

/// Of the parts of these runs.
fn names(runs: &[Named]) -> Vec<String> {
    Parts::names(runs.iter().map(|(_, run)| run.core_seconds.clone()))
}

fn bars(runs: &[Named]) -> Bars {
    let bar = |(name, run): &Named| {
        let threads = run.threads.max(1) as f64;
        Bar {
            name: name.clone(),
            values: run
                .core_seconds
                .values()
                .iter()
                .map(|v| v / threads)
                .collect(),
        }
    };
    Bars {
        title: String::new(),
        axis: Axis::linear("wall time (s)"),
        parts: names(runs),
        bars: runs.iter().map(bar).collect(),
        width: Some(WIDE),
    }
}

fn table(runs: &[Named]) -> Table {
    let mut table = Table::new(&[
        "run",
        "#ranks",
        "#threads",
        "#wall time",
        "#speed",
        "#efficiency",
        "#load balance",
        "#communication",
        "#startup, tail",
        "results",
    ]);
    let first = runs.first().map_or(f64::NAN, |(_, run)| run.wall_seconds);
    let groups = groups(runs);
    for (name, run) in runs {
        let group = groups
            .iter()
            .position(|results| *results == run.results.as_slice());
        let speed = first / run.wall_seconds;
        let speed = if speed.is_finite() {
            format!("{speed:.2}\u{a0}\u{d7}")
        } else {
            super::labels::NONE.into()
        };
        table.rows.push(vec![
            name.clone(),
            run.ranks.to_string(),
            run.threads.to_string(),
            seconds(run.wall_seconds),
            speed,
            percent(run.efficiency.parallel),
            percent(run.efficiency.load_balance),
            percent(run.efficiency.communication),
            percent(run.efficiency.startup_tail),
            match group {
                _ if run.results.is_empty() => "none".into(),
                Some(0) => "as the first".into(),
                Some(group) => format!("different (no. {})", group + 1),
                None => String::new(),
            },
        ]);
    }
    table
}

fn losses(runs: &[Named]) -> Table {
    let mut names = vec!["run"];
    let parts = self::names(runs);
    let parts: Vec<String> = parts.iter().map(|name| format!("#{name}")).collect();
    names.extend(parts.iter().map(String::as_str));
    names.push("largest loss");
    let mut table = Table::new(&names);
    for (name, run) in runs {
        let total = run.core_seconds.total();
        let mut row = vec![name.clone()];
        row.extend(
            run.core_seconds
                .values()
                .iter()
                .take(parts.len())
                .map(|value| percent(value / total)),
        );
        row.push(
            run.largest_loss
                .as_ref()
                .map_or_else(String::new, |loss| loss.text.clone()),
        );
        table.rows.push(row);
    }
    table
}

fn commands(runs: &[Named]) -> Table {
    let mut table = Table::new(&["run", "command", "outcome", "started", "versions"]);
    table.rows = runs
        .iter()
        .map(|(name, run)| {
            vec![
                name.clone(),
                run.command(),
                run.ending_and_code(),
                date(run.started),
                run.versions.clone(),
            ]
        })
        .collect();
    table
}
