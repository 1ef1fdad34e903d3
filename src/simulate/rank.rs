//! A rank: threads that compute blocks of leased grains, and the agent that asks and returns.
//!
//! It does what the real agent does. It asks when what it has not begun lasts less than the
//! prefetch time, and again when a thread has nothing to do; it returns grains when their lease is
//! complete, when nothing is left to begin, and at least once a second; it answers a recall with
//! the second half of what it has not begun of that lease.

use super::load::{Costs, combine, leaf};
use super::message::{Up, Values};
use crate::engine::node::RunFold;
use crate::engine::span::Span;
use crate::engine::{LeaseId, SECOND, Time};
use std::collections::VecDeque;

/// Seconds after which a measurement counts half.
const MEMORY: f64 = 0.2;

/// What a rank wants of the world.
#[derive(Debug)]
pub(super) enum Wish {
    /// Send this to its coordinator.
    Send(Up),
    /// Wake that thread at that time.
    Wake(usize, Time),
    /// Let it look at what it has not returned, at that time.
    Timer(Time),
}

/// What a rank needs to know of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    pub costs: &'a Costs,
    /// Of the grains' values; none if the run computes no values.
    pub seed: Option<u64>,
    pub prefetch: Time,
    /// Into how many blocks a thread's share of a lease is cut, about.
    pub blocks: u64,
    /// A grain that is never done.
    pub poison: Option<u64>,
}

/// A lease at a rank.
#[derive(Debug)]
struct Held {
    lease: LeaseId,
    /// Not begun.
    ahead: Span,
    /// The largest block, in grains.
    block: u64,
    /// Blocks being computed.
    running: u32,
    /// Done, not returned.
    done: Vec<Span>,
}

/// A block being computed.
#[derive(Clone, Copy, Debug)]
struct Block {
    lease: LeaseId,
    span: Span,
    began: Time,
    ends: Time,
    /// [`Rank::stalled`] when it began.
    stalled: Time,
}

#[derive(Debug)]
pub(super) struct Rank {
    threads: Vec<Option<Block>>,
    speed: f64,
    held: VecDeque<Held>,
    /// Grains not begun, of all leases.
    ahead: u64,
    rate: Option<f64>,
    /// Grains and the seconds that a thread took for them, the older the less they count.
    recent: (f64, f64),
    asked_low: bool,
    asked_idle: bool,
    returned: Time,
    timer: bool,
    /// How long it has been stopped so far.
    stalled: Time,
    /// Blocks begun; the one with this number never returns.
    begun: u64,
    stuck: Option<u64>,
    values: Values,
}

impl Rank {
    pub fn new(threads: u64, speed: f64, stuck: Option<u64>, values: Values) -> Self {
        Rank {
            threads: vec![None; threads as usize],
            speed,
            held: VecDeque::new(),
            ahead: 0,
            rate: None,
            recent: (0.0, 0.0),
            asked_low: false,
            asked_idle: false,
            returned: 0,
            timer: false,
            stalled: 0,
            begun: 0,
            stuck,
            values,
        }
    }

    /// It starts: nothing to do yet.
    pub fn start(&mut self, now: Time, with: &Setting, out: &mut Vec<Wish>) {
        self.go_on(now, with, out);
    }

    /// It will be stopped for `time`.
    pub fn stall(&mut self, time: Time) {
        self.stalled += time;
    }

    /// A lease arrived.
    pub fn leased(
        &mut self,
        now: Time,
        lease: LeaseId,
        span: Span,
        with: &Setting,
        out: &mut Vec<Wish>,
    ) {
        (self.asked_low, self.asked_idle) = (false, false);
        let share = span.len() / (with.blocks * self.threads.len() as u64).max(1);
        let block = 1 << (63 - share.max(1).leading_zeros());
        self.held.push_back(Held {
            lease,
            ahead: span,
            block,
            running: 0,
            done: Vec::new(),
        });
        self.ahead += span.len();
        self.go_on(now, with, out);
    }

    /// Grains of a lease are wanted back.
    pub fn recalled(&mut self, now: Time, lease: LeaseId, with: &Setting, out: &mut Vec<Wish>) {
        let mut back = Vec::new();
        if let Some(held) = self.held.iter_mut().find(|h| h.lease == lease) {
            let middle = held.ahead.start + held.ahead.len() / 2;
            if held.ahead.end > middle {
                back.push(Span::new(middle, held.ahead.end));
                self.ahead -= held.ahead.end - middle;
                held.ahead.end = middle;
            }
        }
        out.push(Wish::Send(Up::GiveBack { lease, back }));
        self.go_on(now, with, out);
    }

    /// A thread's block should be over; if the rank was stopped meanwhile, it is not.
    pub fn woken(&mut self, now: Time, thread: usize, with: &Setting, out: &mut Vec<Wish>) {
        let Some(block) = self.threads[thread] else {
            return;
        };
        let ends = block.ends + (self.stalled - block.stalled);
        if now < ends {
            out.push(Wish::Wake(thread, ends));
            return;
        }
        self.threads[thread] = None;
        self.measure(&block, now);
        if let Some(seed) = with.seed {
            let mut fold = RunFold::default();
            for grain in block.span.start..block.span.end {
                fold.push(grain, leaf(seed, grain), combine);
            }
            self.values.insert(fold.into_nodes(), seed);
        }
        if let Some(held) = self.held.iter_mut().find(|h| h.lease == block.lease) {
            held.running -= 1;
            held.done.push(block.span);
        }
        self.go_on(now, with, out);
    }

    /// A second has passed since something was left unreturned.
    pub fn timer(&mut self, now: Time, with: &Setting, out: &mut Vec<Wish>) {
        self.timer = false;
        self.go_on(now, with, out);
    }

    fn measure(&mut self, block: &Block, now: Time) {
        let seconds = (now - block.began).max(1) as f64 / SECOND as f64;
        // Over the last blocks, by how long they took: many short ones must not outweigh a long one.
        let keep = 0.5f64.powf(seconds / MEMORY);
        let (grains, time) = self.recent;
        self.recent = (
            grains * keep + block.span.len() as f64,
            time * keep + seconds,
        );
        self.rate = Some(self.recent.0 / self.recent.1 * self.threads.len() as f64);
    }

    fn go_on(&mut self, now: Time, with: &Setting, out: &mut Vec<Wish>) {
        self.begin(now, with, out);
        self.give(now, out);
        self.ask(with, out);
    }

    /// Gives every idle thread a block.
    fn begin(&mut self, now: Time, with: &Setting, out: &mut Vec<Wish>) {
        for thread in 0..self.threads.len() {
            if self.threads[thread].is_some() {
                continue;
            }
            let Some(held) = self.held.iter_mut().find(|h| !h.ahead.is_empty()) else {
                return;
            };
            let start = held.ahead.start;
            let aligned = if start == 0 {
                held.block
            } else {
                held.block.min(1 << start.trailing_zeros())
            };
            let span = Span::new(start, held.ahead.end.min(start + aligned));
            held.ahead.start = span.end;
            held.running += 1;
            self.ahead -= span.len();
            let ends = now + (with.costs.of(span) / self.speed) as Time;
            let lease = held.lease;
            self.threads[thread] = Some(Block {
                lease,
                span,
                began: now,
                ends,
                stalled: self.stalled,
            });
            let never = with.poison.is_some_and(|g| span.start <= g && g < span.end);
            if self.stuck != Some(self.begun) && !never {
                out.push(Wish::Wake(thread, ends));
            }
            self.begun += 1;
        }
    }

    /// Returns what is due.
    fn give(&mut self, now: Time, out: &mut Vec<Wish>) {
        let all = self.ahead == 0 || now >= self.returned + SECOND;
        let mut left = false;
        let values = &mut self.values;
        let mut returned = false;
        self.held.retain_mut(|held| {
            let complete = held.ahead.is_empty() && held.running == 0;
            if complete || (all && !held.done.is_empty()) {
                let done = std::mem::take(&mut held.done);
                returned = true;
                out.push(Wish::Send(Up::Return {
                    lease: held.lease,
                    done,
                    values: values.drain(),
                }));
            }
            left |= !held.done.is_empty();
            !complete
        });
        if returned {
            self.returned = now;
        }
        if left && !self.timer {
            self.timer = true;
            out.push(Wish::Timer((self.returned + SECOND).max(now + 1)));
        }
    }

    fn ask(&mut self, with: &Setting, out: &mut Vec<Wish>) {
        let busy = self
            .threads
            .iter()
            .flatten()
            .map(|b| b.span.len())
            .sum::<u64>();
        let starving = self.ahead == 0 && self.threads.iter().any(Option::is_none);
        let seconds = with.prefetch as f64 / SECOND as f64;
        let low = self
            .rate
            .map_or(self.ahead == 0, |rate| (self.ahead as f64) < rate * seconds);
        if starving && !self.asked_idle {
            self.asked_idle = true;
            out.push(Wish::Send(Up::Ask {
                rate: self.rate,
                backlog: 0,
            }));
        } else if low && !starving && !self.asked_low && !self.asked_idle {
            self.asked_low = true;
            out.push(Wish::Send(Up::Ask {
                rate: self.rate,
                backlog: self.ahead + busy,
            }));
        }
    }
}
