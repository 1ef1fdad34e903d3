//! Lines with markers and error bars, for what was measured; dashed ones for what is ideal or fitted.

use super::Drawing;
use super::axis::Axis;
use super::canvas::{Canvas, Stroke};
use super::frame::{Frame, Parts};
use super::legend::SAMPLE;
use super::marker::marker;
use super::palette::{self, SOFT};

/// A figure of lines.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Above the figure; may be empty.
    pub title: String,
    /// The axis to the right.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// In the order of the legend; the first is drawn last, above the others.
    pub series: Vec<Series>,
    /// Width and height in pixels; [`super::PAPER`] if not given.
    pub size: Option<(f64, f64)>,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Series {
    /// For the legend.
    pub name: String,
    /// In the order in which they are joined. Points that are not finite are left out.
    pub points: Vec<Point>,
    /// Its looks.
    pub style: Style,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Style {
    /// An unbroken line with markers and error bars.
    Measured,
    /// A dashed line without markers in the colour of that series.
    Fitted(usize),
    /// A thin dashed line in grey.
    Ideal,
}

/// A point with its error bar.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// The ends of the error bar.
    pub error: Option<(f64, f64)>,
}

impl Point {
    /// Without error bar.
    pub fn new(x: f64, y: f64) -> Self {
        Point { x, y, error: None }
    }

    /// With an error bar from `low` to `high`.
    pub fn between(x: f64, y: f64, low: f64, high: f64) -> Self {
        Point {
            x,
            y,
            error: Some((low, high)),
        }
    }
}

impl Lines {
    /// The figure.
    pub fn draw(&self) -> Drawing {
        let names: Vec<&str> = self.series.iter().map(|s| s.name.as_str()).collect();
        let parts = Parts {
            title: &self.title,
            names: &names,
            x: &self.x,
            y: &self.y,
            size: self.size.unwrap_or(super::PAPER),
        };
        let points = || self.series.iter().flat_map(|s| &s.points);
        let xs = points().map(|p| p.x);
        let ys = points().flat_map(|p| {
            let (low, high) = p.error.unwrap_or((p.y, p.y));
            [p.y, low, high]
        });
        let mut frame = Frame::new(&parts, xs, ys, |canvas, index, (x, y)| {
            canvas.polyline(&[(x, y), (x + SAMPLE, y)], self.stroke(index));
            if self.series[index].style == Style::Measured {
                marker(canvas, (x + SAMPLE / 2.0, y), index);
            }
        });
        let mut any = false;
        for index in (0..self.series.len()).rev() {
            any |= self.line(&mut frame, index);
        }
        if !any {
            frame.nothing();
        }
        Drawing::new(frame.canvas)
    }

    fn stroke(&self, index: usize) -> Stroke {
        match self.series[index].style {
            Style::Measured => Stroke::solid(palette::colour(index), 1.8),
            Style::Fitted(like) => Stroke {
                colour: palette::colour(like),
                width: 1.5,
                dash: palette::dash(index),
            },
            Style::Ideal => Stroke {
                colour: SOFT,
                width: 1.2,
                dash: "3 5",
            },
        }
    }

    /// Whether there is anything to see of it.
    fn line(&self, frame: &mut Frame, index: usize) -> bool {
        let series = &self.series[index];
        let seen: Vec<(&Point, (f64, f64))> = series
            .points
            .iter()
            .filter_map(|p| Some((p, frame.at(p.x, p.y)?)))
            .collect();
        let path: Vec<(f64, f64)> = seen.iter().map(|(_, at)| *at).collect();
        if path.len() > 1 {
            frame.canvas.polyline(&path, self.stroke(index));
        }
        if series.style != Style::Measured {
            return path.len() > 1;
        }
        for (point, (x, _)) in &seen {
            let ends = point
                .error
                .and_then(|(low, high)| Some((frame.at_y(low)?, frame.at_y(high)?)));
            if let Some((low, high)) = ends {
                bar(&mut frame.canvas, *x, low, high, palette::colour(index));
            }
        }
        for at in &path {
            marker(&mut frame.canvas, *at, index);
        }
        !path.is_empty()
    }
}

/// An error bar with its caps.
fn bar(canvas: &mut Canvas, x: f64, low: f64, high: f64, colour: &'static str) {
    let stroke = Stroke::solid(colour, 1.2);
    canvas.line((x, low), (x, high), stroke);
    for y in [low, high] {
        canvas.line((x - 4.0, y), (x + 4.0, y), stroke);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(points: Vec<Point>) -> String {
        let lines = Lines {
            x: Axis::log2("ranks"),
            y: Axis::linear("speed-up"),
            series: vec![Series {
                name: "measured".into(),
                points,
                style: Style::Measured,
            }],
            ..Lines::default()
        };
        lines.draw().svg().to_owned()
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let good = || vec![Point::new(1.0, 1.0), Point::between(4.0, 3.0, 2.5, 3.5)];
        let mut bad = good();
        bad.push(Point::new(0.0, 1.0));
        bad.push(Point::new(f64::NAN, 1.0));
        bad.push(Point::new(2.0, f64::INFINITY));
        assert_eq!(figure(bad), figure(good()));
        assert!(figure(Vec::new()).contains("no data"));
        assert!(!figure(good()).contains("no data"));
    }

    #[test]
    fn the_better_is_higher() {
        let svg = figure(vec![Point::new(1.0, 1.0), Point::new(2.0, 2.0)]);
        // The first is the legend's sample.
        let line = svg
            .lines()
            .filter(|line| line.contains("stroke-width=\"1.8\""))
            .nth(1)
            .unwrap_or_default();
        let d = line.split('"').nth(1).unwrap_or_default();
        let numbers: Vec<f64> = d
            .split(['M', 'L', ','])
            .filter_map(|part| part.parse().ok())
            .collect();
        assert!(numbers[2] > numbers[0] && numbers[3] < numbers[1], "{line}");
    }
}
