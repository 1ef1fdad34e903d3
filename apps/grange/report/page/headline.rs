//! The numbers that matter most, and what cost most.

use super::labels::{join, plural};
use crate::figures::words::{count, percent, seconds};
use crate::figures::{Card, Page};
use crate::report::model::Report;

/// Begins the page.
pub fn write(page: &mut Page, report: &Report) {
    let (ranks, threads) = (
        plural(report.ranks, "rank", "ranks"),
        plural(report.threads, "thread", "threads"),
    );
    page.lead(&format!(
        "{} on {ranks} with {threads} in all; {} of the cores' time was useful work.",
        seconds(report.wall_seconds),
        percent(report.efficiency.parallel),
    ));
    if report.exit_code != 0 {
        page.alert(&format!(
            "The run ended with exit code {}: {}",
            report.exit_code,
            report.ending()
        ));
    }
    if !report.lost.is_empty() {
        page.alert(&format!(
            "Lost on the way: {} {}. The others went on without.",
            if report.lost.len() == 1 {
                "rank"
            } else {
                "ranks"
            },
            join(&report.lost)
        ));
    }
    let efficiency = &report.efficiency;
    let grains = &report.grain_seconds;
    let card = |name: &str, value: String, note: String| Card {
        name: name.into(),
        value,
        note,
    };
    let mut cards = vec![
        card(
            "wall time",
            seconds(report.wall_seconds),
            format!("{ranks}, {threads}"),
        ),
        card(
            "parallel efficiency",
            percent(efficiency.parallel),
            "the product of the next three".into(),
        ),
        card(
            "load balance",
            percent(efficiency.load_balance),
            "how even the work was".into(),
        ),
        card(
            "communication",
            percent(efficiency.communication),
            "what messages left of the time".into(),
        ),
        card(
            "startup and tail",
            percent(efficiency.startup_tail),
            "what begin and end left of it".into(),
        ),
        card(
            if grains.count == 1 { "grain" } else { "grains" },
            count(grains.count),
            format!("median {}", seconds(grains.p50)),
        ),
        card(
            "coordination",
            percent(report.coordinator_busy),
            "of one core on rank 0".into(),
        ),
    ];
    if let Some(loss) = &report.largest_loss {
        cards.push(card("largest loss", percent(loss.share), loss.part.clone()));
        page.cards(&cards);
        page.paragraph(&format!("Largest loss \u{2013} {}", loss.text));
    } else {
        page.cards(&cards);
    }
}
