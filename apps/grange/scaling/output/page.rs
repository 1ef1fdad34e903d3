//! All of a study on one page.

use super::super::fit::Fit;
use super::super::mode::Mode;
use super::super::summary::Summary;
use super::Outcome;
use super::charts::Chart;
use super::text::{notes, short, significant, two_digits};
use crate::figures::words::{percent, seconds};
use crate::figures::{Breadth, Card, Page, Table};
use grange::versions;
use std::path::Path;

/// For those who want to read on.
const SOURCES: [&str; 4] = [
    "G. M. Amdahl, Validity of the single processor approach to achieving large scale computing capabilities, AFIPS \
     Spring Joint Computer Conference, 1967, 483\u{2013}485.",
    "J. L. Gustafson, Reevaluating Amdahl's law, Communications of the ACM 31, 1988, 532\u{2013}533.",
    "A. H. Karp, H. P. Flatt, Measuring parallel processor performance, Communications of the ACM 33, 1990, \
     539\u{2013}543.",
    "N. J. Gunther, Guerrilla Capacity Planning, Springer, 2007, chapters 4\u{2013}6.",
];

/// The page.
pub fn page(outcome: &Outcome<'_>, charts: &[Chart], files: &[&str]) -> String {
    let identity = outcome.identity;
    let name = Path::new(&identity.program).file_name().unwrap_or_default();
    let mut page = Page::new(&format!(
        "{} scaling of {}",
        if outcome.mode == Mode::Strong {
            "Strong"
        } else {
            "Weak"
        },
        name.to_string_lossy()
    ));
    page.lead(&lead(outcome));
    match outcome.same {
        Ok(_) => {}
        Err(different) => {
            page.alert(&format!(
                "Not all runs gave the same results. {}.",
                different.join(". ")
            ));
        }
    }
    page.cards(&cards(outcome));
    for note in notes(outcome) {
        page.paragraph(&note);
    }
    for chart in charts {
        page.figure(&chart.drawing, Breadth::Small, &chart.caption);
    }
    page.heading("Configurations")
        .table(&configurations(outcome));
    page.paragraph(
        "Karp\u{2013}Flatt is the serial fraction that would explain the speed-up S on p cores by itself, \
         (1/S \u{2212} 1/p) / (1 \u{2212} 1/p). One that grows with p tells of overhead; one that stays, of serial work.",
    );
    page.heading("Models").table(&models(&outcome.fits));
    page.paragraph(
        "Least squares of relative deviations over the median times of all configurations; p is the number of cores, \
         ranks \u{d7} threads. After \u{b1} stands the standard error; the deviation is the root mean square of those \
         that are left.",
    );
    page.heading("How it was measured").facts(&facts(outcome));
    page.heading("Files").files(files);
    page.heading("Sources");
    for source in SOURCES {
        page.paragraph(source);
    }
    page.finish(&versions::text())
}

fn lead(outcome: &Outcome<'_>) -> String {
    let (Some(first), Some(best)) = (outcome.summaries.first(), best(outcome)) else {
        return String::new();
    };
    let efficiency = percent(best.efficiency.value);
    if first.at == best.at {
        return format!("Nothing was faster than {}.", first.at);
    }
    match outcome.mode {
        Mode::Strong => format!(
            "{} times as fast on {} as on {}: an efficiency of {efficiency}.",
            short(first.seconds.median / best.seconds.median),
            best.at,
            first.at
        ),
        Mode::Weak => format!(
            "{} times the work in {} times the time on {} as on {}: an efficiency of {efficiency}.",
            best.at.cores() as f64 / first.at.cores() as f64,
            short(best.seconds.median / first.seconds.median),
            best.at,
            first.at
        ),
    }
}

/// Where most was done in a second.
fn best<'a>(outcome: &'a Outcome<'_>) -> Option<&'a Summary> {
    let all = outcome.summaries.iter();
    all.max_by(|a, b| a.speedup.value.total_cmp(&b.speedup.value))
}

fn cards(outcome: &Outcome<'_>) -> Vec<Card> {
    let mut cards = Vec::new();
    let mut add = |name: &str, value: String, note: String| {
        cards.push(Card {
            name: name.into(),
            value,
            note,
        });
    };
    if let Some(first) = outcome.summaries.first() {
        add(
            "fewest cores",
            seconds(first.seconds.median),
            first.at.to_string(),
        );
    }
    if let Some(best) = best(outcome) {
        let name = match outcome.mode {
            Mode::Strong => "fastest",
            Mode::Weak => "most work a second",
        };
        add(name, seconds(best.seconds.median), best.at.to_string());
        add(
            "speed-up there",
            short(best.speedup.value),
            "ideal: ".to_owned() + &best.at.cores().to_string(),
        );
        add(
            "efficiency there",
            percent(best.efficiency.value),
            String::new(),
        );
    }
    let fitted = outcome
        .fits
        .iter()
        .filter_map(|fit| Some((fit, fit.outcome.as_ref().ok()?)));
    for (fit, fitted) in fitted.take(1) {
        for parameter in fitted.parameters.iter().filter(|p| p.is_shape) {
            let note = format!("\u{b1} {}, {}", two_digits(parameter.error), fit.model);
            add(parameter.meaning, short(parameter.value), note);
        }
    }
    let (value, note) = match outcome.same {
        Ok(same) => ("same bits", same.clone()),
        Err(different) => ("differ", format!("in {} run(s)", different.len())),
    };
    let compared = outcome.compared;
    add(
        "results",
        if compared {
            value.into()
        } else {
            "not compared".into()
        },
        if compared { note } else { String::new() },
    );
    cards
}

fn configurations(outcome: &Outcome<'_>) -> Table {
    let grows = outcome.summaries.iter().any(|s| !s.sizes.is_empty());
    let mut columns = vec!["#ranks", "#threads", "#cores"];
    if grows {
        columns.push("size");
    }
    columns.extend([
        "#runs",
        "#median (s)",
        "#interval (s)",
        "#range (s)",
        "#speed-up",
        "#efficiency",
        "#Karp\u{2013}Flatt",
    ]);
    let mut table = Table::new(&columns);
    for summary in &outcome.summaries {
        let at = summary.at;
        let spread = &summary.seconds;
        let mut row = vec![
            at.ranks.to_string(),
            at.threads.to_string(),
            at.cores().to_string(),
        ];
        if grows {
            row.push(summary.sizes.clone());
        }
        row.extend([
            spread.count.to_string(),
            short(spread.median),
            match spread.coverage > 0.0 {
                true => format!("{} \u{2013} {}", short(spread.low), short(spread.high)),
                false => "\u{2013}".into(),
            },
            format!("{} \u{2013} {}", short(spread.min), short(spread.max)),
            short(summary.speedup.value),
            percent(summary.efficiency.value),
            summary
                .karp_flatt
                .map_or("\u{2013}".into(), |e| significant(e, 3)),
        ]);
        table.rows.push(row);
    }
    table
}

fn models(fits: &[Fit]) -> Table {
    let mut table = Table::new(&["model", "parameters", "#deviation"]);
    for fit in fits {
        let model = format!("{}: {} ({})", fit.model, fit.formula, fit.source);
        let (parameters, deviation) = match &fit.outcome {
            Err(reason) => (reason.clone(), "\u{2013}".into()),
            Ok(fitted) => {
                let parameters = fitted.parameters.iter().map(|p| {
                    let (value, error) = (short(p.value), two_digits(p.error));
                    format!("{} = {value} \u{b1} {error} ({})", p.symbol, p.meaning)
                });
                let all = parameters.chain(fitted.remark.map(str::to_owned));
                (
                    all.collect::<Vec<_>>().join("; "),
                    percent(fitted.deviation),
                )
            }
        };
        table.rows.push(vec![model, parameters, deviation]);
    }
    table
}

fn facts(outcome: &Outcome<'_>) -> Vec<(String, String)> {
    let identity = outcome.identity;
    let words = [std::slice::from_ref(&identity.program), &identity.arguments].concat();
    let clock = match identity.reports {
        true => "from each run's own report",
        false => {
            "from the launcher's start to its end, so with the time to start and end all ranks"
        }
    };
    let count = outcome.records.len();
    let mut facts = vec![
        ("Program", shell_words::join(words)),
        ("SHA-256 of the program", identity.program_digest.clone()),
        ("Built with", identity.versions.clone()),
        ("Launcher", identity.launcher.clone()),
        ("Times", clock.into()),
        (
            "Runs",
            format!(
                "{count}, of each configuration {}, in turns, every other round backwards",
                identity.repeat
            ),
        ),
        ("Cores", outcome.cores.to_string()),
    ];
    if !identity.scale.is_empty() {
        facts.insert(1, ("Size", identity.scale.join(", ")));
    }
    if identity.warm_up > 0 {
        facts.push((
            "Runs before, not counted",
            format!("{} of each configuration", identity.warm_up),
        ));
    }
    let named = facts
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    named.collect()
}
