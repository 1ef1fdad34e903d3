//! How often which values are: a histogram of bins that are there already, with marks such as a median.

use super::Drawing;
use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Stroke};
use super::frame::{Frame, Parts};
use super::palette::{self, INK};
use super::{text, words};

/// Font size of marks, and the height of a row of them.
const SIZE: f64 = 12.0;
const ROW: f64 = 16.0;
/// The look of bins, which are all of one kind: the place of a light blue that has no hatches.
const PLAIN: usize = 40;

/// A figure of bins.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// Above the figure; may be empty.
    pub title: String,
    /// The axis of the values.
    pub x: Axis,
    /// The axis of the counts; logarithmic ones begin at one half.
    pub y: Axis,
    /// Lower bound, upper bound and count of each bin.
    pub bins: Vec<(f64, f64, u64)>,
    /// Values to mark, each with a name: a median, a percentile.
    pub marks: Vec<(String, f64)>,
    /// Width and height in pixels; [`super::PAPER`] if not given.
    pub size: Option<(f64, f64)>,
}

impl Histogram {
    /// The figure.
    pub fn draw(&self) -> Drawing {
        let seen: Vec<_> = self.bins.iter().filter(|(_, _, n)| *n > 0).collect();
        let logarithmic = self.y.scale != Scale::Linear;
        let floor = if logarithmic { 0.5 } else { 0.0 };
        // Room above the bars for the marks.
        let tallest = seen.iter().map(|(_, _, n)| *n).max().unwrap_or(1) as f64;
        let rows = self.marks.len() as f64;
        let above = if logarithmic {
            tallest * 2f64.powf(1.0 + rows)
        } else {
            tallest * (1.04 + 0.09 * rows)
        };
        let ends = seen.iter().flat_map(|(low, high, _)| [*low, *high]);
        let marks = self.marks.iter().map(|(_, value)| *value);
        let parts = Parts {
            title: &self.title,
            names: &[],
            x: &self.x,
            y: &self.y,
            size: self.size.unwrap_or(super::PAPER),
        };
        let ys = [floor, above].into_iter();
        let mut frame = Frame::new(&parts, ends.chain(marks), ys, |_, _, _| {});
        for (low, high, count) in &seen {
            let left = frame.at_x(*low).unwrap_or(frame.left);
            let Some(right) = frame.at_x(*high) else {
                continue;
            };
            let top = frame.at_y(*count as f64).unwrap_or(frame.bottom);
            let place = (left, top, (right - left).max(0.7), frame.bottom - top);
            let told = format!("{}\u{a0}\u{d7}", words::count(*count));
            frame.canvas.area(place, PLAIN, &told);
        }
        if seen.is_empty() {
            frame.nothing();
        }
        self.mark(&mut frame);
        Drawing::new(frame.canvas)
    }

    /// A dashed line for each mark, its name in a row of its own.
    fn mark(&self, frame: &mut Frame) {
        let marks: Vec<(usize, String, f64)> = self
            .marks
            .iter()
            .enumerate()
            .filter_map(|(index, (name, value))| {
                Some((index, text::clean(name), frame.at_x(*value)?))
            })
            .collect();
        let takes = |name: &str| text::width(name, SIZE) + 6.0;
        let fits_right = |name: &str, x: f64| x + takes(name) < frame.right;
        let fits_left = |name: &str, x: f64| x - takes(name) > frame.left;
        let all_fit = marks.iter().all(|(_, name, x)| fits_right(name, *x));
        // No line crosses a name: those to the left of their lines are above what is further left, the others above
        // what is further right.
        let (mut lefts, mut rights): (Vec<_>, Vec<_>) = marks
            .into_iter()
            .partition(|(_, name, x)| !all_fit && fits_left(name, *x) || !fits_right(name, *x));
        lefts.sort_by(|a, b| b.2.total_cmp(&a.2));
        rights.sort_by(|a, b| a.2.total_cmp(&b.2));
        let first_right = lefts.len();
        for (row, (index, name, x)) in lefts.into_iter().chain(rights).enumerate() {
            let y = frame.top + ROW * row as f64;
            let stroke = Stroke {
                colour: INK,
                width: 1.3,
                dash: palette::dash(index),
            };
            frame.canvas.line((x, y), (x, frame.bottom), stroke);
            let takes = text::width(&name, SIZE) + 6.0;
            let (at, anchor, left) = if row >= first_right {
                (x + 5.0, Anchor::Start, x + 3.0)
            } else {
                (x - 5.0, Anchor::End, x - takes - 1.0)
            };
            // Of names on both sides, one may still be crossed.
            let behind = (left, y - 1.0, takes, SIZE + 3.0);
            frame.canvas.rect(behind, "#ffffff");
            frame
                .canvas
                .text((at, y + SIZE - 1.5), &name, SIZE, anchor, INK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_that_are_empty_are_not_drawn() {
        let histogram = Histogram {
            x: Axis::log10("grain time"),
            y: Axis::linear("grains"),
            bins: vec![(1e-3, 2e-3, 5), (2e-3, 4e-3, 0), (4e-3, 8e-3, 1234)],
            marks: vec![("median".into(), 5e-3), ("p99".into(), 7.9e-3)],
            ..Histogram::default()
        };
        let svg = histogram.draw().svg().to_owned();
        assert!(svg.contains("5\u{a0}\u{d7}") && svg.contains("1\u{a0}234\u{a0}\u{d7}"));
        assert_eq!(svg.matches("<title>").count(), 2);
        assert!(svg.contains(">median<") && svg.contains(">p99<"));
        let empty = Histogram::default().draw();
        assert!(empty.svg().contains("no data"));
    }
}
