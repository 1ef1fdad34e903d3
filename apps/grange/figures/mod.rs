//! Figures for papers, and pages to show them on: plain data in, text or bytes out.
//!
//! Figures are drawn as SVG by the crate `svg`; PNG files are made of that by `resvg`, with a font that is part
//! of the program (feature `figures`). They need no network and no fonts of the system, and the same data gives
//! the same bytes. Colours are Okabe and Ito's, which colour-blind readers can tell apart; for print in grey
//! series differ in their markers or dashes too, and areas in their hatching. Legends stand above the data, in
//! as many rows as they take, and labels that would run into each other are left out or cut short, so that no
//! text is on top of other text. What is not a finite number is not drawn. Titles may be empty, as where a
//! paper has its caption.
//!
//! | figure | for |
//! | --- | --- |
//! | [`Lines`] | speed-up over ranks: markers, error bars, fits and ideal lines |
//! | [`Bars`] | what time went into: stacked bars with names |
//! | [`Histogram`] | how often grains took how long, with marks such as a median |
//! | [`Timeline`] | who worked when: a lane a thread, any number of spans |
//!
//! A figure is a struct to fill in; `draw()` gives a [`Drawing`]:
//!
//! ```ignore
//! let figure = Lines {
//!     title: "Speed-up of sum_primes".into(),
//!     // Ticks at what was measured; `include` sees to it that a value is in range.
//!     x: Axis::log2("ranks").at([1.0, 2.0, 4.0, 8.0]),
//!     y: Axis::log2("speed-up"),
//!     series: vec![
//!         Series { name: "1 thread".into(), style: Style::Measured,
//!                  points: vec![Point::new(1.0, 1.0), Point::between(2.0, 1.9, 1.8, 1.95)] },
//!         Series { name: "Amdahl, 3 % serial".into(), style: Style::Fitted(0), points: curve },
//!         Series { name: "ideal".into(), style: Style::Ideal, points: diagonal },
//!     ],
//!     size: None,                                          // PAPER, or Some((width, height))
//! };
//! let drawing = figure.draw();
//! fs::write("speedup.svg", drawing.svg())?;
//! fs::write("speedup.png", drawing.png()?)?;               // an Err without the feature `figures`
//!
//! let mut page = Page::new("How sum_primes scales");
//! page.lead("7.4 times as fast on 8 ranks.")
//!     .figure(&drawing, Breadth::Small, "Medians of 5 runs; bars from the fastest to the slowest.")
//!     .files(&["speedup.svg", "speedup.png"]);
//! fs::write("index.html", page.finish("grange 0.1.0"))?;
//! ```
//!
//! `Style::Fitted(n)` has the colour of series `n`. Axes are linear from zero, of powers of two or of powers of
//! ten ([`Axis::linear`], [`Axis::log2`], [`Axis::log10`]); the `unit` writes ticks as numbers, percentages (of
//! values that are shares of one) or times (of values in seconds). Without a unit say it in the label:
//! `time (s)`. [`words`] writes times, shares and counts for tables and sentences as figures do.

mod axis;
mod bars;
mod canvas;
mod drawing;
mod frame;
mod hatch;
mod histogram;
mod legend;
mod lines;
mod marker;
mod page;
mod palette;
mod png;
mod ruler;
mod shading;
mod style;
mod text;
mod ticks;
mod timeline;
pub mod words;

#[allow(
    unused_imports,
    reason = "the type of a field, which most callers need not name"
)]
pub use axis::Scale;
pub use axis::{Axis, Unit};
pub use bars::{Bar, Bars};
pub use drawing::Drawing;
pub use histogram::Histogram;
pub use lines::{Lines, Point, Series, Style};
#[allow(
    unused_imports,
    reason = "the type of a field, which most callers need not name"
)]
pub use page::Column;
pub use page::{Breadth, Card, GENERATOR, Page, Table};
pub use timeline::{Lane, Span, Timeline};

/// Width and height of a figure unless it says otherwise, in pixels: legible at a text's width or at half of it.
pub const PAPER: (f64, f64) = (640.0, 420.0);
