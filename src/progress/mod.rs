//! How far something is, for people: counted by whoever does it, drawn by a thread of its own on standard error.
//!
//! Whoever counts only adds a number; it never waits for a terminal or a file.

mod bar;
mod draw;
mod line;

pub use bar::beside;
pub use draw::{Guard, hide};

use crate::exec::lock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Without a terminal, a line so often.
pub const EVERY: Duration = Duration::from_secs(30);

/// What is done of how much. A clone counts for the same.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Such as `items`.
    unit: &'static str,
    counts: Arc<Mutex<Counts>>,
}

/// What is done of how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Done.
    pub done: u128,
    /// Known so far.
    pub total: u128,
}

impl Progress {
    /// Nothing done, and nothing known to do.
    pub fn new(unit: &'static str) -> Self {
        Progress {
            unit,
            counts: Arc::default(),
        }
    }

    /// So many more are done.
    pub fn add(&self, n: u128) {
        let mut counts = lock(&self.counts);
        counts.done = counts.done.saturating_add(n);
    }

    /// There are so many in all, as far as is known.
    pub fn set_total(&self, n: u128) {
        lock(&self.counts).total = n;
    }

    /// How far it is.
    pub fn counts(&self) -> Counts {
        *lock(&self.counts)
    }

    /// Draws until the guard is dropped: a bar where standard error is a terminal, else a line at every
    /// `every` and one at the end.
    pub fn draw(&self, label: String, every: Duration) -> Guard {
        Guard::new(self.clone(), label, every)
    }
}
