//! A summary for people, in plain text.

use super::super::fit::{Fit, Parameter};
use super::super::summary::Summary;
use super::Outcome;
use std::fmt::Write;
use std::path::Path;
use textwrap::{WordSeparator, WordSplitter};

/// Columns of a terminal; the table has as many, nearly.
const WIDTH: usize = 80;

/// The whole of it.
pub fn summary(folder: &Path, outcome: &Outcome<'_>) -> String {
    let mut text = String::new();
    let mut line = |words: &str| {
        text += words;
        text += "\n";
    };
    line(&format!(
        "{:>6} {:>7} {:>6} {:>10} {:>21} {:>9} {:>10} {:>10}",
        "ranks",
        "threads",
        "cores",
        "median s",
        "interval s",
        "speed-up",
        "efficiency",
        "Karp-Flatt"
    ));
    for summary in &outcome.summaries {
        line(&row(summary));
    }
    let mut words = notes(outcome);
    words.extend(outcome.fits.iter().map(of_fit));
    words.extend(
        outcome
            .same
            .as_ref()
            .ok()
            .map(|same| format!("Results: {same}")),
    );
    for words in words {
        hung(&words).iter().for_each(|words| line(words));
    }
    line(&format!(
        "All of it: {}",
        folder.join("index.html").display()
    ));
    text
}

/// What does not fit on a line goes on below, behind its beginning.
fn hung(words: &str) -> Vec<String> {
    let options = textwrap::Options::new(WIDTH)
        .subsequent_indent("  ")
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .word_separator(WordSeparator::AsciiSpace);
    let lines = textwrap::wrap(words, options);
    lines.into_iter().map(|line| line.into_owned()).collect()
}

fn row(summary: &Summary) -> String {
    let spread = &summary.seconds;
    let interval = match spread.coverage > 0.0 {
        true => format!("{} to {}", short(spread.low), short(spread.high)),
        false => "-".into(),
    };
    format!(
        "{:>6} {:>7} {:>6} {:>10} {interval:>21} {:>9} {:>10} {:>10}",
        summary.at.ranks,
        summary.at.threads,
        summary.at.cores(),
        short(spread.median),
        short(summary.speedup.value),
        format!("{:.1} %", summary.efficiency.value * 100.0),
        summary.karp_flatt.map_or("-".into(), short)
    )
}

/// What to know of the numbers.
pub fn notes(outcome: &Outcome<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let summaries = &outcome.summaries;
    let covers = summaries.iter().map(|s| s.seconds.coverage);
    let least = covers.fold(1.0, f64::min);
    notes.push(match least > 0.0 {
        true => format!(
            "Intervals hold the true median with {:.1} % probability or more, whatever the distribution.",
            (least * 1000.0).floor() / 10.0
        ),
        false => "With one run of a configuration nothing is known of its scatter.".into(),
    });
    if let Some(first) = summaries.first().filter(|first| first.at.cores() > 1) {
        notes.push(format!(
            "Nothing ran on one core: speed-ups are against {}, which counts as {}.",
            first.at,
            first.at.cores()
        ));
    }
    let most = summaries.iter().map(|s| s.at.cores()).max();
    if most.is_some_and(|most| most > outcome.cores) {
        notes.push(format!(
            "Some runs had more threads than the {} core(s) here: where threads share cores, times are no measure of \
             scaling.",
            outcome.cores
        ));
    }
    let failed: usize = summaries.iter().map(|s| s.failed).sum();
    if failed > 0 {
        notes.push(format!("{failed} run(s) failed, and are left out."));
    }
    notes
}

/// A model on one line.
fn of_fit(fit: &Fit) -> String {
    match &fit.outcome {
        Err(reason) => format!("{} ({}): {reason}", fit.model, fit.source),
        Ok(fitted) => {
            let parameters: Vec<String> = fitted.parameters.iter().map(with_error).collect();
            let mut text = format!(
                "{} ({}): {}; {} points deviate by {} %",
                fit.model,
                fit.source,
                parameters.join(", "),
                fitted.points,
                short(fitted.deviation * 100.0)
            );
            if let Some(remark) = fitted.remark {
                let _ = write!(text, "; {remark}");
            }
            text
        }
    }
}

fn with_error(parameter: &Parameter) -> String {
    let Parameter {
        name, value, error, ..
    } = parameter;
    format!("{name} = {} ± {}", short(*value), two_digits(*error))
}

/// Four significant digits.
pub fn short(number: f64) -> String {
    significant(number, 4)
}

/// As many as an error deserves.
pub fn two_digits(number: f64) -> String {
    significant(number, 2)
}

/// So many significant digits.
pub fn significant(number: f64, digits: i32) -> String {
    if number == 0.0 {
        return "0".into();
    }
    let magnitude = number.abs().log10().floor();
    if !(-4.0..9.0).contains(&magnitude) {
        return format!("{number:.*e}", (digits - 1) as usize);
    }
    let decimals = (digits - 1 - magnitude as i32).max(0);
    format!("{number:.*}", decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_mean_something() {
        for (number, text) in [
            (0.0, "0"),
            (1.0, "1.000"),
            (12.3456, "12.35"),
            (123_456.7, "123457"),
            (0.001_234_56, "0.001235"),
            (-0.5, "-0.5000"),
            (1.234e-9, "1.234e-9"),
            (1.5e12, "1.500e12"),
        ] {
            assert_eq!(short(number), text);
        }
        assert_eq!(two_digits(0.0123), "0.012");
    }
}
