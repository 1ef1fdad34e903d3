//! Axes as they turn out for the data: a range, and ticks whose labels do not run into each other.

use super::axis::{Axis, Scale};
use super::{text, ticks};

/// Font size of ticks.
pub const SIZE: f64 = 12.0;
/// Values beyond are not drawn.
const LARGEST: f64 = 1e100;

/// An axis for some data.
#[derive(Debug)]
pub struct Ruler {
    scale: Scale,
    low: f64,
    high: f64,
    /// Value and label, from low to high.
    pub ticks: Vec<(f64, String)>,
    /// As the axis has it.
    pub label: String,
}

/// Which way an axis runs, and so how much room labels take along it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    /// To the right.
    Across,
    /// Upwards.
    Up,
}

impl Ruler {
    /// For `data` on `length` pixels.
    pub fn new(axis: &Axis, data: impl Iterator<Item = f64>, length: f64, way: Way) -> Self {
        let drawn = |v: &f64| fits(axis.scale, *v);
        let all = data.chain(axis.includes.iter().copied()).filter(drawn);
        let range = all.fold(None, |range: Option<(f64, f64)>, v| {
            Some(range.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
        });
        let room = match (way, axis.scale) {
            (Way::Across, _) => 70.0,
            (Way::Up, Scale::Linear) => 42.0,
            (Way::Up, _) => 30.0,
        };
        let most = (length / room).max(2.0);
        let (low, high, mut values, step) = match axis.scale {
            Scale::Linear => ticks::linear(range, axis.from_zero, most),
            Scale::Log2 => ticks::logarithmic(range, 2.0, most),
            Scale::Log10 => ticks::logarithmic(range, 10.0, most),
        };
        if !axis.at.is_empty() {
            values = axis.at.iter().copied().filter(drawn).collect();
            values.retain(|v| (low..=high).contains(v));
            values.sort_by(f64::total_cmp);
            values.dedup();
        }
        let step = if axis.scale == Scale::Linear && axis.at.is_empty() {
            Some(step)
        } else {
            None
        };
        let ticks = values
            .into_iter()
            .map(|v| (v, ticks::label(axis.unit, v, step)));
        let mut ruler = Ruler {
            scale: axis.scale,
            low,
            high,
            ticks: ticks.collect(),
            label: axis.label.clone(),
        };
        ruler.thin(length, way);
        ruler
    }

    /// Drops labels that would run into the one before.
    fn thin(&mut self, length: f64, way: Way) {
        let mut end = f64::NEG_INFINITY;
        let ticks = std::mem::take(&mut self.ticks);
        for (value, label) in ticks {
            let Some(share) = self.share(value) else {
                continue;
            };
            let (at, half, gap) = match way {
                Way::Across => (share * length, text::width(&label, SIZE) / 2.0, 8.0),
                Way::Up => (share * length, SIZE / 2.0, 3.0),
            };
            if at - half >= end + gap {
                end = at + half;
                self.ticks.push((value, label));
            }
        }
    }

    /// How far along the axis a value is, if it can be there: 0 at its beginning, 1 at its end.
    pub fn share(&self, value: f64) -> Option<f64> {
        let along = |v: f64| {
            if self.scale == Scale::Linear {
                v
            } else {
                v.ln()
            }
        };
        fits(self.scale, value)
            .then(|| (along(value) - along(self.low)) / (along(self.high) - along(self.low)))
    }

    /// The widest label of a tick, in pixels.
    pub fn widest(&self) -> f64 {
        let widths = self.ticks.iter().map(|(_, label)| text::width(label, SIZE));
        widths.fold(0.0, f64::max)
    }
}

fn fits(scale: Scale, value: f64) -> bool {
    let log = scale == Scale::Linear || value > 1.0 / LARGEST;
    value.abs() < LARGEST && log
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::axis::Unit;

    fn labels(axis: &Axis, data: &[f64], length: f64, way: Way) -> Vec<String> {
        let ruler = Ruler::new(axis, data.iter().copied(), length, way);
        let labels = ruler.ticks.into_iter().map(|(_, label)| label);
        labels
            .map(|label| label.replace('\u{a0}', " ").replace('\u{2212}', "-"))
            .collect()
    }

    #[test]
    fn linear_ticks_are_round() {
        let axis = Axis::linear("x");
        assert_eq!(
            labels(&axis, &[0.3, 7.2], 300.0, Way::Up),
            ["0", "2", "4", "6", "8"]
        );
        assert_eq!(
            labels(&axis, &[0.011], 250.0, Way::Up),
            [
                "0.000", "0.002", "0.004", "0.006", "0.008", "0.010", "0.012"
            ]
        );
        let share = axis.unit(Unit::Percent).include(1.0);
        assert_eq!(
            labels(&share, &[0.5], 300.0, Way::Up),
            ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]
        );
    }

    #[test]
    fn ranks_are_powers_of_two() {
        let axis = Axis::log2("ranks");
        assert_eq!(
            labels(&axis, &[1.0, 16.0], 400.0, Way::Across),
            ["1", "2", "4", "8", "16"]
        );
        assert_eq!(labels(&axis, &[3.0], 400.0, Way::Across), ["2", "4"]);
        let measured = axis.at([1.0, 3.0, 6.0, 12.0]);
        assert_eq!(
            labels(&measured, &[1.0, 12.0], 400.0, Way::Across),
            ["1", "3", "6", "12"]
        );
    }

    #[test]
    fn times_name_their_unit() {
        let axis = Axis::log10("grain").unit(Unit::Seconds);
        assert_eq!(
            labels(&axis, &[2e-6, 0.5], 600.0, Way::Across),
            ["10 \u{b5}s", "100 \u{b5}s", "1 ms", "10 ms", "100 ms"]
        );
        assert_eq!(
            labels(&axis, &[3.1e-3, 0.011], 600.0, Way::Across),
            ["2 ms", "5 ms", "10 ms", "20 ms"]
        );
        assert_eq!(
            labels(&axis, &[0.3, 0.3], 600.0, Way::Across),
            ["200 ms", "500 ms"]
        );
    }

    #[test]
    fn labels_do_not_run_into_each_other() {
        for (axis, way) in [
            (Axis::linear("x"), Way::Across),
            (Axis::log10("x"), Way::Across),
            (Axis::log2("x").at((1..=200).map(f64::from)), Way::Across),
        ] {
            for data in [[1.0, 1e9], [1e-9, 1.0], [1.0, 200.0]] {
                let ruler = Ruler::new(&axis, data.into_iter(), 300.0, way);
                let ends: Vec<(f64, f64)> = ruler
                    .ticks
                    .iter()
                    .map(|(v, label)| {
                        (
                            ruler.share(*v).unwrap() * 300.0,
                            text::width(label, SIZE) / 2.0,
                        )
                    })
                    .collect();
                for pair in ends.windows(2) {
                    assert!(
                        pair[0].0 + pair[0].1 < pair[1].0 - pair[1].1,
                        "{axis:?} {data:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn hard_data_makes_a_range_all_the_same() {
        let hard = [
            &[][..],
            &[0.0],
            &[5.0, 5.0],
            &[f64::NAN, f64::INFINITY],
            &[-3.0, -2.0],
            &[1e300],
            &[1e16, 1e16 + 2.0],
            &[1e-300],
            &[-1e99, 1e99],
        ];
        for data in hard {
            for axis in [Axis::linear("x"), Axis::log2("x"), Axis::log10("x")] {
                for from_zero in [true, false] {
                    let axis = Axis {
                        from_zero,
                        ..axis.clone()
                    };
                    let ruler = Ruler::new(&axis, data.iter().copied(), 300.0, Way::Up);
                    assert!(
                        ruler.low < ruler.high && ruler.ticks.len() < 20,
                        "{data:?} {ruler:?}"
                    );
                    assert!(!ruler.ticks.is_empty(), "{data:?} {ruler:?}");
                }
            }
        }
    }
}
