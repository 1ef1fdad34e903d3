//! What a worker does while it has nothing of its own: pieces of user code that rayon has.

use std::time::Duration;

/// A worker with nothing to do looks for rayon's pieces this often at first, and ever less often: being
/// woken costs some 20 µs.
const LOOKS: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(16)];
/// With more threads than this each looks less often, since together they look as often as that.
const LOOKERS: usize = 8;

/// Does a piece of somebody's work that rayon has, if there is one.
pub fn help() -> bool {
    rayon::yield_now() == Some(rayon::Yield::Executed)
}

/// How long to wait before the next look.
#[derive(Debug)]
pub struct Looks {
    first: Duration,
    longest: Duration,
    nap: Duration,
}

impl Looks {
    /// For one of `threads` workers.
    pub fn new(threads: usize) -> Self {
        let scale = (threads / LOOKERS).max(1) as u32;
        let [first, longest] = LOOKS.map(|nap| nap * scale);
        Looks {
            first,
            longest,
            nap: first,
        }
    }

    /// There was something to do.
    pub fn found(&mut self) {
        self.nap = self.first;
    }

    /// How long to wait now; longer the next time.
    pub fn wait(&mut self) -> Duration {
        let nap = self.nap;
        self.nap = (nap * 2).min(self.longest);
        nap
    }
}
