//! A bar on a terminal.

use super::Counts;
use super::line;
use crate::exec::lock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Mutex;
use std::time::Duration;

/// The bar on the terminal, if there is one. Lines for people go above it.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// A bar that is redrawn at every [`Bar::set`].
pub struct Bar {
    bar: ProgressBar,
    label: String,
}

/// Positions of the bar: far more than a terminal has columns.
const STEPS: u64 = 10_000;

impl Bar {
    /// A bar on standard error, at its beginning; `None` if there is one already.
    pub fn new(label: &str) -> Option<Self> {
        let mut shown = lock(&SHOWN);
        if shown.is_some() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:20} {wide_msg}") {
            bar.set_style(style);
        }
        *shown = Some(bar.clone());
        let label = label.to_owned();
        Some(Bar { bar, label })
    }

    /// Moves it.
    pub fn set(&self, counts: Counts, unit: &str, since: Duration) {
        self.place(counts, line::under_way(counts, unit, since));
    }

    /// Leaves it as it is at the end, with the cursor below.
    pub fn end(self, counts: Counts, unit: &str, since: Duration) {
        self.place(counts, line::at_the_end(counts, unit, since));
        *lock(&SHOWN) = None;
        self.bar.abandon();
    }

    fn place(&self, counts: Counts, text: String) {
        // What does not fit the terminal is cut off, so the numbers come first.
        self.bar.set_message(format!("{text}: {}", self.label));
        let share = counts.done as f64 / counts.total.max(1) as f64;
        self.bar.set_position((share * STEPS as f64) as u64);
    }
}

/// Runs `f`, which writes to the terminal, with the bar out of its way.
pub fn beside(f: impl FnOnce()) {
    let shown = lock(&SHOWN).clone();
    match shown {
        Some(bar) => bar.suspend(f),
        None => f(),
    }
}
