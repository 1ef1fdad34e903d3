//! Where ticks are and what stands at them.

use super::axis::Unit;
use super::words;

/// What stands at a tick; `step` is how far ticks are apart if they are all the same.
pub fn label(unit: Unit, value: f64, step: Option<f64>) -> String {
    match unit {
        Unit::Number => words::tick(value, step.unwrap_or(value)),
        Unit::Percent => {
            let step = step.unwrap_or(value);
            format!("{}\u{a0}%", words::tick(value * 100.0, step * 100.0))
        }
        Unit::Seconds => time(value),
    }
}

/// A tick's time, which has few digits: `10 ms`, `0.5 s`.
fn time(value: f64) -> String {
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "\u{b5}s"), (1e-9, "ns")];
    let fit = units
        .into_iter()
        .find(|(one, _)| value.abs() >= one * 0.999_999);
    let (one, unit) = match fit {
        _ if value == 0.0 => (1.0, "s"),
        Some(fit) => fit,
        None => (1e-9, "ns"),
    };
    let scaled = value / one;
    // Rounded to six digits, so that 0.3 is not 0.30000000000000004.
    let rounded = format!("{scaled:.5e}").parse().unwrap_or(scaled);
    format!("{}\u{a0}{unit}", words::tick(rounded, rounded))
}

/// Range, ticks and their distance: one, two or five times a power of ten.
pub fn linear(range: Option<(f64, f64)>, from_zero: bool, most: f64) -> (f64, f64, Vec<f64>, f64) {
    let (mut low, mut high) = range.unwrap_or((0.0, 1.0));
    if from_zero {
        (low, high) = (low.min(0.0), high.max(0.0));
    }
    // All the same, or too close for the digits of a float.
    if high - low <= 1e-9 * high.abs().max(low.abs()) {
        let about = if high == 0.0 { 1.0 } else { high.abs() * 0.1 };
        (low, high) = if from_zero && high == 0.0 {
            (0.0, 1.0)
        } else {
            (low - about, high + about)
        };
    }
    let wanted = (high - low) / most;
    let power = 10f64.powf(wanted.log10().floor());
    let step = [1.0, 2.0, 5.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= wanted * 0.999_999)
        .unwrap_or(10.0 * power);
    let (first, last) = (
        (low / step + 1e-9).floor(),
        (high / step - 1e-9).ceil().max((low / step).floor() + 1.0),
    );
    let count = (last - first).round() as usize;
    let values = (0..=count).map(|n| (first + n as f64) * step).collect();
    (first * step, last * step, values, step)
}

/// Range and ticks at powers of `base`; of ten also at twice and five times these where there are few.
pub fn logarithmic(range: Option<(f64, f64)>, base: f64, most: f64) -> (f64, f64, Vec<f64>, f64) {
    let (low, high) = range.unwrap_or((1.0, base));
    let power = |value: f64| value.ln() / base.ln();
    let (mut from, mut to) = (power(low), power(high));
    // Near each other: between ticks, or there would be nothing to compare with.
    if to - from < 1.0 {
        let factors: &[f64] = if base == 10.0 {
            &[1.0, 2.0, 5.0, 10.0]
        } else {
            &[1.0, base]
        };
        let ends = |at: f64| factors.iter().map(move |f| at.floor() + power(*f));
        let below = ends(from + 1e-9).filter(|end| *end <= from + 1e-9);
        let above = ends(to - 1e-9).filter(|end| *end >= to - 1e-9);
        (from, to) = (
            below.fold(from.floor(), f64::max),
            above.fold(to.floor() + 1.0, f64::min),
        );
        if to - from < 1e-6 {
            (from, to) = (from - 1.0, to + 1.0);
        }
    }
    let margin = 0.04 * (to - from);
    let (first, last) = ((from - 1e-9).ceil(), (to + 1e-9).floor());
    let stride = ((last - first + 1.0) / most).ceil().max(1.0);
    let count = ((last - first) / stride).floor().max(0.0) as usize;
    let mut values: Vec<f64> = (0..=count)
        .map(|n| base.powf(first + n as f64 * stride))
        .collect();
    if base == 10.0 && last - first < 2.5 {
        let decades = (0..=count + 1).map(|n| 10f64.powf(first - 1.0 + n as f64));
        values.extend(decades.flat_map(|decade| [2.0 * decade, 5.0 * decade]));
        values.sort_by(f64::total_cmp);
    }
    let (low, high) = (base.powf(from - margin), base.powf(to + margin));
    values.retain(|v| (low..=high).contains(v));
    (low, high, values, 0.0)
}
