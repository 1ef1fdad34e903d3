//! Points as small shapes, each outlined so that it is seen on whatever is below it.

use super::canvas::{Canvas, Stroke, number};
use super::palette::{self, INK, Marker};

/// Draws the marker of series `index` with its middle there.
pub fn marker(canvas: &mut Canvas, at: (f64, f64), index: usize) {
    shape(canvas, at, palette::marker(index), palette::colour(index));
}

/// Draws the marker of events of kind `index`: white, since what is below may have any shade.
pub fn event(canvas: &mut Canvas, at: (f64, f64), index: usize) {
    // The shapes that have an inside.
    shape(canvas, at, palette::marker(index % 5), "#ffffff");
}

fn shape(canvas: &mut Canvas, (x, y): (f64, f64), marker: Marker, fill: &'static str) {
    let through = |points: &[(f64, f64)]| {
        let steps = points.iter();
        let steps = steps.map(|(dx, dy)| format!("{},{}", number(x + dx), number(y + dy)));
        format!("M{}Z", steps.collect::<Vec<_>>().join("L"))
    };
    let r = 4.2;
    let path = match marker {
        Marker::Circle => format!(
            "M{},{}a{r},{r} 0 1,0 {},0a{r},{r} 0 1,0 -{},0Z",
            number(x - r),
            number(y),
            2.0 * r,
            2.0 * r
        ),
        Marker::Square => through(&[(-3.8, -3.8), (3.8, -3.8), (3.8, 3.8), (-3.8, 3.8)]),
        Marker::Up => through(&[(0.0, -5.0), (4.8, 3.6), (-4.8, 3.6)]),
        Marker::Diamond => through(&[(0.0, -5.4), (5.4, 0.0), (0.0, 5.4), (-5.4, 0.0)]),
        Marker::Down => through(&[(0.0, 5.0), (4.8, -3.6), (-4.8, -3.6)]),
        Marker::Cross | Marker::Plus => {
            let slanted = marker == Marker::Cross;
            let (a, b) = if slanted {
                ((4.0, 4.0), (4.0, -4.0))
            } else {
                ((5.0, 0.0), (0.0, 5.0))
            };
            for (dx, dy) in [a, b] {
                let stroke = Stroke::solid(fill, 2.2);
                canvas.line((x - dx, y - dy), (x + dx, y + dy), stroke);
            }
            return;
        }
    };
    canvas.filled(&path, fill, 1.0);
    canvas.outline(
        &path,
        Stroke::solid(INK, if fill == "#ffffff" { 1.3 } else { 0.5 }),
    );
}
