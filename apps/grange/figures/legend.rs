//! What the lines and areas of a figure mean, above it, in as many rows as it takes.

use super::canvas::{Anchor, Canvas};
use super::palette::INK;
use super::text;

/// Font size.
const SIZE: f64 = 12.0;
/// Height of a row.
const ROW: f64 = 19.0;
/// Width of a sample.
pub const SAMPLE: f64 = 30.0;
/// Between a sample and its name, and between entries.
const GAPS: (f64, f64) = (6.0, 18.0);

/// Names with their places.
pub struct Legend {
    entries: Vec<(f64, f64, String)>,
    /// Of all rows.
    pub height: f64,
}

impl Legend {
    /// Lays out `names` in a width.
    pub fn new(names: &[&str], width: f64) -> Self {
        let (mut x, mut row) = (0.0, 0.0);
        let entries: Vec<_> = names
            .iter()
            .map(|name| {
                let name = text::fit(&text::clean(name), SIZE, width - SAMPLE - GAPS.0);
                let takes = SAMPLE + GAPS.0 + text::width(&name, SIZE);
                if x > 0.0 && x + takes > width {
                    (x, row) = (0.0, row + 1.0);
                }
                let place = (x, row * ROW, name);
                x += takes + GAPS.1;
                place
            })
            .collect();
        let rows = if entries.is_empty() { 0.0 } else { row + 1.0 };
        Legend {
            entries,
            height: rows * ROW,
        }
    }

    /// Draws it with its upper left corner there. `sample` draws what an entry's name is for, given its number
    /// and the left end of its middle line.
    pub fn draw(
        &self,
        canvas: &mut Canvas,
        (left, top): (f64, f64),
        mut sample: impl FnMut(&mut Canvas, usize, (f64, f64)),
    ) {
        for (index, (x, y, name)) in self.entries.iter().enumerate() {
            let (x, y) = (left + x, top + y + ROW / 2.0);
            sample(canvas, index, (x, y));
            let at = (x + SAMPLE + GAPS.0, y + SIZE * 0.36);
            canvas.text(at, name, SIZE, Anchor::Start, INK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_begun_when_one_is_full() {
        let names = ["first", "second", "third"];
        assert_eq!(Legend::new(&names, 1000.0).height, ROW);
        assert_eq!(Legend::new(&names, 120.0).height, 3.0 * ROW);
        assert_eq!(Legend::new(&[], 120.0).height, 0.0);
        let long = "name ".repeat(100);
        let legend = Legend::new(&[&long], 200.0);
        let (x, _, name) = &legend.entries[0];
        assert!(x + SAMPLE + GAPS.0 + text::width(name, SIZE) <= 200.0);
    }
}
