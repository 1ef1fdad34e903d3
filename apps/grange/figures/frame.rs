//! The axes of a figure around the room for its data.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Stroke};
use super::legend::Legend;
use super::palette::{GRID, INK};
use super::ruler::{Ruler, SIZE, Way};
use super::text;

/// Font sizes of titles and of the names of axes.
pub const TITLE: f64 = 15.0;
const LABEL: f64 = 13.0;
/// At the sheet's edges.
pub const EDGE: f64 = 10.0;

/// A sheet with axes.
pub struct Frame {
    /// To draw on.
    pub canvas: Canvas,
    /// Edges of the room for data.
    pub left: f64,
    /// Its right edge.
    pub right: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its lower edge.
    pub bottom: f64,
    x: Ruler,
    y: Ruler,
}

/// What is around the data.
pub struct Parts<'a> {
    /// Above everything; may be empty.
    pub title: &'a str,
    /// Names of what is drawn, for the legend.
    pub names: &'a [&'a str],
    /// The axis to the right.
    pub x: &'a Axis,
    /// The axis upwards.
    pub y: &'a Axis,
    /// Width and height of the sheet.
    pub size: (f64, f64),
}

/// Where a title is above a figure's other parts, and how much it takes.
pub fn title(canvas: &mut Canvas, words: &str) -> f64 {
    if words.is_empty() {
        return EDGE;
    }
    let words = text::fit(&text::clean(words), TITLE, canvas.width - 2.0 * EDGE);
    canvas.text((EDGE, EDGE + TITLE), &words, TITLE, Anchor::Start, INK);
    EDGE + TITLE + 10.0
}

impl Frame {
    /// Draws axes for data of these x and y, and the legend.
    pub fn new(
        parts: &Parts,
        xs: impl Iterator<Item = f64>,
        ys: impl Iterator<Item = f64>,
        sample: impl FnMut(&mut Canvas, usize, (f64, f64)),
    ) -> Self {
        let (width, height) = parts.size;
        let mut canvas = Canvas::new(width, height, parts.title);
        let top = title(&mut canvas, parts.title);
        let legend = Legend::new(parts.names, width - 2.0 * EDGE);
        legend.draw(&mut canvas, (EDGE, top), sample);
        // Half a tick's label is above the axis.
        let top = top + legend.height + SIZE / 2.0 + 2.0;
        let bottom = height - EDGE - LABEL - SIZE - 14.0;
        let y = Ruler::new(parts.y, ys, bottom - top, Way::Up);
        let left = EDGE + LABEL + 8.0 + y.widest() + 8.0;
        let right = width - EDGE - 14.0;
        let x = Ruler::new(parts.x, xs, right - left, Way::Across);
        let mut frame = Frame {
            canvas,
            left,
            right,
            top,
            bottom,
            x,
            y,
        };
        frame.axes();
        frame
    }

    fn axes(&mut self) {
        let (left, right, top, bottom) = (self.left, self.right, self.top, self.bottom);
        let thin = Stroke::solid(GRID, 1.0);
        let ink = Stroke::solid(INK, 1.0);
        let columns: Vec<_> = self.x.ticks.clone();
        for (value, label) in columns {
            let x = self.at_x(value).unwrap_or(left);
            self.canvas.line((x, top), (x, bottom), thin);
            self.canvas.line((x, bottom), (x, bottom + 4.0), ink);
            let at = (x, bottom + 6.0 + SIZE);
            self.canvas.text(at, &label, SIZE, Anchor::Middle, INK);
        }
        let rows: Vec<_> = self.y.ticks.clone();
        for (value, label) in rows {
            let y = self.at_y(value).unwrap_or(bottom);
            self.canvas.line((left, y), (right, y), thin);
            self.canvas.line((left - 4.0, y), (left, y), ink);
            let at = (left - 7.0, y + SIZE * 0.36);
            self.canvas.text(at, &label, SIZE, Anchor::End, INK);
        }
        self.canvas
            .polyline(&[(left, top), (left, bottom), (right, bottom)], ink);
        let middle = (left + right) / 2.0;
        let below = bottom + 6.0 + SIZE + 6.0 + LABEL;
        let name = text::fit(&self.x.label, LABEL, right - left);
        self.canvas
            .text((middle, below), &name, LABEL, Anchor::Middle, INK);
        let name = text::fit(&self.y.label, LABEL, bottom - top);
        self.canvas
            .upwards((EDGE + LABEL - 2.0, (top + bottom) / 2.0), &name, LABEL);
    }

    /// Where a value of the axis to the right is, if it is in range.
    pub fn at_x(&self, value: f64) -> Option<f64> {
        let share = self.x.share(value).filter(in_range)?;
        Some(self.left + share * (self.right - self.left))
    }

    /// Where a value of the axis upwards is, if it is in range.
    pub fn at_y(&self, value: f64) -> Option<f64> {
        let share = self.y.share(value).filter(in_range)?;
        Some(self.bottom - share * (self.bottom - self.top))
    }

    /// Where a point is, if it is in range.
    pub fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        Some((self.at_x(x)?, self.at_y(y)?))
    }

    /// Says that there is nothing to see.
    pub fn nothing(&mut self) {
        let middle = (
            (self.left + self.right) / 2.0,
            (self.top + self.bottom) / 2.0,
        );
        self.canvas
            .text(middle, "no data", LABEL, Anchor::Middle, INK);
    }
}

fn in_range(share: &f64) -> bool {
    (-1e-6..=1.0 + 1e-6).contains(share)
}
