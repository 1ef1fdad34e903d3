//! What one thread did.

use super::bounded::{Bounded, Event};
use super::histogram::Histogram;
use super::parts::{Part, Parts};
use super::strata::Strata;
use crate::engine::span::Span;
use serde::{Deserialize, Serialize};

/// Grains that a thread did in one go. Times are nanoseconds of its rank's clock.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Of which call; [`SEVERAL`] where some were merged.
    pub call: u64,
    /// The first grain.
    pub first: u64,
    /// How many.
    pub grains: u64,
    /// When the first began.
    pub began: u64,
    /// When the last was over.
    pub ended: u64,
    /// Of that in the user's function.
    pub busy: u64,
}

/// Stands for more than one call.
pub const SEVERAL: u64 = u64::MAX;

impl Event for Block {
    fn began(&self) -> u64 {
        self.began
    }

    fn ended(&self) -> u64 {
        self.ended
    }

    fn is_alike(&self, next: &Self) -> bool {
        self.call == next.call
    }

    fn absorb(&mut self, next: Self) {
        if self.call != next.call {
            self.call = SEVERAL;
        }
        self.first = self.first.min(next.first);
        self.grains += next.grains;
        self.busy += next.busy;
        self.ended = next.ended;
    }
}

/// What a thread has done so far.
#[derive(Debug, Default)]
pub struct Meter {
    /// In the call at hand: in the user's function, and around it.
    useful: u64,
    overhead: u64,
    /// When it last did something in it.
    last: Option<u64>,
    /// Jobs of workers that share it, and since when there has been any.
    running: usize,
    since: u64,
    /// Over all calls.
    pub parts: Parts,
    /// Grains done.
    pub grains: u64,
    /// Their items.
    pub items: u128,
    /// How long they took.
    pub times: Histogram,
    /// And where in their calls they were.
    pub strata: Strata,
    /// One by one, where they are to be known.
    pub blocks: Option<Bounded<Block>>,
}

impl Meter {
    /// Keeps at most so many blocks one by one; `None` for none.
    pub fn new(blocks: Option<usize>) -> Self {
        Meter {
            blocks: blocks.map(Bounded::new),
            ..Meter::default()
        }
    }

    /// A job begins, perhaps beside others of workers that share this thread: what they do at the same time is no
    /// more than the thread has. [`Meter::did`] tells its end.
    pub fn begins(&mut self, began: u64) {
        if self.running == 0 {
            self.since = began;
        }
        self.running += 1;
    }

    /// It did grains with so many items of a call, which has so many in all as far as that is known, from `began` to `computed`; what came out was handed over at
    /// `ended`.
    pub fn did(&mut self, (call, all): (u64, u64), span: Span, items: u128, times: [u64; 3]) {
        let [began, computed, ended] = times;
        let busy = computed.saturating_sub(began);
        let grains = span.len();
        let overhead = ended.saturating_sub(computed);
        match self.running {
            0 => {
                self.useful += busy;
                self.overhead += overhead;
            }
            1 => {
                self.useful += computed.saturating_sub(self.since);
                self.overhead += overhead;
                self.running = 0;
            }
            _ => self.running -= 1,
        }
        self.last = Some(ended);
        self.grains += grains;
        self.items = self.items.saturating_add(items);
        self.times.add(busy / grains.max(1), grains);
        let place = if all > 0 { span.start } else { 0 };
        self.strata.add(call, (place, all), grains, busy);
        if let Some(blocks) = &mut self.blocks {
            blocks.push(Block {
                call,
                first: span.start,
                grains,
                began,
                ended: computed,
                busy,
            });
        }
    }

    /// It helped others with pieces of theirs.
    pub fn helped(&mut self, began: u64, ended: u64) {
        self.useful += ended.saturating_sub(began);
        self.last = Some(ended);
    }

    /// The call is over, which this rank reached at `began` and left at `ended`; all grains were done, wherever, at
    /// `done`.
    pub fn close(&mut self, began: u64, done: u64, ended: u64) {
        let whole = ended.saturating_sub(began);
        if self.running > 0 {
            // Nobody waits for these.
            self.useful += ended.saturating_sub(self.since);
            self.running = 0;
        }
        // Those that help others are not looked at so closely.
        let useful = self.useful.min(whole);
        let overhead = self.overhead.min(whole - useful);
        let idle = whole - useful - overhead;
        let last = self.last.unwrap_or(began).clamp(began, ended);
        let done = done.clamp(last, ended);
        let gather = (ended - done).min(idle);
        let tail = (done - last).min(idle - gather);
        self.parts[Part::Useful] += useful;
        self.parts[Part::Overhead] += overhead;
        self.parts[Part::Gather] += gather;
        self.parts[Part::Tail] += tail;
        self.parts[Part::Waiting] += idle - gather - tail;
        (self.useful, self.overhead, self.last) = (0, 0, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(meter: &Meter) -> [u64; 5] {
        [
            Part::Useful,
            Part::Overhead,
            Part::Waiting,
            Part::Tail,
            Part::Gather,
        ]
        .map(|part| meter.parts[part])
    }

    #[test]
    fn the_time_in_a_call_adds_up() {
        let mut meter = Meter::new(Some(10));
        meter.did((1, 9), Span::new(0, 4), 40, [110, 150, 155]);
        meter.did((1, 9), Span::new(8, 9), 10, [175, 185, 190]);
        meter.close(100, 250, 260);
        assert_eq!(parts(&meter), [50, 10, 30, 60, 10]);
        assert_eq!(meter.parts.total(), 160);
        // A call in which it had nothing to do.
        meter.close(300, 390, 400);
        assert_eq!(parts(&meter), [50, 10, 30, 150, 20]);
        assert_eq!((meter.grains, meter.items, meter.times.count()), (5, 50, 5));
    }

    #[test]
    fn what_cannot_be_is_bounded() {
        let mut meter = Meter::new(None);
        // Two workers on one thread.
        meter.did((0, 9), Span::new(0, 1), 1, [0, 100, 110]);
        meter.did((0, 9), Span::new(1, 2), 1, [0, 100, 110]);
        meter.close(0, 50, 110);
        assert_eq!(meter.parts.total(), 110);
        assert_eq!(meter.parts[Part::Useful], 110);
    }

    #[test]
    fn what_workers_do_at_the_same_time_is_no_more_than_the_thread_has() {
        let mut meter = Meter::new(None);
        let mut job = |begins: &[u64], ends: &[(u64, u64)]| {
            begins.iter().for_each(|&at| meter.begins(at));
            for &(began, ended) in ends {
                meter.did((1, 9), Span::new(0, 1), 1, [began, ended, ended]);
            }
        };
        // 100 to 130 and 140 to 150; one is still at it from 190 on.
        job(&[100, 105, 110], &[(105, 120), (100, 125), (110, 130)]);
        job(&[140], &[(140, 150)]);
        job(&[190], &[]);
        meter.close(100, 200, 200);
        assert_eq!(parts(&meter)[0], 30 + 10 + 10);
        assert_eq!(parts(&meter).iter().sum::<u64>(), 100);
        assert_eq!(meter.grains, 4);
    }
}
