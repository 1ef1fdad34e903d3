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
pub struct Bar(ProgressBar);

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
        if let Ok(style) = ProgressStyle::with_template("{prefix}: {msg} {wide_bar}") {
            bar.set_style(style);
        }
        bar.set_prefix(label.to_owned());
        *shown = Some(bar.clone());
        Some(Bar(bar))
    }

    /// Moves it.
    pub fn set(&self, counts: Counts, unit: &str, since: Duration) {
        self.place(counts, line::under_way(counts, unit, since));
        self.0.tick();
    }

    /// Leaves it as it is at the end, with the cursor below.
    pub fn end(self, counts: Counts, unit: &str, since: Duration) {
        self.place(counts, line::at_the_end(counts, unit, since));
        *lock(&SHOWN) = None;
        self.0.abandon();
    }

    fn place(&self, counts: Counts, text: String) {
        let share = counts.done as f64 / counts.total.max(1) as f64;
        self.0.set_position((share * STEPS as f64) as u64);
        self.0.set_message(text);
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
