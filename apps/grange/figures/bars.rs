//! Bars to the right, each stacked of parts: readable with any number of them and with long names.

use super::Drawing;
use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Stroke};
use super::frame::{EDGE, title};
use super::legend::{Legend, SAMPLE};
use super::palette::{self, GRID, INK};
use super::ruler::{Ruler, SIZE, Way};
use super::{text, words};

/// Height of a bar and of its row.
const BAR: f64 = 20.0;
const ROW: f64 = 30.0;
/// The most that names may take of the width.
const NAMES: f64 = 0.36;
/// Bars that are drawn; more would be no figure any more.
const MOST: usize = 60;

/// A figure of stacked bars.
#[derive(Clone, Debug, Default)]
pub struct Bars {
    /// Above the figure; may be empty.
    pub title: String,
    /// What the bars' lengths are.
    pub axis: Axis,
    /// Names of the parts, in the order in which they are stacked.
    pub parts: Vec<String>,
    /// From above. No more than 60 are drawn.
    pub bars: Vec<Bar>,
    /// Width in pixels; that of [`super::PAPER`] if not given.
    pub width: Option<f64>,
}

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// At its left end.
    pub name: String,
    /// For each of the parts; values that are negative or not finite count as zero.
    pub values: Vec<f64>,
}

impl Bars {
    /// The figure; its height follows from the number of bars.
    pub fn draw(&self) -> Drawing {
        let bars = self.bars.get(..MOST).unwrap_or(&self.bars);
        let width = self.width.unwrap_or(super::PAPER.0);
        let names: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        let legend = Legend::new(&names, width - 2.0 * EDGE);
        let above = if self.title.is_empty() {
            EDGE
        } else {
            EDGE + 25.0
        };
        let height = above + legend.height + 8.0 + ROW * bars.len().max(1) as f64 + 52.0;
        let mut canvas = Canvas::new(width, height, &self.title);
        let top = title(&mut canvas, &self.title);
        legend.draw(&mut canvas, (EDGE, top), |canvas, index, (x, y)| {
            let place = (x + 4.0, y - 6.5, SAMPLE - 8.0, 13.0);
            canvas.area(place, index, "");
        });
        let top = top + legend.height + 8.0;
        let named = bars.iter().map(|bar| text::width(&bar.name, SIZE));
        let named = named.fold(0.0, f64::max).min(NAMES * width);
        let (left, right) = (EDGE + named + 8.0, width - EDGE - 18.0);
        let totals = bars.iter().map(|bar| clean(&bar.values).sum());
        let ruler = Ruler::new(&self.axis, totals, right - left, Way::Across);
        let at = |value| left + ruler.share(value).unwrap_or(0.0) * (right - left);
        let bottom = top + ROW * bars.len().max(1) as f64;
        for (value, label) in &ruler.ticks {
            let x = at(*value);
            canvas.line((x, top), (x, bottom), Stroke::solid(GRID, 1.0));
            let below = (x, bottom + 5.0 + SIZE);
            canvas.text(below, label, SIZE, Anchor::Middle, INK);
        }
        for (row, bar) in bars.iter().enumerate() {
            let y = top + ROW * row as f64 + (ROW - BAR) / 2.0;
            let name = text::fit(&text::clean(&bar.name), SIZE, named + 0.1);
            let beside = (left - 7.0, y + BAR / 2.0 + SIZE * 0.36);
            canvas.text(beside, &name, SIZE, Anchor::End, INK);
            self.bar(&mut canvas, bar, y, at);
        }
        canvas.line((left, top), (left, bottom), Stroke::solid(INK, 1.0));
        let name = text::fit(&self.axis.label, 13.0, right - left);
        let below = ((left + right) / 2.0, bottom + SIZE + 26.0);
        canvas.text(below, &name, 13.0, Anchor::Middle, INK);
        Drawing::new(canvas)
    }

    fn bar(&self, canvas: &mut Canvas, bar: &Bar, y: f64, at: impl Fn(f64) -> f64) {
        let total: f64 = clean(&bar.values).sum();
        let mut before = 0.0;
        for (index, (part, value)) in self.parts.iter().zip(clean(&bar.values)).enumerate() {
            let (from, to) = (at(before), at(before + value));
            before += value;
            if value <= 0.0 || to - from < 0.05 {
                continue;
            }
            let share = words::percent(value / total);
            let place = (from, y, to - from, BAR);
            let told = format!("{}: {part} {share}", bar.name);
            canvas.area(place, index, &told);
            let takes = text::width(&share, SIZE) + 8.0;
            if self.parts.len() > 1 && takes <= to - from {
                label(canvas, ((from + to) / 2.0, y), &share, takes, index);
            }
        }
    }
}

/// A share on its part; on a hatched one with room of its own, or it could not be read.
fn label(canvas: &mut Canvas, (middle, y): (f64, f64), share: &str, takes: f64, index: usize) {
    let hatched = palette::hatch(index) != palette::Hatch::Plain;
    if hatched {
        let place = (middle - takes / 2.0 + 1.0, y + 2.5, takes - 2.0, BAR - 5.0);
        canvas.rect(place, "#ffffff");
    }
    let fill = if palette::is_dark(index) && !hatched {
        "#ffffff"
    } else {
        INK
    };
    let at = (middle, y + BAR / 2.0 + SIZE * 0.36);
    canvas.text(at, share, SIZE, Anchor::Middle, fill);
}

fn clean(values: &[f64]) -> impl Iterator<Item = f64> {
    let drawn = |v: &f64| v.is_finite() && *v > 0.0 && *v < 1e90;
    values.iter().map(move |v| if drawn(v) { *v } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_stacked() {
        let bars = Bars {
            parts: vec!["a".into(), "b".into()],
            bars: vec![
                Bar {
                    name: "one".into(),
                    values: vec![1.0, 3.0],
                },
                Bar {
                    name: "two".into(),
                    values: vec![f64::NAN, -1.0],
                },
            ],
            axis: Axis::linear("time (s)"),
            ..Bars::default()
        };
        let svg = bars.draw().svg().to_owned();
        let shares: Vec<&str> = ["one: a 25.0\u{a0}%", "one: b 75.0\u{a0}%"]
            .into_iter()
            .filter(|told| svg.contains(told))
            .collect();
        assert_eq!(shares.len(), 2, "{svg}");
        assert!(!svg.contains("two: a") && !svg.contains("two: b"), "{svg}");
    }
}
