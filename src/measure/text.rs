//! Where the time went, for people.

use super::advice::{Loss, percent};
use super::parts::Part;
use super::summary::{RankSummary, Summary};
use crate::progress::line::{grouped, short, time};
use std::fmt::Write;

/// So many ranks are told one by one.
const RANKS: usize = 16;
/// A host's name takes so many characters.
const HOST: usize = 15;
/// Of a terminal.
const COLUMNS: usize = 80;

/// Some lines.
pub fn stats(run: &Summary, loss: &Loss) -> String {
    let e = run.efficiency;
    let wall = run.wall as f64 / 1e9;
    let ranks = run.ranks.len();
    let mut text = format!(
        "grange: {} on {} thread(s) of {ranks} rank(s)\n",
        time(wall),
        run.threads
    );
    let lines = [
        ("parallel efficiency", e.parallel, ""),
        (
            "= load balance",
            e.load_balance,
            "how evenly threads are loaded",
        ),
        (
            "x communication",
            e.communication,
            "of the busiest thread, not waiting",
        ),
        (
            "x start-up/tail",
            e.startup_tail,
            "of the run, in which it had a call",
        ),
    ];
    for (name, share, what) in lines {
        let line = format!("  {name:<19} {:>6.1} %  {what}", 100.0 * share);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let mut parts: Vec<Part> = Part::ALL
        .into_iter()
        .filter(|&p| run.parts[p] > 0)
        .collect();
    parts.sort_by_key(|&part| std::cmp::Reverse(run.parts[part]));
    let parts: Vec<String> = parts
        .into_iter()
        .map(|part| format!("{} {:.1}", part.name(), 100.0 * run.share(part)))
        .collect();
    let _ = writeln!(text, "  core time in %: {}", wrapped(&parts, 62));
    ranks_table(&mut text, run);
    let grains = run.times.count();
    if grains > 0 {
        let seconds = |t: u64| brief(t as f64 / 1e9);
        let _ = writeln!(
            text,
            "  {} grain(s): p50 {}, p99 {}, longest {}",
            grouped(grains.into()),
            seconds(run.times.quantile(0.5)),
            seconds(run.times.quantile(0.99)),
            seconds(run.times.longest()),
        );
    }
    let _ = writeln!(
        text,
        "  coordinator busy {:.1} % of a core",
        100.0 * run.coordinator_busy()
    );
    text + &filled(&format!("  largest loss: {}", loss.text))
}

fn ranks_table(text: &mut String, run: &Summary) {
    let _ = writeln!(
        text,
        "  {:>4} {:<HOST$} {:>4} {:>9} {:>11} {:>6} {:>6} {:>6} {:>9}",
        "rank", "host", "thr", "grains", "items", "busy %", "wait %", "idle %", "items/s"
    );
    let mut shown: Vec<&RankSummary> = run.ranks.iter().collect();
    if shown.len() > RANKS {
        // Those with the least to show.
        shown.sort_by_key(|r| r.parts[Part::Useful] / r.threads.max(1));
        shown.truncate(RANKS);
    }
    for rank in &shown {
        let whole = rank.parts.total().max(1) as f64;
        let of = |parts: &[Part]| {
            let sum: u64 = parts.iter().map(|&part| rank.parts[part]).sum();
            100.0 * sum as f64 / whole
        };
        let busy = of(&[Part::Useful]);
        let wait = of(&[Part::Waiting, Part::Overhead]);
        let host: String = rank.host.chars().take(HOST).collect();
        let _ = writeln!(
            text,
            "  {:>4} {host:<HOST$} {:>4} {:>9} {:>11} {busy:>6.1} {wait:>6.1} {:>6.1} {:>9}",
            rank.rank,
            rank.threads,
            count(rank.grains.into()),
            count(rank.items),
            100.0 - busy - wait,
            count_of(run.items_per_second(rank)),
        );
    }
    if run.ranks.len() > shown.len() {
        let _ = writeln!(
            text,
            "  (the {} ranks that computed least, of {}; --report has all)",
            shown.len(),
            run.ranks.len()
        );
    }
}

/// As many digits as there is room for.
fn count(n: u128) -> String {
    match n {
        0..100_000_000 => n.to_string(),
        n => format!("{:.3e}", n as f64),
    }
}

fn count_of(rate: f64) -> String {
    match rate {
        r if r < 1e6 => short(r),
        r => format!("{r:.2e}"),
    }
}

/// A time in the unit that suits it.
pub fn brief(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.0} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.1} us", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// Words with commas, in lines of so many characters.
fn wrapped(words: &[String], width: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for (i, word) in words.iter().enumerate() {
        let comma = if i + 1 < words.len() { ", " } else { "" };
        // The comma ends the line, its space need not fit.
        if column > 0 && column + word.len() + comma.trim_end().len() > width {
            text = text.trim_end().to_owned() + "\n    ";
            column = 0;
        }
        column += word.len() + comma.len();
        text += word;
        text += comma;
    }
    text
}

/// A sentence in lines of a terminal.
fn filled(sentence: &str) -> String {
    let (mut text, mut column) = (String::new(), 0);
    for (i, word) in sentence.split(' ').enumerate() {
        let width = word.chars().count();
        if column > 4 && column + 1 + width > COLUMNS {
            text.push_str("\n    ");
            column = 4;
        } else if i > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
    }
    text
}

/// The same in a few words, for a hint.
pub fn in_short(run: &Summary) -> String {
    format!(
        "{} of core time was not used; --stats tells where it went",
        percent(1.0 - run.efficiency.parallel)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::advice::{self, Circumstances};
    use crate::measure::histogram::Histogram;
    use crate::measure::record::{RankRecord, ThreadRecord};
    use crate::measure::summary::Told;

    #[test]
    fn it_fits_a_terminal_and_shows_those_that_computed_least() {
        let told: Vec<Told> = (0..40u64)
            .map(|i| {
                let mut thread = ThreadRecord {
                    grains: u64::MAX / 64,
                    items: u128::MAX / 64,
                    ..ThreadRecord::default()
                };
                thread.parts[Part::Useful] = 1_000_000 * i;
                let mut times = Histogram::default();
                times.add(1_000_000_000 * i, 5);
                let record = RankRecord {
                    ended: 100_000_000,
                    last: 90_000_000,
                    first: Some(1_000_000),
                    within: 1_000_000 * i,
                    threads: vec![thread],
                    times,
                    ..RankRecord::default()
                };
                Told {
                    host: "a-node-with-a-rather-long-name".into(),
                    threads: 1,
                    record: Some(record),
                }
            })
            .collect();
        let run = Summary::of(&told, 100_000_000, 7_000_000);
        let loss = advice::largest(&run, &Circumstances::of(&told));
        let text = stats(&run, &loss);
        let lines: Vec<&str> = text.lines().collect();
        assert!(text.contains("\n  largest loss: "), "{text}");
        assert!(lines.iter().all(|line| line.len() <= 80), "{text}");
        let ranks = lines.iter().filter(|line| line.contains("a-node-with-a-r"));
        assert_eq!(ranks.count(), RANKS, "{text}");
        assert!(
            text.contains("(the 16 ranks that computed least, of 40;"),
            "{text}"
        );
        assert!(text.contains("coordinator busy 7.0 %"), "{text}");
    }

    #[test]
    fn a_sentence_goes_on_below() {
        let words: Vec<String> = (1..60).map(|n| "x".repeat(n % 9 + 1)).collect();
        let sentence = format!("  largest loss: {}", words.join(" "));
        let text = filled(&sentence);
        assert!(
            text.lines().count() > 3 && text.lines().all(|line| line.len() <= COLUMNS),
            "{text}"
        );
        assert_eq!(text.replace("\n    ", " "), sentence);
        assert_eq!(filled("  largest loss: none"), "  largest loss: none");
        let long = "y".repeat(100);
        assert_eq!(
            filled(&format!("aaa bbb {long} c")),
            format!("aaa bbb\n    {long}\n    c")
        );
    }

    #[test]
    fn no_line_of_words_is_too_wide() {
        let words: Vec<String> = (1..40).map(|n| "x".repeat(n % 7 + 1)).collect();
        for width in 8..30 {
            let text = wrapped(&words, width);
            let widest = text.lines().map(|line| line.trim_start().len()).max();
            assert!(widest <= Some(width), "{width}: {text}");
            assert_eq!(text.split_whitespace().count(), words.len());
        }
    }

    #[test]
    fn times_in_the_unit_that_suits_them() {
        let of = |seconds| brief(seconds);
        assert_eq!(of(5e-9), "5 ns");
        assert_eq!(of(1.5e-6), "1.5 us");
        assert_eq!(of(0.0123), "12.3 ms");
        assert_eq!(of(12.3), "12.30 s");
    }
}
