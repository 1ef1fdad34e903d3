//! Those who were let in by their secret and have not said yet what they want.

use super::line::{Closing, broken};
use crate::link::{Link, Listener};
use std::time::{Duration, Instant};

/// Who says nothing is sent away after that.
const PATIENCE: Duration = Duration::from_secs(10);

/// They wait here.
pub struct Lobby {
    /// So many may.
    most: usize,
    /// Each since when.
    waiting: Vec<(Link, Instant)>,
}

impl Lobby {
    /// For so many at most.
    pub fn new(most: usize) -> Self {
        Lobby {
            most,
            waiting: Vec::new(),
        }
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Those of them, and of those who come to `listener`, who have said something, and what.
    pub fn speakers(&mut self, listener: &Listener) -> Vec<(Link, Vec<u8>)> {
        while self.waiting.len() < self.most
            && let Some(link) = listener.try_accept()
        {
            self.waiting.push((link, Instant::now()));
        }
        let mut speakers = Vec::new();
        for (link, since) in std::mem::take(&mut self.waiting) {
            match link.try_recv() {
                Some(bytes) => speakers.push((link, bytes)),
                None if broken(&link).is_some() => drop(Closing::begin(link, "")),
                None if since.elapsed() > PATIENCE => {
                    drop(Closing::begin(link, "it has not said who it is"));
                }
                None => self.waiting.push((link, since)),
            }
        }
        speakers
    }
}
