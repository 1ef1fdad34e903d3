//! What each rank did, and what it waited for.

use super::labels::{NONE, brief, ranges};
use super::{WIDE, telling};
use crate::figures::words::percent;
use crate::figures::{Axis, Bar, Bars, Breadth, Page, Table, Unit};
use crate::report::model::{Parts, Rank, Report};

/// The most bars of a figure and rows of a table before there is a choice.
const BARS: usize = 24;
const ROWS: usize = 40;

/// Bars of shares, and a table.
pub fn write(page: &mut Page, report: &Report) {
    if report.per_rank.is_empty() {
        return;
    }
    page.heading("Who waited for what");
    let ranks = &report.per_rank;
    let shown = telling::ranks(report, BARS);
    let figure = Bars {
        title: String::new(),
        axis: Axis::linear("share of the rank's core time")
            .unit(Unit::Percent)
            .include(1.0),
        parts: names(report),
        bars: shown
            .iter()
            .filter_map(|place| ranks.get(*place))
            .map(bar)
            .collect(),
        width: Some(WIDE),
    };
    let caption = telling::caption(shown.len(), ranks.len());
    page.figure(&figure.draw(), Breadth::Full, &caption);
    page.heading("Ranks");
    let shown = telling::ranks(report, ROWS);
    let some: Vec<&Rank> = shown.iter().filter_map(|place| ranks.get(*place)).collect();
    let parts = names(report);
    page.table(&table(some.iter().copied(), &parts));
    if shown.len() < ranks.len() {
        page.paragraph(&telling::caption(shown.len(), ranks.len()));
        let all = table(ranks.iter(), &parts);
        page.folded(&format!("all {} ranks", ranks.len()), &all);
    }
    super::clocks::write(page, &some);
}

/// Of the parts of these ranks.
fn names(report: &Report) -> Vec<String> {
    Parts::names(report.per_rank.iter().map(Rank::parts))
}

fn bar(rank: &Rank) -> Bar {
    let parts = rank.parts();
    let total = parts.total();
    Bar {
        name: format!("rank {}", rank.rank),
        values: parts.values().iter().map(|v| v / total).collect(),
    }
}

fn table<'a>(ranks: impl Iterator<Item = &'a Rank>, parts: &[String]) -> Table {
    let mut names: Vec<String> = [
        "#rank", "host", "cores", "#threads", "#grains", "#items", "#items/s",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend(parts.iter().map(|name| format!("#{name}")));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut table = Table::new(&names);
    table.rows = ranks.map(|rank| row(rank, parts.len())).collect();
    table
}

fn row(rank: &Rank, count_of_parts: usize) -> Vec<String> {
    let parts = rank.parts();
    // What a lost rank did is not known.
    let known = |text: String| {
        if parts.lost > 0.0 && rank.grains == 0 {
            NONE.into()
        } else {
            text
        }
    };
    let mut row = vec![
        rank.rank.to_string(),
        rank.host.clone(),
        ranges(&rank.cores),
        rank.threads.to_string(),
        known(brief(rank.grains as f64)),
        known(brief(rank.items as f64)),
        known(brief(rank.items_per_second)),
    ];
    let values = parts.values();
    let shares = values.iter().map(|value| percent(value / parts.total()));
    row.extend(shares.take(count_of_parts));
    row
}
