//! Waiting for messages that only polling finds, and for local events that unpark.
//!
//! A poll costs about a microsecond, being woken 5 µs on a good machine and 40 µs in some virtual ones. So
//! the thread polls eagerly for a little after something happened, then ever less often. The longest nap
//! bounds both the time to react and what an idle rank costs: it is as long as keeps that under [`SHARE`]
//! of a core at what being woken costs here, which the thread measures as it goes.

use std::sync::OnceLock;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// What waiting may cost, of one core.
const SHARE: f64 = 0.026;
/// The longest nap to begin with, and its bounds.
const LONGEST: Duration = Duration::from_micros(900);
const BOUNDS: [Duration; 2] = [Duration::from_micros(400), Duration::from_millis(2)];
const SHORTEST: Duration = Duration::from_micros(20);
/// After news, this long without any nap: an answer is often on its way.
const EAGER: Duration = Duration::from_micros(30);
/// The nap of a rank that others wake: a look now and then, should one forget.
const RUNG: Duration = Duration::from_millis(5);
/// Naps from one measurement to the next.
const MEASURED: u32 = 256;

/// How long to nap next.
#[derive(Debug)]
pub struct Backoff {
    polled: bool,
    nap: Duration,
    news: Instant,
    longest: Duration,
    /// Of the longest naps since the last measurement.
    naps: u32,
    used: Option<Duration>,
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
            polled,
            nap: SHORTEST,
            news: Instant::now(),
            longest,
            naps: 0,
            used: None,
        }
    }

    /// Something happened.
    pub fn news(&mut self) {
        self.nap = SHORTEST;
        self.news = Instant::now();
        self.naps = 0;
    }

    /// Nothing happened: yields or naps, until unparked at the latest. `rung`: senders unpark.
    pub fn wait(&mut self, rung: bool) {
        if self.polled && self.news.elapsed() < EAGER {
            thread::yield_now();
            return;
        }
        if rung {
            return thread::park_timeout(RUNG);
        }
        thread::park_timeout(self.nap);
        self.nap = (self.nap * 2).min(self.longest);
        if self.polled && self.nap == self.longest {
            self.measure();
        }
    }

    /// Adapts the longest nap to what one costs, every so many without news between them.
    fn measure(&mut self) {
        if self.naps == 0 {
            self.used = used();
        }
        self.naps += 1;
        if self.naps > MEASURED {
            if let Some(used) = used()
                .zip(self.used)
                .map(|(now, then)| now.saturating_sub(then))
            {
                let wanted = used.div_f64(f64::from(MEASURED) * SHARE);
                self.longest = wanted.clamp(BOUNDS[0], BOUNDS[1]);
            }
            self.naps = 0;
        }
    }
}

/// CPU time of this thread, where the system tells it.
fn used() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
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
