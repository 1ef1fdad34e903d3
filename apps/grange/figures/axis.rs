//! Axes as a caller describes them.

/// How far apart values are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Scale {
    /// By their difference.
    #[default]
    Linear,
    /// By their ratio; ticks at powers of two. Values that are not above zero are left out.
    Log2,
    /// By their ratio; ticks at powers of ten. Values that are not above zero are left out.
    Log10,
}

/// What ticks look like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Unit {
    /// As they are; the axis' label names the unit.
    #[default]
    Number,
    /// Shares of one, written as percentages.
    Percent,
    /// Times in seconds, each tick with the unit that suits it.
    Seconds,
}

/// An axis.
#[derive(Clone, Debug, Default)]
pub struct Axis {
    /// What is measured, and in which unit: `time (s)`.
    pub label: String,
    /// How far apart values are drawn.
    pub scale: Scale,
    /// What ticks look like.
    pub unit: Unit,
    /// A linear axis begins at zero.
    pub from_zero: bool,
    /// Where ticks are, such as the numbers of ranks that were measured; empty for the usual ones.
    pub at: Vec<f64>,
    /// What is to be in range, whatever the data.
    pub includes: Vec<f64>,
}

impl Axis {
    /// A linear axis from zero.
    pub fn linear(label: &str) -> Self {
        Axis {
            label: label.into(),
            from_zero: true,
            ..Axis::default()
        }
    }

    /// An axis of powers of two.
    pub fn log2(label: &str) -> Self {
        Axis {
            label: label.into(),
            scale: Scale::Log2,
            ..Axis::default()
        }
    }

    /// An axis of powers of ten.
    pub fn log10(label: &str) -> Self {
        Axis {
            label: label.into(),
            scale: Scale::Log10,
            ..Axis::default()
        }
    }

    /// With ticks of this kind.
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// With ticks there, as far as their labels have room.
    pub fn at(mut self, values: impl IntoIterator<Item = f64>) -> Self {
        self.at = values.into_iter().collect();
        self
    }

    /// With that value in range.
    pub fn include(mut self, value: f64) -> Self {
        self.includes.push(value);
        self
    }
}
