//! A rank: threads that compute blocks of leased grains, and the agent that asks and returns.
//!
//! It does what the real agent does. It asks when what it has not begun lasts less than the
//! prefetch time, and again when a thread has nothing to do; it returns grains when their lease is
//! complete, when nothing is left to begin, and at least once a second; it answers a recall with
//! the second half of what it has not begun of that lease.
//!
//! Real threads take a grain or a few at a time. Here a thread takes a long block, and what it has
//! not come to is cut off when it is needed elsewhere: the same run from far fewer events.

use super::block::{Block, Held};
use super::load::Costs;
use super::message::{Up, Values};
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
    /// Wake that thread at that time: its block of that number is over.
    Wake(usize, u64, Time),
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
    /// Into how many blocks a thread's share of a lease is cut, at least.
    pub blocks: u64,
    /// A grain that is never done.
    pub poison: Option<u64>,
    /// A mistake: it does not report what it has done when it is told to stop.
    pub forgets: bool,
}

#[derive(Debug)]
pub(super) struct Rank {
    pub(super) threads: Vec<Option<Block>>,
    /// Threads that may begin something.
    pub(super) active: usize,
    pub(super) speed: f64,
    pub(super) held: VecDeque<Held>,
    /// Grains not begun, of all leases.
    pub(super) ahead: u64,
    pub(super) rate: Option<f64>,
    /// Grains and the seconds that a thread took for them, the older the less they count.
    pub(super) recent: (f64, f64),
    pub(super) asked_low: bool,
    pub(super) asked_idle: bool,
    pub(super) returned: Time,
    pub(super) timer: bool,
    /// How long it has been stopped so far.
    pub(super) stalled: Time,
    /// The last number given to a block.
    pub(super) numbers: u64,
    /// Blocks begun; the one after so many never returns.
    pub(super) begun: u64,
    pub(super) stuck: Option<u64>,
    pub(super) values: Values,
    /// How far its clock has leapt so far.
    pub(super) leapt: Time,
    /// It was told to stop, and has said that it did.
    pub(super) stopping: bool,
    pub(super) stopped: bool,
    /// What it has computed that nobody has asked for yet.
    pub(super) computed: Option<Span>,
}

impl Rank {
    pub fn new(threads: u64, speed: f64, stuck: Option<u64>, values: Values) -> Self {
        Rank {
            threads: vec![None; threads as usize],
            active: threads as usize,
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
            numbers: 0,
            begun: 0,
            stuck,
            values,
            leapt: 0,
            stopping: false,
            stopped: false,
            computed: None,
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

    /// Its clock leaps ahead.
    pub fn leap(&mut self, time: Time) {
        self.leapt += time;
    }

    /// What it has computed just now.
    pub fn take_computed(&mut self) -> Option<Span> {
        self.computed.take()
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
        if self.stopping {
            let back = vec![span];
            return out.push(Wish::Send(Up::GiveBack { lease, back }));
        }
        (self.asked_low, self.asked_idle) = (false, false);
        let block = span.len() / (with.blocks * self.threads.len() as u64).max(1);
        self.held.push_back(Held::new(lease, span, block.max(1)));
        self.ahead += span.len();
        self.go_on(now, with, out);
    }

    pub(super) fn running(&self) -> usize {
        self.threads.iter().flatten().count()
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// A thread's block should be over; if the rank was stopped meanwhile, it is not.
    pub fn woken(
        &mut self,
        now: Time,
        thread: usize,
        number: u64,
        with: &Setting,
        out: &mut Vec<Wish>,
    ) {
        // A block that was cut has another number since.
        let Some(block) = self.threads[thread].filter(|b| b.number == number) else {
            return;
        };
        let ends = block.ends + (self.stalled - block.stalled);
        if now < ends {
            out.push(Wish::Wake(thread, number, ends));
            return;
        }
        self.threads[thread] = None;
        self.measure(&block, now);
        self.computed = Some(block.span);
        if let Some(seed) = with.seed {
            self.values.compute(block.span, seed);
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
        let time = now - block.began + (self.leapt - block.leapt);
        let seconds = time.max(1) as f64 / SECOND as f64;
        // Over the last blocks, by how long they took: many short ones must not outweigh a long one.
        let keep = 0.5f64.powf(seconds / MEMORY);
        let (grains, time) = self.recent;
        self.recent = (
            grains * keep + block.span.len() as f64,
            time * keep + seconds,
        );
        self.rate = Some(self.recent.0 / self.recent.1 * self.threads.len() as f64);
    }

    /// It does what there is to do next.
    pub(super) fn go_on(&mut self, now: Time, with: &Setting, out: &mut Vec<Wish>) {
        if self.stopping {
            self.give(now, out);
            if self.running() == 0 && !self.stopped {
                self.stopped = true;
                out.push(Wish::Send(Up::Stopped));
            }
            return;
        }
        self.begin(now, with, out);
        self.give(now, out);
        self.ask(with, out);
    }

    /// Gives every idle thread a block.
    fn begin(&mut self, now: Time, with: &Setting, out: &mut Vec<Wish>) {
        for thread in 0..self.threads.len() {
            if self.threads[thread].is_some() || self.running() >= self.active {
                continue;
            }
            if self.ahead == 0 && !self.share(now, with, out) {
                return;
            }
            let want = self.block_size(with);
            let number = self.next_number();
            let Some(held) = self.held.iter_mut().find(|h| !h.ahead.is_empty()) else {
                return;
            };
            let span = held.begin(want, with, self.speed);
            self.ahead -= span.len();
            let ends = now + (with.costs.of(span) / self.speed) as Time;
            let never = self.stuck == Some(self.begun) || with.poison == Some(span.start);
            self.threads[thread] = Some(Block {
                number,
                lease: held.lease,
                span,
                began: now,
                ends,
                stalled: self.stalled,
                leapt: self.leapt,
                never,
            });
            if !never {
                out.push(Wish::Wake(thread, number, ends));
            }
            self.begun += 1;
        }
    }

    /// How many grains a thread takes at once: few enough not to sleep through the moment for a
    /// request.
    fn block_size(&self, with: &Setting) -> u64 {
        let threads = self.threads.len() as u64;
        let rate = self.rate.unwrap_or(0.0);
        let low = (rate * with.prefetch as f64 / SECOND as f64) as u64 + 1;
        let to_low = self.ahead.saturating_sub(low).div_ceil(threads);
        if to_low > 0 {
            to_low
        } else {
            self.ahead.div_ceil(threads)
        }
    }

    /// An idle thread takes over half of what another one has not come to.
    fn share(&mut self, now: Time, with: &Setting, out: &mut Vec<Wish>) -> bool {
        if self.threads.len() == 1 {
            return false;
        }
        let (stalled, speed) = (self.stalled, self.speed);
        let left = |b: &Block| b.span.end - b.reached(now, stalled, speed, with.costs);
        let most = self.threads.iter().flatten().map(left).max().unwrap_or(0);
        let Some(span) = self.cut_block(now, None, most.div_ceil(2), with, out) else {
            return false;
        };
        // The lease of that block: the only one with nothing ahead and this end.
        let lease = self
            .threads
            .iter()
            .flatten()
            .find(|b| b.span.end == span.start);
        let Some(lease) = lease.map(|b| b.lease) else {
            return false;
        };
        let held = self.held.iter_mut().find(|h| h.lease == lease);
        if let Some(held) = held {
            held.ahead = span;
            self.ahead += span.len();
        }
        self.ahead > 0
    }

    fn ask(&mut self, with: &Setting, out: &mut Vec<Wish>) {
        let busy = self
            .threads
            .iter()
            .flatten()
            .map(|b| b.span.len())
            .sum::<u64>();
        if self.active == 0 {
            return;
        }
        let starving = self.ahead == 0 && self.running() < self.active;
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
