//! Hatching as lines cut off at a rectangle's edges: patterns would need names that are unique on a page.

use super::canvas::number;
use super::palette::Hatch;

/// Pixels between lines.
const STEP: f64 = 6.0;
/// Far more than any area of a figure takes.
const MOST: usize = 2000;

/// An SVG path of the lines over the rectangle: left, top, width, height.
pub fn lines((x, y, width, height): (f64, f64, f64, f64), hatch: Hatch) -> String {
    // Narrower, there is no room for a line.
    if width < 2.0 || height < 2.0 {
        return String::new();
    }
    let (right, bottom) = (x + width, y + height);
    let steps = |length: f64| {
        let count = (length / STEP).ceil() as usize;
        (0..count.min(MOST))
            .map(|step| (step as f64 + 0.5) * STEP)
            .filter(move |at| *at < length)
    };
    let slanted = steps(width + height).map(|at| {
        // Along the left edge and then along the bottom; and where the line at 45 degrees leaves.
        let (down, along) = (at.min(height), (at - height).max(0.0));
        let up = down.min(width - along);
        (along, down, along + up, down - up)
    });
    let cuts: Vec<(f64, f64, f64, f64)> = match hatch {
        Hatch::Plain => Vec::new(),
        Hatch::Rising => slanted
            .map(|(x1, y1, x2, y2)| (x + x1, y + y1, x + x2, y + y2))
            .collect(),
        Hatch::Falling => slanted
            .map(|(x1, y1, x2, y2)| (x + x1, bottom - y1, x + x2, bottom - y2))
            .collect(),
        Hatch::Upright => steps(width).map(|at| (x + at, y, x + at, bottom)).collect(),
        Hatch::Level => steps(height).map(|at| (x, y + at, right, y + at)).collect(),
    };
    cuts.into_iter()
        .map(|(x1, y1, x2, y2)| {
            format!(
                "M{},{}L{},{}",
                number(x1),
                number(y1),
                number(x2),
                number(y2)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(path: &str) -> Vec<f64> {
        let numbers = path.split(['M', 'L', ',']).filter(|part| !part.is_empty());
        numbers.map(|part| part.parse().unwrap()).collect()
    }

    #[test]
    fn lines_stay_inside() {
        for place in [
            (10.0, 20.0, 100.0, 15.0),
            (10.0, 20.0, 5.0, 40.0),
            (0.0, 0.0, 7.0, 7.0),
        ] {
            let (x, y, width, height) = place;
            for hatch in [Hatch::Rising, Hatch::Falling, Hatch::Upright, Hatch::Level] {
                let ends = ends(&lines(place, hatch));
                assert!(!ends.is_empty(), "{hatch:?} of {place:?}");
                for end in ends.chunks(2) {
                    assert!(end[0] >= x - 0.01 && end[0] <= x + width + 0.01, "{end:?}");
                    assert!(end[1] >= y - 0.01 && end[1] <= y + height + 0.01, "{end:?}");
                }
            }
        }
        assert!(lines((0.0, 0.0, 1.0, 50.0), Hatch::Rising).is_empty());
        assert!(lines((0.0, 0.0, 50.0, 50.0), Hatch::Plain).is_empty());
    }
}
