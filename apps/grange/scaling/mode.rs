//! Two questions about scaling.

use std::fmt;

/// What stays the same on more cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The problem: how much sooner is it done?
    Strong,
    /// The problem for each core: how much more is done in the same time?
    Weak,
}

impl Mode {
    /// How much work a run on so many cores does, in that of one core.
    pub fn work(self, cores: f64) -> f64 {
        match self {
            Mode::Strong => 1.0,
            Mode::Weak => cores,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Strong => "strong",
            Mode::Weak => "weak",
        })
    }
}
