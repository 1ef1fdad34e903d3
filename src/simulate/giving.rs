//! What a rank gives: grains that are done, and those that it has not begun and is asked for.

use super::block::Block;
use super::message::Up;
use super::rank::{Rank, Setting, Wish};
use crate::engine::span::Span;
use crate::engine::{LeaseId, SECOND, Time};

impl Rank {
    /// Grains of a lease are wanted back.
    pub fn recalled(&mut self, now: Time, lease: LeaseId, with: &Setting, out: &mut Vec<Wish>) {
        let mut back = Vec::new();
        if let Some(at) = self.held.iter().position(|h| h.lease == lease) {
            let running = self.threads.iter().flatten();
            let late: u64 = running
                .filter(|b| b.lease == lease)
                .map(|b| b.span.end - b.reached(now, self.stalled, self.speed, with.costs))
                .sum();
            let held = &mut self.held[at];
            let mut wanted = (held.ahead.len() + late).div_ceil(2);
            let part = wanted.min(held.ahead.len());
            if part > 0 {
                back.push(held.cut(part));
                self.ahead -= part;
                wanted -= part;
            }
            while wanted > 0
                && let Some(part) = self.cut_block(now, Some(lease), wanted, with, out)
            {
                wanted -= part.len();
                back.push(part);
            }
        }
        out.push(Wish::Send(Up::GiveBack { lease, back }));
        self.go_on(now, with, out);
    }

    /// So many threads may begin something from now on; what is at work goes on.
    pub fn resized(&mut self, now: Time, threads: u64, with: &Setting, out: &mut Vec<Wish>) {
        self.active = threads as usize;
        (self.asked_low, self.asked_idle) = (false, false);
        if threads == 0 {
            for held in &mut self.held {
                let ahead = held.ahead.len();
                if ahead > 0 {
                    let (lease, back) = (held.lease, vec![held.cut(ahead)]);
                    out.push(Wish::Send(Up::GiveBack { lease, back }));
                }
            }
            self.ahead = 0;
        }
        self.go_on(now, with, out);
    }

    /// It gives back what it has not begun, ends the grains it is at, and reports what is done.
    pub fn stop(&mut self, now: Time, with: &Setting, out: &mut Vec<Wish>) {
        self.stopping = true;
        let leases: Vec<LeaseId> = self.held.iter().map(|h| h.lease).collect();
        for (at, lease) in leases.into_iter().enumerate() {
            let mut back = Vec::new();
            let ahead = self.held[at].ahead.len();
            if ahead > 0 {
                back.push(self.held[at].cut(ahead));
            }
            while let Some(part) = self.cut_block(now, Some(lease), u64::MAX, with, out) {
                back.push(part);
            }
            if with.forgets {
                self.held[at].done.clear();
            }
            out.push(Wish::Send(Up::GiveBack { lease, back }));
        }
        self.ahead = 0;
        self.go_on(now, with, out);
    }

    /// Takes up to `most` grains that it has not come to from the thread with the most of them.
    pub(super) fn cut_block(
        &mut self,
        now: Time,
        lease: Option<LeaseId>,
        most: u64,
        with: &Setting,
        out: &mut Vec<Wish>,
    ) -> Option<Span> {
        let (stalled, speed) = (self.stalled, self.speed);
        let left = |b: &Block| b.span.end - b.reached(now, stalled, speed, with.costs);
        let running = self.threads.iter().enumerate();
        let (thread, rest) = running
            .filter_map(|(t, b)| b.as_ref().map(|b| (t, b)))
            .filter(|(_, b)| lease.is_none_or(|id| id == b.lease))
            .map(|(t, b)| (t, left(b)))
            .max_by_key(|&(t, rest)| (rest, t))
            .filter(|&(_, rest)| rest > 0)?;
        let number = self.next_number();
        let block = self.threads[thread].as_mut()?;
        let end = block.span.end;
        block.span.end -= rest.min(most);
        let cut = Span::new(block.span.end, end);
        block.number = number;
        block.ends = block.began + (with.costs.of(block.span) / speed) as Time;
        if !block.never {
            let at = (block.ends + (stalled - block.stalled)).max(now);
            out.push(Wish::Wake(thread, number, at));
        }
        Some(cut)
    }

    /// Returns what is due.
    pub(super) fn give(&mut self, now: Time, out: &mut Vec<Wish>) {
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
}
