//! How far something is, for people: counted by whoever does it, drawn by a thread of its own on standard error.
//!
//! Whoever counts only adds a number; it never waits for a terminal or a file.

mod bar;
mod draw;
mod frame;
pub mod line;
mod pace;

pub use bar::{beside, clear};
pub use draw::{Guard, hide};

use crate::exec::lock;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Without a terminal, a line so often.
pub const EVERY: Duration = Duration::from_secs(30);

/// When progress is shown of calls that do not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Showing {
    /// A bar for what takes longer than a moment where standard error is a terminal, else a line every 30 s.
    Auto,
    /// Of every call, with a line at its end.
    Always,
    /// Of none, whatever calls say.
    Never,
}

/// How it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Without a terminal a line so often.
    pub every: Duration,
    /// What takes no time leaves no trace.
    pub discreet: bool,
}

impl Manner {
    /// As wished for: so often, or as the run says.
    pub fn of(every: Option<Duration>, run: Option<Showing>) -> Option<Self> {
        let discreet = every.is_none() && run == Some(Showing::Auto);
        let every = match run {
            Some(Showing::Never) => None,
            None => every,
            Some(_) => Some(every.unwrap_or(EVERY)),
        };
        every.map(|every| Manner { every, discreet })
    }
}

/// Says what else there is to know, such as the age of a checkpoint.
#[derive(Clone)]
pub struct Beside(Arc<dyn Fn() -> Vec<String> + Send + Sync>);

impl Beside {
    /// By that function.
    pub fn new(say: impl Fn() -> Vec<String> + Send + Sync + 'static) -> Self {
        Beside(Arc::new(say))
    }
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Beside")
    }
}

/// What is done of how much. A clone counts for the same.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Such as `items`.
    unit: &'static str,
    counts: Arc<Mutex<Counts>>,
    /// How much is done in one go by each of how many threads.
    grain: (u128, u64),
    beside: Option<Beside>,
}

/// What is done of how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Done.
    pub done: u128,
    /// Known so far.
    pub total: u128,
    /// Of what is done, what was so before: by an earlier run, from a checkpoint.
    pub before: u128,
}

impl Counts {
    /// Done now.
    pub fn fresh(&self) -> u128 {
        self.done.saturating_sub(self.before)
    }

    /// Rounded down: not 100 before the end. `None` where nothing is known to do.
    fn percent(&self) -> Option<u128> {
        self.done.saturating_mul(100).checked_div(self.total)
    }
}

impl Progress {
    /// Nothing done, and nothing known to do.
    pub fn new(unit: &'static str) -> Self {
        Progress {
            unit,
            counts: Arc::default(),
            grain: (0, 1),
            beside: None,
        }
    }

    /// So much is done in one go by each of so many threads.
    pub fn in_grains(mut self, items: u128, threads: u64) -> Self {
        self.grain = (items, threads);
        self
    }

    /// With what else there is to know.
    pub fn beside(mut self, beside: Beside) -> Self {
        self.beside = Some(beside);
        self
    }

    /// What else there is to know now, for people.
    fn others(&self) -> Vec<String> {
        self.beside
            .as_ref()
            .map_or_else(Vec::new, |beside| beside.0())
    }

    /// So many more are done.
    pub fn add(&self, n: u128) {
        let mut counts = lock(&self.counts);
        counts.done = counts.done.saturating_add(n);
    }

    /// So many were done before.
    pub fn resume(&self, n: u128) {
        let mut counts = lock(&self.counts);
        counts.done = counts.done.saturating_add(n);
        counts.before = counts.before.saturating_add(n);
    }

    /// There are so many in all, as far as is known.
    pub fn set_total(&self, n: u128) {
        lock(&self.counts).total = n;
    }

    /// How far it is.
    pub fn counts(&self) -> Counts {
        *lock(&self.counts)
    }

    /// Draws until the guard is dropped: a bar where standard error is a terminal, else a line every so often and one
    /// at the end.
    pub fn draw(&self, label: String, manner: Manner) -> Guard {
        Guard::new(self.clone(), label, manner)
    }
}
