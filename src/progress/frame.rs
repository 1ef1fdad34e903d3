//! What a bar shows at a moment, in as many columns as there are.

use super::Counts;
use super::line::{grouped, rate, short, time};
use super::pace::Speed;
use std::time::Duration;

/// Numbers from here on have an exponent.
const LONG: u128 = 100_000;
/// A label of which fewer columns are left says nothing.
const LABEL: usize = 8;

/// A bar and what is said beside it, the most important first.
#[derive(Debug, Default)]
pub struct Frame {
    /// Of 1.
    share: f64,
    pieces: Vec<String>,
}

impl Frame {
    /// Such as `19 %  2.6 s left  3.89e9/2e10 items  6.43e9/s`.
    pub fn under_way(counts: Counts, unit: &str, speed: Option<Speed>, others: &[String]) -> Self {
        let grows = speed.is_some_and(|speed| speed.left.is_none());
        let mut frame = match grows {
            true => Frame::default(),
            false => Frame::of(counts),
        };
        let left = speed.and_then(|speed| speed.left);
        frame.say(left.map(|left| format!("{} left", time(left))));
        let so_far = if grows { " so far" } else { "" };
        frame.say(Some(of_all(counts, unit) + so_far));
        frame.say(speed.map(|speed| per_second(speed.rate)));
        frame.pieces.extend_from_slice(others);
        frame
    }

    /// Such as `100 %  in 3.1 s  2e10/2e10 items  6.45e9/s`.
    pub fn at_the_end(counts: Counts, unit: &str, since: Duration) -> Self {
        let mut frame = Frame::of(counts);
        frame.say(Some(format!("in {}", time(since.as_secs_f64()))));
        frame.say(Some(of_all(counts, unit)));
        frame.say(rate(counts, since).map(per_second));
        frame
    }

    /// With how much is done.
    fn of(counts: Counts) -> Self {
        let Counts { done, total, .. } = counts;
        let mut frame = Frame {
            share: done as f64 / total.max(1) as f64,
            pieces: Vec::new(),
        };
        frame.say(counts.percent().map(|percent| format!("{percent} %")));
        frame
    }

    fn say(&mut self, piece: Option<String>) {
        self.pieces.extend(piece);
    }

    /// In so many columns. A number is there as a whole or not at all; the label, which comes last, is cut.
    pub fn in_columns(&self, columns: usize, label: &str) -> String {
        let bar = match columns {
            0..60 => 4,
            60..100 => 10,
            _ => 20,
        };
        let full = ((self.share * bar as f64) as usize).min(bar);
        let mut text = "█".repeat(full) + &"░".repeat(bar - full);
        let mut used = bar;
        for (i, piece) in self.pieces.iter().enumerate() {
            let space = if i == 0 { " " } else { "  " };
            let more = space.len() + piece.chars().count();
            if used + more > columns {
                return text;
            }
            text = text + space + piece;
            used += more;
        }
        let room = columns.saturating_sub(used + 2);
        if label.chars().map(width).sum::<usize>() <= room {
            text = text + "  " + label;
        } else if room >= LABEL {
            text.push_str("  ");
            let mut used = 1;
            text.extend(label.chars().take_while(|&c| {
                used += width(c);
                used <= room
            }));
            text.push('…');
        }
        text
    }
}

/// Columns of a character, or more: many of those of East Asia take two.
fn width(c: char) -> usize {
    if c < '\u{1100}' { 1 } else { 2 }
}

fn of_all(Counts { done, total, .. }: Counts, unit: &str) -> String {
    // All is all; what is not all does not look like it.
    let done = if done == total {
        rounded(done)
    } else {
        rounded_down(done)
    };
    format!("{done}/{} {unit}", rounded(total))
}

/// Three digits, as many zeros as there are: the text keeps its length while the number grows.
fn rounded_down(n: u128) -> String {
    if n < LONG {
        return grouped(n);
    }
    let exponent = n.ilog10();
    let digits = n / 10u128.pow(exponent - 2);
    format!("{}.{:02}e{exponent}", digits / 100, digits % 100)
}

/// Three digits, less zeros at the end.
fn rounded(n: u128) -> String {
    if n < LONG {
        return grouped(n);
    }
    let text = format!("{:.2e}", n as f64);
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits}e{exponent}")
        }
        None => text,
    }
}

fn per_second(rate: f64) -> String {
    if rate < LONG as f64 {
        format!("{}/s", short(rate))
    } else {
        format!("{rate:.2e}/s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: &str = "'sum of primes' (map_reduce) at apps/sum_primes/main.rs:83:10";

    fn counts(done: u128, total: u128) -> Counts {
        Counts {
            done,
            total,
            before: 0,
        }
    }

    fn primes() -> Frame {
        let speed = Speed {
            rate: 6_426_383_234.0,
            left: Some(2.56),
        };
        let others = ["checkpoint 12 s old".to_owned()];
        let counts = counts(3_892_314_112, 20_000_000_000);
        Frame::under_way(counts, "items", Some(speed), &others)
    }

    #[test]
    fn the_most_important_comes_first_and_fits() {
        let of = |columns| primes().in_columns(columns, LABEL);
        assert_eq!(of(20), "░░░░ 19 %");
        assert_eq!(of(40), "░░░░ 19 %  2.6 s left  3.89e9/2e10 items");
        assert_eq!(
            of(80),
            "█░░░░░░░░░ 19 %  2.6 s left  3.89e9/2e10 items  6.43e9/s  checkpoint 12 s old"
        );
        assert_eq!(
            of(90),
            "█░░░░░░░░░ 19 %  2.6 s left  3.89e9/2e10 items  6.43e9/s  checkpoint 12 s old  'sum of pr…"
        );
        assert!(of(120).starts_with("███░░░░░░░░░░░░░░░░░ 19 %  2.6 s left  "));
        assert!(of(200).ends_with(LABEL));
        for columns in 4..200 {
            assert!(of(columns).chars().count() <= columns, "{}", of(columns));
            let wide = primes().in_columns(columns, &"素数".repeat(40));
            let long = wide.chars().filter(|c| "素数".contains(*c)).count();
            assert!(wide.chars().count() + long <= columns, "{wide}");
        }
    }

    #[test]
    fn the_end_says_how_long_it_took() {
        let of = |done, total, millis| {
            let since = Duration::from_millis(millis);
            Frame::at_the_end(counts(done, total), "items", since).in_columns(80, "'f'")
        };
        assert_eq!(
            of(20_000_000_000, 20_000_000_000, 3100),
            "██████████ 100 %  in 3.1 s  2e10/2e10 items  6.45e9/s  'f'"
        );
        assert_eq!(
            of(1, 3, 500),
            "███░░░░░░░ 33 %  in 500 ms  1/3 items  2.00/s  'f'"
        );
        assert_eq!(of(0, 0, 3), "░░░░░░░░░░ in 3 ms  0/0 items  'f'");
    }

    #[test]
    fn short_numbers() {
        let of = |done, total| of_all(counts(done, total), "items");
        assert_eq!(of(1234, 99_999), "1,234/99,999 items");
        assert_eq!(of(19_999_999, 20_000_000), "1.99e7/2e7 items");
        assert_eq!(of(19_999_999, 19_999_999), "2e7/2e7 items");
        assert_eq!(of(100_000, 1_230_000), "1.00e5/1.23e6 items");
        assert_eq!(of(0, u128::MAX), "0/3.4e38 items");
        assert_eq!(per_second(12.34), "12.3/s");
        assert_eq!(per_second(123_456.0), "1.23e5/s");
    }
}
