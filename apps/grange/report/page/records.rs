//! What is on record of a run: calls, events, results, settings.

use super::labels::{NONE, date, join, large, ranges};
use crate::figures::words::seconds;
use crate::figures::{Page, Table};
use crate::report::model::Report;
use serde_json::Value;

/// Rows that are shown of each table; more would hide what comes after.
const ROWS: usize = 100;
/// Characters of results.
const LONGEST: usize = 20_000;

/// The program's calls.
pub fn calls(page: &mut Page, report: &Report) {
    page.heading("Calls");
    if report.calls.is_empty() {
        page.paragraph("None.");
        return;
    }
    let mut table = Table::new(&[
        "#call",
        "what",
        "#items",
        "#grains",
        "#began at",
        "#all done after",
        "#result after",
    ]);
    for call in report.calls.iter().take(ROWS) {
        table.rows.push(vec![
            call.call.to_string(),
            call.what.clone(),
            large(call.items),
            large(call.grains),
            seconds(call.began),
            seconds(call.all_done - call.began),
            seconds(call.ended - call.began),
        ]);
    }
    page.table(&table);
    left_out(page, "calls", report.calls.len());
}

/// What happened beside the work.
pub fn events(page: &mut Page, report: &Report) {
    page.heading("Events");
    let events = &report.events.0;
    if !report.lost.is_empty() {
        page.paragraph(&losses(&report.lost));
    }
    if events.is_empty() {
        page.paragraph(if report.lost.is_empty() {
            "None: no checkpoint was written, no rank was lost."
        } else {
            "No checkpoint was written."
        });
        return;
    }
    let mut table = Table::new(&["#at", "#took", "#rank", "#thread", "kind", "what"]);
    for event in events.iter().take(ROWS) {
        let thread = if event.thread < 0 {
            NONE.into()
        } else {
            event.thread.to_string()
        };
        table.rows.push(vec![
            seconds(event.began),
            seconds(event.ended - event.began),
            event.rank.to_string(),
            thread,
            event.kind.clone(),
            event.text.clone(),
        ]);
    }
    page.table(&table);
    left_out(page, "events", events.len());
}

/// Which ranks were lost; when is not on record.
fn losses(lost: &[u64]) -> String {
    let (ranks, were) = match lost {
        [_] => ("Rank", "was lost: it died or stood still"),
        _ => ("Ranks", "were lost: they died or stood still"),
    };
    format!(
        "{ranks} {} {were}, and the others went on without.",
        ranges(lost)
    )
}

fn left_out(page: &mut Page, what: &str, all: usize) {
    if all > ROWS {
        page.paragraph(&format!("The first {ROWS} of {all} {what}."));
    }
}

/// What the program printed.
pub fn results(page: &mut Page, report: &Report) {
    page.heading("Results");
    if report.results.is_empty() {
        page.paragraph("None.");
        return;
    }
    let lines: Vec<String> = report.results.iter().map(Value::to_string).collect();
    let text = lines.join("\n");
    let shown: String = text.chars().take(LONGEST).collect();
    page.verbatim(&shown);
    if shown.len() < text.len() {
        page.paragraph(&format!(
            "The first {LONGEST} characters; the report's file has all."
        ));
    }
}

/// What the run was started with.
pub fn settings(page: &mut Page, report: &Report, file: &str) {
    page.heading("Settings and versions");
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut facts = vec![
        fact("command", report.command()),
        fact("versions", report.versions.clone()),
        fact("started", date(report.started)),
        fact("outcome", report.ending_and_code()),
        fact("hosts", hosts(report)),
        fact("report", file.to_owned()),
    ];
    let settings = report.settings.iter().map(|(name, value)| {
        let value = match value {
            Value::Null => NONE.into(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        fact(name, value)
    });
    facts.extend(settings);
    page.facts(&facts);
}

/// Hosts with the number of their ranks, up to some.
fn hosts(report: &Report) -> String {
    const MOST: usize = 8;
    let mut counts = std::collections::BTreeMap::<&str, u64>::new();
    for rank in &report.per_rank {
        *counts.entry(&rank.host).or_default() += 1;
    }
    let ranks = |(host, count): (&&str, &u64)| match count {
        1 => format!("{host} (1 rank)"),
        _ => format!("{host} ({count} ranks)"),
    };
    let some = join(counts.iter().take(MOST).map(ranks));
    match counts.len().checked_sub(MOST) {
        None | Some(0) => some,
        Some(more) => format!("{some} and {more} more"),
    }
}
