//! Shapes and text in SVG, by the crate `svg`.

use super::palette::{self, INK};
use super::text;
use svg::Node;
use svg::node::Text;
use svg::node::element::Element;

/// DejaVu Sans is that of the PNG files, and the others are no wider.
pub const FONT: &str = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif";

/// Where a text has its position.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// A line's looks.
#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    /// As `#rrggbb`.
    pub colour: &'static str,
    /// In pixels.
    pub width: f64,
    /// Lengths of dashes and gaps; empty for none.
    pub dash: &'static str,
}

impl Stroke {
    /// An unbroken line.
    pub fn solid(colour: &'static str, width: f64) -> Self {
        Stroke {
            colour,
            width,
            dash: "",
        }
    }
}

/// A sheet to draw on; y grows downwards.
pub struct Canvas {
    root: Element,
    /// In pixels.
    pub width: f64,
}

/// A coordinate with at most two decimals.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".into();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".into()
    } else {
        text.into()
    }
}

impl Canvas {
    /// A white sheet; `name` is for readers who do not see it.
    pub fn new(width: f64, height: f64, name: &str) -> Self {
        let mut root = Element::new("svg");
        root.assign("xmlns", "http://www.w3.org/2000/svg");
        root.assign("width", number(width));
        root.assign("height", number(height));
        root.assign(
            "viewBox",
            format!("0 0 {} {}", number(width), number(height)),
        );
        root.assign("font-family", FONT);
        root.assign("role", "img");
        root.assign("aria-label", text::clean(name));
        let mut canvas = Canvas { root, width };
        canvas.rect((0.0, 0.0, width, height), "#ffffff");
        canvas
    }

    /// The SVG.
    pub fn finish(self) -> String {
        self.root.to_string() + "\n"
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        self.polyline(&[from, to], stroke);
    }

    /// A line through all points.
    pub fn polyline(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        let steps: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{},{}", number(*x), number(*y)))
            .collect();
        self.outline(&format!("M{}", steps.join("L")), stroke);
    }

    /// The outline of an SVG path.
    pub fn outline(&mut self, path: &str, stroke: Stroke) {
        let mut element = Element::new("path");
        element.assign("d", path);
        element.assign("fill", "none");
        element.assign("stroke", stroke.colour);
        element.assign("stroke-width", number(stroke.width));
        if !stroke.dash.is_empty() {
            element.assign("stroke-dasharray", stroke.dash);
        }
        self.root.append(element);
    }

    /// The inside of an SVG path.
    pub fn filled(&mut self, path: &str, fill: &str, opacity: f64) {
        let mut element = Element::new("path");
        element.assign("d", path);
        element.assign("fill", fill);
        if opacity < 1.0 {
            element.assign("fill-opacity", number(opacity));
        }
        self.root.append(element);
    }

    /// A filled rectangle: left, top, width, height.
    pub fn rect(&mut self, (x, y, width, height): (f64, f64, f64, f64), fill: &str) {
        self.root
            .append(rectangle((x, y, width, height), fill, None));
    }

    /// A rectangle filled and hatched as part `index` of something, and outlined; `told` is shown where the
    /// pointer is over it.
    pub fn area(&mut self, place: (f64, f64, f64, f64), index: usize, told: &str) {
        let mut element = rectangle(place, palette::colour(index), Some(told));
        element.assign("stroke", INK);
        element.assign("stroke-width", "0.6");
        self.root.append(element);
        let lines = super::hatch::lines(place, palette::hatch(index));
        if !lines.is_empty() {
            let ink = if palette::is_dark(index) {
                "#ffffff"
            } else {
                INK
            };
            self.outline(&lines, Stroke::solid(ink, 0.9));
        }
    }

    /// One line of text, its base line at y.
    pub fn text(&mut self, at: (f64, f64), words: &str, size: f64, anchor: Anchor, fill: &str) {
        self.root.append(writing(at, words, size, anchor, fill));
    }

    /// One line of text that reads upwards, its middle there.
    pub fn upwards(&mut self, (x, y): (f64, f64), words: &str, size: f64) {
        let mut element = writing((x, y), words, size, Anchor::Middle, INK);
        let turn = format!("rotate(-90 {} {})", number(x), number(y));
        element.assign("transform", turn);
        self.root.append(element);
    }
}

fn rectangle(
    (x, y, width, height): (f64, f64, f64, f64),
    fill: &str,
    told: Option<&str>,
) -> Element {
    let mut element = Element::new("rect");
    element.assign("x", number(x));
    element.assign("y", number(y));
    element.assign("width", number(width.max(0.0)));
    element.assign("height", number(height.max(0.0)));
    element.assign("fill", fill);
    if let Some(told) = told.filter(|told| !told.is_empty()) {
        let mut title = Element::new("title");
        title.append(Text::new(text::clean(told)));
        element.append(title);
    }
    element
}

fn writing((x, y): (f64, f64), words: &str, size: f64, anchor: Anchor, fill: &str) -> Element {
    let mut element = Element::new("text");
    element.assign("x", number(x));
    element.assign("y", number(y));
    element.assign("font-size", number(size));
    element.assign("fill", fill);
    match anchor {
        Anchor::Start => {}
        Anchor::Middle => element.assign("text-anchor", "middle"),
        Anchor::End => element.assign("text-anchor", "end"),
    }
    element.append(Text::new(text::clean(words)));
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        for (value, text) in [
            (1.0, "1"),
            (1.239, "1.24"),
            (-0.001, "0"),
            (f64::NAN, "0"),
            (100.5, "100.5"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn what_comes_from_outside_is_escaped() {
        let mut canvas = Canvas::new(10.0, 10.0, "\"><script>");
        canvas.text((0.0, 0.0), "<b>&\0", 10.0, Anchor::Start, INK);
        canvas.area((0.0, 0.0, 1.0, 1.0), 0, "</title><script>");
        let svg = canvas.finish();
        assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
        assert!(svg.contains("&lt;b&gt;&amp;\u{fffd}"), "{svg}");
    }
}
