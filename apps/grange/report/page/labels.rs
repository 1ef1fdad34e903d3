//! Words that several parts of a page have.

use crate::figures::words::{count, tick};
use std::fmt::Display;
use std::time::{Duration, UNIX_EPOCH};

/// What stands for no value.
pub const NONE: &str = "\u{2013}";

/// `1 rank`, `2 ranks`.
pub fn plural(count: u64, one: &str, many: &str) -> String {
    format!(
        "{}\u{a0}{}",
        crate::figures::words::count(count),
        if count == 1 { one } else { many }
    )
}

/// A whole number in groups of three digits, beyond 2^64 too.
pub fn large(number: u128) -> String {
    u64::try_from(number).map_or_else(|_| number.to_string(), crate::figures::words::count)
}

/// A number in little room: whole with its digits in groups, or three digits of one that is large or small.
pub fn brief(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() {
        return NONE.into();
    }
    match size {
        0.0 => "0".into(),
        // As many digits as a million less one.
        1e3..999_999.5 => count(number.max(0.0).round() as u64),
        1e-3..1e3 if number.fract() != 0.0 => {
            let places = (2.0 - size.log10().floor()).clamp(0.0, 5.0) as usize;
            format!("{number:.places$}")
        }
        _ if size < 1e3 && number.fract() == 0.0 => format!("{number:.0}"),
        _ => tick(number, 1.0),
    }
}

/// A Unix time as a date in UTC.
pub fn date(started: f64) -> String {
    // Years that have four digits.
    if !(0.0..253_402_300_800.0).contains(&started) {
        return NONE.into();
    }
    let since = UNIX_EPOCH + Duration::from_secs_f64(started);
    let text = humantime::format_rfc3339_seconds(since).to_string();
    text.replace('T', " ").replace('Z', " UTC")
}

/// `0-3, 8`: numbers as ranges.
pub fn ranges(numbers: &[u64]) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let runs = sorted.chunk_by(|a, b| a + 1 == *b).map(|run| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}\u{2013}{last}"),
        [] => String::new(),
    });
    join(runs)
}

/// With commas.
pub fn join(parts: impl IntoIterator<Item = impl Display>) -> String {
    let parts: Vec<String> = parts.into_iter().map(|part| part.to_string()).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words() {
        assert_eq!(ranges(&[3, 1, 2, 8, 2]), "1\u{2013}3, 8");
        assert_eq!(ranges(&[]), "");
        assert_eq!(plural(1, "rank", "ranks"), "1\u{a0}rank");
        assert_eq!(plural(2000, "rank", "ranks"), "2\u{a0}000\u{a0}ranks");
        assert_eq!(large(1 << 64), "18446744073709551616");
    }

    #[test]
    fn numbers_in_little_room() {
        for (number, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (297.0, "297"),
            (12.345, "12.3"),
            (0.01234, "0.0123"),
            (1e-6, "1e\u{2212}6"),
            (12_345.6, "12\u{a0}346"),
            (1_388_888_888.0, "1.39e9"),
            (1e10, "1e10"),
            (f64::NAN, NONE),
        ] {
            assert_eq!(brief(number), text);
        }
    }

    #[test]
    fn dates() {
        assert_eq!(date(0.0), "1970-01-01 00:00:00 UTC");
        assert_eq!(date(1_795_320_000.25), "2026-11-22 04:00:00 UTC");
        for odd in [f64::NAN, -1.0, 1e300, f64::INFINITY] {
            assert_eq!(date(odd), NONE);
        }
    }
}
