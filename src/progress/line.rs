//! What is said of progress, in words.

use super::Counts;
use super::pace::Speed;
use std::time::Duration;

/// Such as `1,234/10,000 items (12 %), 2 ranks, 410 items/s, 21 s left`. Before anything is done there is nothing to
/// tell the time left from, and where there is more to do again and again it has no end that is known.
pub fn under_way(counts: Counts, unit: &str, speed: Option<Speed>, others: &[String]) -> String {
    let grows = speed.is_some_and(|speed| speed.left.is_none());
    let mut text = match grows {
        true => format!("{} so far", done_of(counts, unit)),
        false => share(counts, unit),
    };
    for other in others {
        text = text + ", " + other;
    }
    let Some(Speed { rate, left }) = speed else {
        return text;
    };
    text = format!("{text}, {} {unit}/s", short(rate));
    match left {
        Some(left) => format!("{text}, {} left", time(left)),
        None => text,
    }
}

/// Such as `10,000/10,000 items (100 %) in 24.4 s, 410 items/s`.
pub fn at_the_end(counts: Counts, unit: &str, since: Duration) -> String {
    let text = format!("{} in {}", share(counts, unit), time(since.as_secs_f64()));
    match rate(counts, since) {
        Some(rate) => format!("{text}, {} {unit}/s", short(rate)),
        None => text,
    }
}

fn done_of(counts: Counts, unit: &str) -> String {
    format!("{}/{} {unit}", grouped(counts.done), grouped(counts.total))
}

fn share(counts: Counts, unit: &str) -> String {
    let text = done_of(counts, unit);
    match counts.percent() {
        Some(percent) => format!("{text} ({percent} %)"),
        None => text,
    }
}

/// A second, of what is done now.
pub fn rate(counts: Counts, since: Duration) -> Option<f64> {
    let rate = counts.fresh() as f64 / since.as_secs_f64();
    (counts.fresh() > 0 && rate.is_finite()).then_some(rate)
}

/// In groups of three digits.
pub fn grouped(n: u128) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three digits are enough of a speed.
pub fn short(x: f64) -> String {
    if x >= 99.95 {
        return grouped(x.round() as u128);
    }
    let places = if x >= 9.995 { 1 } else { 2 };
    format!("{x:.places$}")
}

/// In the units that people use.
pub fn time(seconds: f64) -> String {
    let whole = seconds.round() as u128;
    match whole {
        _ if seconds < 0.9995 => format!("{:.0} ms", seconds * 1e3),
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        0..120 => format!("{whole} s"),
        120..7200 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", grouped(whole / 3600), whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(done: u128, total: u128) -> Counts {
        let before = 0;
        Counts {
            done,
            total,
            before,
        }
    }

    #[test]
    fn under_way_says_what_is_left() {
        let of = |done, total, rate, left| {
            under_way(
                counts(done, total),
                "items",
                Some(Speed {
                    rate,
                    left: Some(left),
                }),
                &[],
            )
        };
        assert_eq!(
            of(1234, 10_000, 411.3, 21.3),
            "1,234/10,000 items (12 %), 411 items/s, 21 s left"
        );
        assert_eq!(
            under_way(counts(0, 10_000), "items", None, &[]),
            "0/10,000 items (0 %)"
        );
        assert_eq!(
            of(1, 100_000, 1.0, 99_999.0),
            "1/100,000 items (0 %), 1.00 items/s, 27 h 46 min left"
        );
        assert_eq!(
            of(5, 905, 1.0, 900.0),
            "5/905 items (0 %), 1.00 items/s, 15 min 0 s left"
        );
        let (rate, left) = (5.0, None);
        assert_eq!(
            under_way(counts(990, 1000), "jobs", Some(Speed { rate, left }), &[]),
            "990/1,000 jobs so far, 5.00 jobs/s"
        );
        let others = ["3 of 4 ranks".to_owned(), "checkpoint 12 s old".to_owned()];
        assert_eq!(
            under_way(
                counts(1, 3),
                "jobs",
                Some(Speed {
                    rate: 1.0,
                    left: Some(2.0)
                }),
                &others
            ),
            "1/3 jobs (33 %), 3 of 4 ranks, checkpoint 12 s old, 1.00 jobs/s, 2.0 s left"
        );
    }

    #[test]
    fn the_end_says_how_long_it_took() {
        let of = |done, total, millis| {
            at_the_end(counts(done, total), "jobs", Duration::from_millis(millis))
        };
        assert_eq!(
            of(10_000, 10_000, 24_390),
            "10,000/10,000 jobs (100 %) in 24 s, 410 jobs/s"
        );
        assert_eq!(of(0, 0, 200), "0/0 jobs in 200 ms");
        assert_eq!(of(u128::MAX, u128::MAX, 1000).matches('%').count(), 1);
        // Not all, though nearly.
        assert!(of(9999, 10_000, 1000).contains("(99 %)"));
    }

    #[test]
    fn digits_in_threes() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(n), text);
        }
        for (x, text) in [
            (0.5, "0.50"),
            (9.996, "10.0"),
            (99.94, "99.9"),
            (99.96, "100"),
        ] {
            assert_eq!(short(x), text);
        }
    }
}
