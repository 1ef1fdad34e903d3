//! Waiting for messages that only polling finds, and for local events that unpark.
//!
//! A poll costs about a microsecond, being woken some five. So the thread polls eagerly for a little
//! after something happened, then ever less often. The longest nap bounds both the time to react and
//! what an idle rank costs: see `cargo bench --bench tasks`.

use std::sync::OnceLock;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

const LONGEST: Duration = Duration::from_micros(900);
const SHORTEST: Duration = Duration::from_micros(20);
/// After news, this long without any nap: an answer is often on its way.
const EAGER: Duration = Duration::from_micros(30);

/// How long to nap next.
#[derive(Debug)]
pub struct Backoff {
    nap: Duration,
    news: Instant,
    /// The longest nap where nothing needs polling.
    longest: Duration,
}

impl Backoff {
    /// `polled`: whether messages arrive only by being polled for.
    pub fn new(polled: bool) -> Self {
        let longest = if polled {
            LONGEST
        } else {
            Duration::from_millis(20)
        };
        Backoff {
            nap: SHORTEST,
            news: Instant::now(),
            longest,
        }
    }

    /// Something happened.
    pub fn news(&mut self) {
        self.nap = SHORTEST;
        self.news = Instant::now();
    }

    /// Nothing happened: yields or naps, until unparked at the latest.
    pub fn wait(&mut self) {
        if self.longest == LONGEST && self.news.elapsed() < EAGER {
            thread::yield_now();
            return;
        }
        thread::park_timeout(self.nap);
        self.nap = (self.nap * 2).min(self.longest);
    }
}

/// Wakes a thread that waits in [`Backoff::wait`], once it is known.
#[derive(Debug, Default)]
pub struct Waker(OnceLock<Thread>);

impl Waker {
    /// The calling thread is the one to wake.
    pub fn is_me(&self) {
        let _ = self.0.set(thread::current());
    }

    /// Wakes it.
    pub fn wake(&self) {
        if let Some(thread) = self.0.get() {
            thread.unpark();
        }
    }
}
