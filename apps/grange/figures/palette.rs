//! What tells series apart: colours that colour-blind readers can tell (Okabe and Ito, 2008), and for print
//! in grey also markers, dashes and hatches.

/// Text and axes.
pub const INK: &str = "#222222";
/// What is of less weight.
pub const SOFT: &str = "#666666";
/// Lines behind the data.
pub const GRID: &str = "#dddddd";
/// Behind lanes of a timeline.
pub const PALE: &str = "#f0f0f0";

/// Okabe and Ito's, those first that differ most from each other in grey too, and a grey.
const COLOURS: [&str; 9] = [
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#000000", "#f0e442",
    "#aaaaaa",
];

/// The colour of series `index`.
pub fn colour(index: usize) -> &'static str {
    COLOURS[index % COLOURS.len()]
}

/// Whether white is the text colour to be read on [`colour`].
pub fn is_dark(index: usize) -> bool {
    matches!(index % COLOURS.len(), 0 | 2 | 3 | 6)
}

/// Dashes and gaps of the lines that have no markers.
const DASHES: [&str; 4] = ["7 3", "2 2", "9 3 2 3", "12 4"];

/// The dashes of a line without markers.
pub fn dash(index: usize) -> &'static str {
    DASHES[index % DASHES.len()]
}

/// Shapes of points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Marker {
    /// A filled circle.
    Circle,
    /// A filled square.
    Square,
    /// A triangle on its base.
    Up,
    /// A square on its corner.
    Diamond,
    /// A triangle on its tip.
    Down,
    /// Two strokes, slanted.
    Cross,
    /// Two strokes, upright.
    Plus,
}

/// The marker of series `index`.
pub fn marker(index: usize) -> Marker {
    use Marker::*;
    [Circle, Square, Up, Diamond, Down, Cross, Plus][index % 7]
}

/// Lines over the fill of an area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hatch {
    /// None.
    Plain,
    /// Upwards to the right.
    Rising,
    /// Downwards to the right.
    Falling,
    /// Upright.
    Upright,
    /// Level.
    Level,
}

/// The hatch of area `index`.
pub fn hatch(index: usize) -> Hatch {
    use Hatch::*;
    [Plain, Rising, Falling, Upright, Level][index % 5]
}
