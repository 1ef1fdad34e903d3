//! Numbers as a reader wants them: times, shares, counts and values on an axis.

/// Between a number and its unit: no line is broken there.
const SPACE: char = '\u{a0}';
const MINUS: char = '\u{2212}';

/// Three digits of a time, with the unit that suits it: `1.23 ms`, `45.6 s`, `2 h 05 min`.
pub fn seconds(time: f64) -> String {
    if !time.is_finite() {
        return "\u{2013}".into();
    }
    let size = time.abs();
    let sign = if time < 0.0 { "\u{2212}" } else { "" };
    if size >= 3599.5 {
        let minutes = (size / 60.0).round();
        let (h, m) = ((minutes / 60.0).floor(), minutes % 60.0);
        return format!("{sign}{h}{SPACE}h{SPACE}{m:02}{SPACE}min");
    }
    if size >= 119.95 {
        let whole = size.round();
        let (m, s) = ((whole / 60.0).floor(), whole % 60.0);
        return format!("{sign}{m}{SPACE}min{SPACE}{s:02}{SPACE}s");
    }
    if size == 0.0 {
        return format!("0{SPACE}s");
    }
    let (scaled, unit) = [(1.0, "s"), (1e3, "ms"), (1e6, "\u{b5}s"), (1e9, "ns")]
        .into_iter()
        .map(|(factor, unit)| (size * factor, unit))
        // 0.9996 ms is 1.00 ms.
        .find(|(scaled, _)| *scaled >= 0.9995)
        .unwrap_or((size * 1e9, "ns"));
    format!("{sign}{}{SPACE}{unit}", digits(scaled))
}

/// Three digits, or all before the point.
fn digits(value: f64) -> String {
    let decimals = match value {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

/// A share of one: `93.4 %`.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "\u{2013}".into();
    }
    let value = share * 100.0;
    let text = match value.abs() {
        0.0 => "0".into(),
        v if v < 0.05 => format!("{value:.2}"),
        v if v < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    };
    format!("{}{SPACE}%", text.replace('-', &MINUS.to_string()))
}

/// A whole number in groups of three digits.
pub fn count(number: u64) -> String {
    let text = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in text.chars().enumerate() {
        if place > 0 && (text.len() - place).is_multiple_of(3) {
            grouped.push(SPACE);
        }
        grouped.push(digit);
    }
    grouped
}

/// A value on an axis whose values are `step` apart, with no more decimals than that takes.
pub fn tick(value: f64, step: f64) -> String {
    let size = value.abs();
    let text = if size >= 1e6 || (size > 0.0 && size < 1e-4) {
        let text = format!("{value:.2e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
        format!("{mantissa}e{exponent}")
    } else {
        // A step of 0.25 takes two decimals, one of 0.2 one.
        let fits = |d: &usize| {
            let scaled = step.abs() * 10f64.powi(*d as i32);
            (scaled - scaled.round()).abs() <= 1e-6 * scaled
        };
        let decimals = (0..8).find(fits).unwrap_or(8);
        format!("{value:.decimals$}")
    };
    text.replace('-', &MINUS.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: String) -> String {
        text.replace(SPACE, " ").replace(MINUS, "-")
    }

    #[test]
    fn times() {
        for (time, text) in [
            (0.0, "0 s"),
            (1.2345, "1.23 s"),
            (12.345, "12.3 s"),
            (119.0, "119 s"),
            (125.4, "2 min 05 s"),
            (3599.9, "1 h 00 min"),
            (7500.0, "2 h 05 min"),
            (0.00123, "1.23 ms"),
            (0.99999, "1.00 s"),
            (4.5e-6, "4.50 \u{b5}s"),
            (3e-10, "0.30 ns"),
            (-0.5, "-500 ms"),
            (f64::NAN, "\u{2013}"),
        ] {
            assert_eq!(plain(seconds(time)), text);
        }
    }

    #[test]
    fn shares_and_counts() {
        for (share, text) in [
            (0.0, "0 %"),
            (0.934, "93.4 %"),
            (1.0, "100 %"),
            (0.0002, "0.02 %"),
            (-0.1, "-10.0 %"),
        ] {
            assert_eq!(plain(percent(share)), text);
        }
        assert_eq!(plain(count(1_234_567)), "1 234 567");
        assert_eq!(plain(count(123)), "123");
    }

    #[test]
    fn ticks_have_the_decimals_they_need() {
        for (value, step, text) in [
            (0.0, 0.5, "0.0"),
            (2.0, 1.0, "2"),
            (0.25, 0.25, "0.25"),
            (-1.5, 0.5, "-1.5"),
            (1e6, 1e6, "1e6"),
            (2.5e9, 5e8, "2.5e9"),
            (1e-5, 1e-5, "1e-5"),
            (1024.0, 1024.0, "1024"),
        ] {
            assert_eq!(plain(tick(value, step)), text);
        }
    }
}
