//! Who worked when: a lane for each thread. However many spans there are, each lane takes no more than one
//! rectangle a pixel; the darker it is, the larger the share of the time in which the thread was at work.

use super::Drawing;
use super::axis::{Axis, Unit};
use super::canvas::{Anchor, Canvas, Stroke, number};
use super::frame::{EDGE, title};
use super::legend::{Legend, SAMPLE};
use super::marker::event;
use super::palette::{self, GRID, INK, PALE, SOFT};
use super::ruler::{Ruler, SIZE, Way};
use super::shading::{SHADES, shade, shares};
use super::text;

/// The most that names of lanes may take of the width.
const NAMES: f64 = 0.3;
/// Height of the phases' row.
const PHASES: f64 = 18.0;

/// A figure of lanes over time.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Above the figure; may be empty.
    pub title: String,
    /// Time goes from zero to there, in seconds.
    pub end: f64,
    /// Names of the kinds of work: a colour each.
    pub kinds: Vec<String>,
    /// Names of the kinds of events: a marker each.
    pub events: Vec<String>,
    /// Above the lanes, with their names where these fit: begin, end.
    pub phases: Vec<(String, f64, f64)>,
    /// From above.
    pub lanes: Vec<Lane>,
    /// Width in pixels; that of [`super::PAPER`] if not given.
    pub width: Option<f64>,
}

/// What one thread did.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    /// At its left end.
    pub name: String,
    /// In any order.
    pub spans: Vec<Span>,
    /// The time of each event, and which of the kinds it is.
    pub events: Vec<(f64, usize)>,
}

/// A time of work.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// When it began, in seconds.
    pub began: f64,
    /// When it ended.
    pub ended: f64,
    /// The share of that time in which there was work: from 0 to 1.
    pub share: f64,
    /// Which of the kinds of work.
    pub kind: usize,
}

impl Timeline {
    /// The figure; its height follows from the number of lanes.
    pub fn draw(&self) -> Drawing {
        let width = self.width.unwrap_or(super::PAPER.0);
        let events = self.events.iter();
        let names: Vec<&str> = self
            .kinds
            .iter()
            .chain(events)
            .map(|n| n.as_str())
            .collect();
        let legend = Legend::new(&names, width - 2.0 * EDGE);
        let row = if self.lanes.len() <= 24 { 18.0 } else { 13.0 };
        let above = if self.title.is_empty() {
            EDGE
        } else {
            EDGE + 25.0
        };
        let phases = if self.phases.is_empty() { 0.0 } else { PHASES };
        let lanes = row * self.lanes.len().max(1) as f64;
        let height = above + legend.height + 6.0 + phases + lanes + 52.0;
        let mut canvas = Canvas::new(width, height, &self.title);
        let top = title(&mut canvas, &self.title);
        legend.draw(
            &mut canvas,
            (EDGE, top),
            |canvas, index, (x, y)| match index.checked_sub(self.kinds.len()) {
                None => canvas.rect(
                    (x + 4.0, y - 6.0, SAMPLE - 8.0, 12.0),
                    palette::colour(index),
                ),
                Some(kind) => event(canvas, (x + SAMPLE / 2.0, y), kind),
            },
        );
        // Lines of text that do not touch.
        let size = SIZE.min(row - 2.5);
        let named = self.lanes.iter().map(|lane| text::width(&lane.name, size));
        let named = named.fold(0.0, f64::max).min(NAMES * width);
        let field = Field {
            left: EDGE + named + 8.0,
            right: width - EDGE - 20.0,
            top: top + legend.height + 6.0 + phases,
            row,
            lanes: self.lanes.len(),
            end: if self.end.is_finite() && self.end > 0.0 {
                self.end
            } else {
                1.0
            },
        };
        field.axis(&mut canvas);
        for (index, phase) in self.phases.iter().enumerate() {
            field.phase(&mut canvas, phase, index);
        }
        for (index, lane) in self.lanes.iter().enumerate() {
            let name = text::fit(&text::clean(&lane.name), size, named + 0.1);
            let middle = field.middle(index);
            let beside = (field.left - 7.0, middle + size * 0.36);
            canvas.text(beside, &name, size, Anchor::End, INK);
            for kind in 0..self.kinds.len() {
                field.work(&mut canvas, index, kind, &lane.spans);
            }
        }
        // Above all lanes, since they are larger than one.
        for (index, lane) in self.lanes.iter().enumerate() {
            for (time, kind) in &lane.events {
                if let Some(x) = field.x(*time) {
                    event(&mut canvas, (x, field.middle(index)), *kind);
                }
            }
        }
        Drawing::new(canvas)
    }
}

/// Where lanes and times are.
struct Field {
    left: f64,
    right: f64,
    top: f64,
    row: f64,
    lanes: usize,
    end: f64,
}

impl Field {
    fn x(&self, time: f64) -> Option<f64> {
        let share = time / self.end;
        (0.0..=1.0)
            .contains(&share)
            .then_some(self.left + share * (self.right - self.left))
    }

    fn middle(&self, lane: usize) -> f64 {
        self.top + (lane as f64 + 0.5) * self.row
    }

    fn bottom(&self) -> f64 {
        self.top + self.row * self.lanes.max(1) as f64
    }

    /// Height of what is in a lane.
    fn thick(&self) -> f64 {
        self.row - 3.0
    }

    fn axis(&self, canvas: &mut Canvas) {
        let axis = Axis::linear("").unit(Unit::Seconds);
        let length = self.right - self.left;
        for lane in 0..self.lanes {
            let place = (
                self.left,
                self.middle(lane) - self.thick() / 2.0,
                length,
                self.thick(),
            );
            canvas.rect(place, PALE);
        }
        let ruler = Ruler::new(&axis, [self.end].into_iter(), length, Way::Across);
        for (time, label) in &ruler.ticks {
            if let Some(x) = self.x(*time) {
                let stroke = Stroke::solid(GRID, 1.0);
                canvas.line((x, self.top), (x, self.bottom() + 4.0), stroke);
                let at = (x, self.bottom() + 6.0 + SIZE);
                canvas.text(at, label, SIZE, Anchor::Middle, INK);
            }
        }
        let at = ((self.left + self.right) / 2.0, self.bottom() + SIZE + 27.0);
        canvas.text(at, "time since the run began", 13.0, Anchor::Middle, INK);
    }

    fn phase(&self, canvas: &mut Canvas, (name, began, ended): &(String, f64, f64), index: usize) {
        let (Some(from), Some(to)) = (self.x(*began), self.x(ended.min(self.end))) else {
            return;
        };
        let (y, height) = (self.top - PHASES, PHASES - 5.0);
        let fill = if index.is_multiple_of(2) {
            GRID
        } else {
            "#c4c4c4"
        };
        canvas.rect((from, y, (to - from).max(0.5), height), fill);
        let name = text::clean(name);
        if text::width(&name, 11.0) + 4.0 <= to - from {
            let at = ((from + to) / 2.0, y + height - 2.5);
            canvas.text(at, &name, 11.0, Anchor::Middle, INK);
        }
        for x in [from, to] {
            canvas.line((x, y), (x, self.bottom()), Stroke::solid(SOFT, 0.5));
        }
    }

    /// One kind of work in a lane: for each shade a path of rectangles.
    fn work(&self, canvas: &mut Canvas, lane: usize, kind: usize, spans: &[Span]) {
        let columns = (self.right - self.left).floor().max(1.0) as usize;
        let spans = spans.iter().filter(|span| span.kind == kind);
        let shares = shares(spans, self.end, columns);
        let wide = (self.right - self.left) / columns as f64;
        let top = self.middle(lane) - self.thick() / 2.0;
        let mut paths = vec![String::new(); SHADES];
        let mut from = 0;
        for run in shares.chunk_by(|a, b| shade(*a) == shade(*b)) {
            if let Some(path) = shade(run[0]).checked_sub(1).and_then(|s| paths.get_mut(s)) {
                let (x, width) = (self.left + from as f64 * wide, run.len() as f64 * wide);
                let (x, y, width) = (number(x), number(top), number(width));
                let height = number(self.thick());
                *path += &format!("M{x},{y}h{width}v{height}h-{width}z");
            }
            from += run.len();
        }
        for (index, path) in paths.iter().enumerate().filter(|(_, p)| !p.is_empty()) {
            let opacity = (index + 1) as f64 / SHADES as f64;
            canvas.filled(path, palette::colour(kind), opacity);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::shading::tests::span;

    #[test]
    fn size_is_bounded() {
        let spans = (0..200_000).map(|n| {
            let began = f64::from(n) * 1e-4;
            span(began, began + 0.7e-4 * f64::from(n % 3), 1.0)
        });
        let lane = Lane {
            name: "0.0".into(),
            spans: spans.collect(),
            events: Vec::new(),
        };
        let timeline = Timeline {
            end: 20.0,
            kinds: vec!["work".into()],
            lanes: vec![lane; 3],
            ..Timeline::default()
        };
        let length = timeline.draw().svg().len();
        assert!(length < 100_000, "{length}");
    }
}
