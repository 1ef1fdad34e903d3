//! A lease at a rank, and the blocks of it that threads are at.

use super::load::Costs;
use super::rank::Setting;
use crate::engine::span::{Span, aligned_end};
use crate::engine::{LeaseId, Time};

/// Nanoseconds that a block takes at most, if it is not one grain: its rank's speed, and what it has
/// to return, should not be long out of date.
const LONG: f64 = 250e6;

/// A lease at a rank.
#[derive(Debug)]
pub(super) struct Held {
    pub lease: LeaseId,
    /// Not begun.
    pub ahead: Span,
    /// The largest block, in grains.
    block: u64,
    /// Blocks being computed.
    pub running: u32,
    /// Done, not returned.
    pub done: Vec<Span>,
}

impl Held {
    pub fn new(lease: LeaseId, ahead: Span, block: u64) -> Self {
        Held {
            lease,
            ahead,
            block,
            running: 0,
            done: Vec::new(),
        }
    }

    /// Takes the last `grains` that are not begun away.
    pub fn cut(&mut self, grains: u64) -> Span {
        let cut = Span::new(self.ahead.end - grains, self.ahead.end);
        self.ahead.end = cut.start;
        cut
    }

    /// A thread begins about `want` grains, fewer if they take long; one that never ends is a block
    /// of its own.
    pub fn begin(&mut self, want: u64, with: &Setting, speed: f64) -> Span {
        let Span { start, end } = self.ahead;
        let mut want = want.min(self.block).clamp(1, self.ahead.len());
        while want > 1 && with.costs.of(Span::new(start, start + want)) > LONG * speed {
            want = want.div_ceil(2);
        }
        let mut stop = aligned_end(start, want, want / 2);
        match with.poison {
            Some(grain) if grain == start => stop = start + 1,
            Some(grain) if start < grain && grain < stop => stop = grain,
            _ => {}
        }
        self.ahead = Span::new(stop, end);
        self.running += 1;
        Span::new(start, stop)
    }
}

/// Grains that a thread has taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// Another one whenever the block is cut.
    pub number: u64,
    pub lease: LeaseId,
    pub span: Span,
    pub began: Time,
    /// When it will be done, if its rank is not stopped meanwhile.
    pub ends: Time,
    /// How long the rank had been stopped when it began.
    pub stalled: Time,
    /// How far its rank's clock had leapt when it began.
    pub leapt: Time,
    /// Its first grain is never done.
    pub never: bool,
}

impl Block {
    /// The first grain that its thread has not begun by `now`.
    pub fn reached(&self, now: Time, stalled: Time, speed: f64, costs: &Costs) -> u64 {
        let computed = now.saturating_sub(self.began + (stalled - self.stalled));
        let Span { start, end } = self.span;
        if self.never {
            return start + 1;
        }
        let cost = computed as f64 * speed;
        // The least end such that what is before it takes longer than that.
        let (mut low, mut high) = (start + 1, end);
        while low < high {
            let middle = low + (high - low) / 2;
            if costs.of(Span::new(start, middle)) > cost {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low.min(end)
    }
}
