//! By how much the clocks of other ranks differ from that of rank 0.
//!
//! Rank 0 asks, and takes it that the other's clock said what it said halfway between question and answer
//! (F. Cristian: Probabilistic clock synchronization, 1989): the error is at most half of the round trip, so of some
//! questions in a row the one with the fastest answer counts. Where cores are shared, a rank may answer late for many
//! times: then a row is longer, and the next one comes sooner. That is done again and again, since clocks drift; what
//! a row found counts for nothing where another says more, whatever clocks may have drifted in between.

use std::time::{Duration, Instant};

/// So many questions in a row, and so many where no answer is good.
const ROW: u32 = 8;
const LONG_ROW: u32 = 32;
/// An error in nanoseconds that is good enough.
const GOOD: u64 = 100_000;
/// And again after so long, or so long where it is not good enough.
const AGAIN: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_secs(2);
/// So many ranks are asked sooner, lest answers keep rank 0 busy.
const SOME: usize = 64;
/// Clocks that drift faster are rare: nanoseconds a nanosecond.
const DRIFT: f64 = 20e-6;
/// Rows that are remembered of each rank.
const ROWS: usize = 256;

/// What a row of questions found. Nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// On rank 0's clock.
    pub at: u64,
    /// What to take from the other's clock to have rank 0's.
    pub offset: i64,
    /// It is off by no more than this.
    pub error: u64,
}

impl Sample {
    fn is_good(&self) -> bool {
        self.error <= GOOD
    }
}

/// What is known of one rank's clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    samples: Vec<Sample>,
    /// Questions of this row that were answered.
    answers: u32,
}

impl Clock {
    /// An answer: rank 0's clock then and now, and what the other's said in between. Whether to ask again at once.
    pub fn heard(&mut self, asked: u64, here: u64, now: u64) -> bool {
        let middle = asked + now.saturating_sub(asked) / 2;
        let sample = Sample {
            at: middle,
            offset: here as i64 - middle as i64,
            error: now.saturating_sub(asked).div_ceil(2),
        };
        match self.samples.last_mut().filter(|_| self.answers > 0) {
            Some(best) if best.error <= sample.error => {}
            Some(best) => *best = sample,
            None => self.begin(sample),
        }
        self.answers += 1;
        let good = self.samples.last().is_some_and(Sample::is_good);
        let row = if good { ROW } else { LONG_ROW };
        if self.answers >= row {
            self.answers = 0;
        }
        self.answers > 0
    }

    /// Whether something was found that is good enough.
    fn is_good(&self) -> bool {
        self.samples.iter().any(Sample::is_good)
    }

    /// Leaves what says most.
    fn settle(&mut self) {
        let all = std::mem::take(&mut self.samples);
        let says_more = |of: &Sample, than: &Sample| {
            let drift = of.at.abs_diff(than.at) as f64 * DRIFT;
            of.error as f64 + drift < than.error as f64 / 2.0
        };
        let best = |sample: &&Sample| !all.iter().any(|other| says_more(other, sample));
        self.samples = all.iter().filter(best).copied().collect();
    }

    fn begin(&mut self, sample: Sample) {
        if self.samples.len() == ROWS {
            // Half of them say as much.
            let mut i = 0;
            self.samples.retain(|_| {
                i += 1;
                i % 2 == 1
            });
        }
        self.samples.push(sample);
    }

    /// What is to be taken from the other's clock when it says that: between two samples, between their offsets.
    pub fn offset(&self, here: u64) -> i64 {
        let (Some(first), Some(last)) = (self.samples.first(), self.samples.last()) else {
            return 0;
        };
        let here = here as i64;
        let said = |s: &Sample| s.at as i64 + s.offset;
        if here <= said(first) {
            return first.offset;
        }
        let pair = self.samples.windows(2).find(|w| here <= said(&w[1]));
        let Some([a, b]) = pair else {
            return last.offset;
        };
        let share = (here - said(a)) as f64 / (said(b) - said(a)).max(1) as f64;
        a.offset + ((b.offset - a.offset) as f64 * share) as i64
    }

    /// What the other's clock says, on rank 0's.
    pub fn on_lead(&self, here: u64) -> u64 {
        u64::try_from(here as i64 - self.offset(here)).unwrap_or(0)
    }

    /// The first and the largest error.
    pub fn first(&self) -> Option<(Sample, u64)> {
        let worst = self.samples.iter().map(|s| s.error).max()?;
        Some((*self.samples.first()?, worst))
    }
}

/// The clocks of all ranks, as rank 0 asks for them.
#[derive(Debug)]
pub struct Clocks {
    clocks: Vec<Clock>,
    /// When all were asked last, and some.
    asked: Option<Instant>,
    hurried: Instant,
}

impl Clocks {
    /// Of so many ranks.
    pub fn new(ranks: usize) -> Self {
        Clocks {
            clocks: vec![Clock::default(); ranks],
            asked: None,
            hurried: Instant::now(),
        }
    }

    /// Whom to ask now.
    pub fn due(&mut self) -> Vec<u32> {
        let others = (0u32..).zip(&self.clocks).skip(1);
        let now = Instant::now();
        if self.asked.is_none_or(|at| now - at >= AGAIN) {
            (self.asked, self.hurried) = (Some(now), now);
            return others.map(|(rank, _)| rank).collect();
        }
        if now - self.hurried < SOON {
            return Vec::new();
        }
        self.hurried = now;
        // Whom is being asked goes on.
        let some = others.filter(|(_, clock)| clock.answers == 0 && !clock.is_good());
        some.map(|(rank, _)| rank).take(SOME).collect()
    }

    /// See [`Clock::heard`].
    pub fn heard(&mut self, rank: u32, asked: u64, here: u64, now: u64) -> bool {
        let clock = self.clocks.get_mut(rank as usize);
        clock.is_some_and(|clock| clock.heard(asked, here, now))
    }

    /// All of them.
    pub fn take(&mut self) -> Vec<Clock> {
        let mut clocks = std::mem::take(&mut self.clocks);
        clocks.iter_mut().for_each(Clock::settle);
        clocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_answer_counts() {
        let mut clock = Clock::default();
        // The other is 1000 ahead; questions take 10, answers from 10 to 80.
        for i in 0..ROW {
            let asked = u64::from(i) * 1000;
            let wait = 10 * u64::from(ROW - i);
            let more = clock.heard(asked, asked + 10 + 1000, asked + 10 + wait);
            assert_eq!(more, i + 1 < ROW);
        }
        let (sample, worst) = clock.first().unwrap();
        assert_eq!((sample.offset, sample.error, worst), (1000, 10, 10));
        assert_eq!(clock.on_lead(5000), 4000);
        assert_eq!(clock.on_lead(10), 0);
    }

    #[test]
    fn late_answers_are_asked_for_again_and_left_out() {
        let mut clock = Clock::default();
        let mut now = 0;
        // The other is 1000 ahead; answers take 6 ms, all of it after the clock was read.
        let mut row = |clock: &mut Clock, late: u64| {
            let mut asked = 1;
            now += 1_000_000_000;
            while clock.heard(now, now + 10 + 1000, now + 20 + late) {
                now += 10_000_000;
                asked += 1;
            }
            asked
        };
        assert_eq!(row(&mut clock, 6_000_000), LONG_ROW);
        assert!(!clock.is_good() && clock.on_lead(5000) > 1_000_000);
        assert_eq!(row(&mut clock, 0), ROW);
        assert!(clock.is_good());
        assert_eq!(row(&mut clock, 7_000_000), LONG_ROW);
        clock.settle();
        assert_eq!(clock.samples.len(), 1);
        assert_eq!(
            (clock.on_lead(5000), clock.on_lead(9_000_000_000)),
            (4000, 8_999_999_000)
        );
        assert_eq!(clock.first().map(|(_, worst)| worst), Some(10));
    }

    #[test]
    fn drift_is_followed() {
        let mut clock = Clock::default();
        for row in 0..1000u64 {
            let now = row * 1_000_000;
            // It gains a thousandth.
            for _ in 0..ROW {
                clock.heard(now, now + now / 1000 + 500, now);
            }
        }
        assert!(clock.samples.len() <= ROWS);
        for now in [0, 123_456_789, 700_000_001, 999_000_000u64] {
            let said = now + now / 1000 + 500;
            assert!(clock.on_lead(said).abs_diff(now) <= 2, "{now}");
        }
    }
}
