//! What the cores' time went into.

use super::WIDE;
use super::labels::NONE;
use crate::figures::words::{percent, seconds};
use crate::figures::{Axis, Bar, Bars, Breadth, Page, Table};
use crate::report::model::{PARTS, Parts, Rank, Report};

/// How far the parts may be from all, before it is said.
const OFF: f64 = 0.01;

/// How far above the mean a rank's share has to be to be named.
const NOTABLE: f64 = 1.02;

/// The place of useful time among the parts: of that more is better.
const USEFUL: usize = 0;

/// Up to so many ranks are not compared here.
const FEW: usize = 2;

/// A bar, and a table with what the parts mean and which rank was worst.
pub fn write(page: &mut Page, report: &Report) {
    page.heading("Where core time went");
    let (parts, all) = (&report.core_seconds, report.core_time());
    let bars = Bars {
        title: String::new(),
        axis: Axis::linear("core time (s)"),
        parts: Parts::names([parts.clone()]),
        bars: vec![Bar {
            name: "all cores".into(),
            values: parts.values().to_vec(),
        }],
        width: Some(WIDE),
    };
    page.figure(&bars.draw(), Breadth::Full, "");
    // Of one or two ranks the bars of each say as much.
    let compares = report.per_rank.len() > FEW;
    let mut table = Table::new(if compares {
        &["part", "#core time", "#share", "worst rank", "what it is"]
    } else {
        &["part", "#core time", "#share", "what it is"]
    });
    for (index, ((name, meaning), value)) in PARTS.iter().zip(parts.values()).enumerate() {
        // Hardly any run has lost a rank.
        if *name == "lost" && value == 0.0 {
            continue;
        }
        let mut row = vec![
            (*name).into(),
            seconds(value),
            percent(value / parts.total()),
        ];
        if compares {
            row.push(worst(&report.per_rank, index));
        }
        row.push((*meaning).into());
        table.rows.push(row);
    }
    page.table(&table);
    let off = parts.total() - all;
    if off.is_nan() || off.abs() > OFF * all {
        page.alert(&format!(
            "The parts add up to {}, which is not threads \u{d7} wall time ({}): some of the report is missing.",
            seconds(parts.total()),
            seconds(all)
        ));
    }
}

/// The rank that had most of a part, of its own time, or least of what is useful, if that is far from the others.
fn worst(ranks: &[Rank], part: usize) -> String {
    let share = |rank: &Rank| {
        let parts = rank.parts();
        let share = parts.values().get(part).map_or(0.0, |v| v / parts.total());
        if share.is_finite() { share } else { 0.0 }
    };
    let mean = ranks.iter().map(share).sum::<f64>() / ranks.len() as f64;
    let by_share = |a: &&Rank, b: &&Rank| share(a).total_cmp(&share(b));
    let (worst, is_notable) = if part == USEFUL {
        let least = ranks.iter().min_by(by_share);
        (least, least.is_some_and(|r| share(r) * NOTABLE < mean))
    } else {
        let most = ranks.iter().max_by(by_share);
        (most, most.is_some_and(|r| share(r) > NOTABLE * mean))
    };
    match worst {
        Some(rank) if is_notable => format!("rank {}: {}", rank.rank, percent(share(rank))),
        _ => NONE.into(),
    }
}
