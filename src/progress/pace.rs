//! How fast something goes, and when it will be over.

use super::Counts;
use std::collections::VecDeque;
use std::time::Duration;

/// The speed is that of about this long, or of a tenth of the time so far, if that is more.
const RECENT: Duration = Duration::from_secs(20);
/// So many moments are remembered.
const MOMENTS: usize = 64;
/// What is known to do when something begins may take so long to be told.
const KNOWN: Duration = Duration::from_secs(1);

/// What is done at some moments.
#[derive(Debug, Default)]
pub struct Pace {
    moments: VecDeque<(Duration, u128)>,
    /// What there was to do, and since when.
    total: (u128, Duration),
}

/// How fast, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    /// A second.
    pub rate: f64,
    /// Seconds left; `None` where there is more to do again and again, and nobody knows how much in all.
    pub left: Option<f64>,
}

impl Pace {
    /// The speed now, so long after the beginning; `None` where nothing has been done that it could be told from.
    ///
    /// `grain` is how much is done in one go by each of so many threads: when nothing is left to begin, what each is
    /// at takes half of its time more, on average.
    pub fn at(&mut self, since: Duration, counts: Counts, grain: (u128, u64)) -> Option<Speed> {
        if self.moments.is_empty() {
            self.moments.push_back((Duration::ZERO, 0));
            self.total = (counts.total, Duration::ZERO);
        }
        let recent = RECENT.max(since / 10);
        let apart = recent / MOMENTS as u32;
        if counts.total != self.total.0 {
            self.total = (counts.total, since);
        }
        let last = self.moments.back().map_or(Duration::ZERO, |m| m.0);
        let first = self.moments.front().copied().unwrap_or_default();
        if since.saturating_sub(last) >= apart {
            self.moments.push_back((since, counts.fresh()));
            if self.moments.len() > MOMENTS {
                self.moments.pop_front();
            }
        }
        let time = since.saturating_sub(first.0).as_secs_f64();
        let done = counts.fresh().saturating_sub(first.1);
        let rate = done as f64 / time;
        if done == 0 || !rate.is_finite() {
            return None;
        }
        let left = counts.total.saturating_sub(counts.done) as f64 / rate;
        let (items, threads) = grain;
        let tail = match threads > 1 && left > 0.0 {
            true => items as f64 / rate * threads as f64 / 2.0,
            false => 0.0,
        };
        let (_, known) = self.total;
        let grows = known > KNOWN && since - known < recent;
        let left = (!grows).then_some(left + tail);
        Some(Speed { rate, left })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(done: u128, before: u128) -> Counts {
        let total = 1000;
        Counts {
            done,
            total,
            before,
        }
    }

    #[test]
    fn what_was_done_before_tells_nothing_of_the_speed() {
        let mut pace = Pace::default();
        let second = Duration::from_secs(1);
        assert_eq!(pace.at(second, counts(500, 500), (1, 1)), None);
        let speed = pace.at(5 * second, counts(550, 500), (1, 1));
        let (rate, left) = (10.0, Some(45.0));
        assert_eq!(speed, Some(Speed { rate, left }));
    }

    #[test]
    fn the_tail_counts() {
        let mut pace = Pace::default();
        // 4 threads at 10 a second: a grain of 50 takes each 20 s, and half of that is left at the end.
        let speed = pace.at(Duration::from_secs(50), counts(500, 0), (50, 4));
        let (rate, left) = (10.0, Some(60.0));
        assert_eq!(speed, Some(Speed { rate, left }));
        let over = pace.at(Duration::from_secs(100), counts(1000, 0), (50, 4));
        assert_eq!(over.and_then(|s| s.left), Some(0.0));
    }

    #[test]
    fn nobody_knows_what_is_left_of_what_grows() {
        let mut pace = Pace::default();
        let mut left = |second: u64, done: u128, total: u128| {
            let counts = Counts {
                done,
                total,
                before: 0,
            };
            let speed = pace.at(Duration::from_secs(second), counts, (1, 1));
            speed.and_then(|speed| speed.left)
        };
        // What is submitted at once is all there is.
        assert_eq!(left(1, 10, 100), Some(9.0));
        assert_eq!(left(2, 20, 100), Some(8.0));
        // One is submitted whenever one is done.
        let known = (3..60).find_map(|n| left(n, 20 + u128::from(n), 100 + u128::from(n)));
        assert_eq!(known, None);
        // No more come, and after a while that counts as all.
        assert_eq!(left(70, 90, 159), None);
        assert!(left(90, 110, 159).is_some_and(|left| left > 0.0));
    }

    #[test]
    fn the_speed_is_a_recent_one() {
        let mut pace = Pace::default();
        let mut speed = None;
        for second in 0..=1001u32 {
            // Ten times slower after 500 s.
            let done = second.min(500) * 10 + second.saturating_sub(500);
            let counts = Counts {
                done: done.into(),
                total: 10_000,
                before: 0,
            };
            speed = pace.at(Duration::from_secs(second.into()), counts, (1, 1));
        }
        assert!(
            speed.is_some_and(|s| (s.rate - 1.0).abs() < 0.1),
            "{speed:?}"
        );
    }
}
