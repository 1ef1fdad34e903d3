//! The beginning of a rank's clock.

use crate::engine::nanoseconds;
use std::time::{Duration, Instant};

/// When the run began on this rank.
#[derive(Clone, Copy, Debug)]
pub struct Epoch(Instant);

impl Epoch {
    /// It begins now.
    pub fn begin() -> Self {
        Epoch(Instant::now())
    }

    /// A moment on this clock, in nanoseconds.
    pub fn at(self, moment: Instant) -> u64 {
        nanoseconds(moment.saturating_duration_since(self.0))
    }

    /// What the clock says.
    pub fn now(self) -> u64 {
        self.at(Instant::now())
    }

    /// The time since.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
