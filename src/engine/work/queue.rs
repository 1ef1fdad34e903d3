//! Submitted jobs: a workload that grows while it runs, leased by priority.

use super::Work;
use crate::engine::span::{Span, SpanSet};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Higher runs first.
pub type Priority = i32;

/// Jobs numbered by order of submission; within a priority the oldest goes first.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    submitted: u64,
    /// Free jobs by priority, the highest first.
    free: BTreeMap<Reverse<Priority>, SpanSet>,
    available: u64,
    /// Priorities other than the default, by runs of jobs, until they are done.
    priorities: BTreeMap<u64, Priority>,
    done: SpanSet,
    closed: bool,
}

impl Queue {
    /// No jobs yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `count` jobs; returns their numbers.
    pub fn submit(&mut self, count: u64, priority: Priority) -> Span {
        let span = Span::new(self.submitted, self.submitted + count);
        self.submitted = span.end;
        let last = self.priorities.values().next_back().copied().unwrap_or(0);
        if last != priority {
            self.priorities.insert(span.start, priority);
        }
        self.free(priority, span);
        span
    }

    /// A job that is not leased yet will not run; returns whether that was so.
    pub fn cancel(&mut self, job: u64) -> bool {
        let span = Span::new(job, job + 1);
        if job >= self.submitted || self.withdraw(span) == 0 {
            return false;
        }
        self.done.insert(span);
        true
    }

    /// No more jobs will come.
    pub fn close(&mut self) {
        self.closed = true;
    }

    fn free(&mut self, priority: Priority, span: Span) {
        self.available += self.free.entry(Reverse(priority)).or_default().insert(span);
    }

    fn withdraw(&mut self, span: Span) -> u64 {
        let mut gone = 0;
        self.free.retain(|_, jobs| {
            gone += jobs.remove(span);
            !jobs.is_empty()
        });
        self.available -= gone;
        gone
    }

    /// Drops the priorities of jobs that are done up to the first that is not.
    fn forget_priorities(&mut self) {
        let done = self.done.holding(0).map_or(0, |run| run.end);
        while let Some(&second) = self
            .priorities
            .keys()
            .nth(1)
            .filter(|&&second| second <= done)
        {
            let first = *self.priorities.keys().next().unwrap_or(&second);
            self.priorities.remove(&first);
        }
    }

    /// The parts of `span` by priority.
    fn by_priority(&self, span: Span) -> Vec<(Priority, Span)> {
        let mut out = Vec::new();
        let mut at = span.start;
        while at < span.end {
            let priority = self
                .priorities
                .range(..=at)
                .next_back()
                .map_or(0, |(_, &p)| p);
            let end = self
                .priorities
                .range(at + 1..)
                .next()
                .map_or(span.end, |(&s, _)| s.min(span.end));
            out.push((priority, Span::new(at, end)));
            at = end;
        }
        out
    }
}

impl Work for Queue {
    fn total(&self) -> u64 {
        self.submitted
    }

    fn available(&self) -> u64 {
        self.available
    }

    fn take(&mut self, want: u64, _near: Option<u64>, _exact: bool) -> Option<Span> {
        let (_, jobs) = self.free.iter().next()?;
        let run = jobs.first()?;
        let span = Span::new(
            run.start,
            run.end.min(run.start.saturating_add(want.max(1))),
        );
        self.withdraw(span);
        Some(span)
    }

    fn give_back(&mut self, span: Span) {
        for part in self.done.missing(span) {
            for (priority, part) in self.by_priority(part) {
                self.free(priority, part);
            }
        }
    }

    fn done(&mut self, span: Span) -> Vec<Span> {
        let fresh = self.done.missing(span);
        self.done.insert(span);
        self.withdraw(span);
        self.forget_priorities();
        fresh
    }

    fn undone(&self, span: Span) -> Vec<Span> {
        self.done.missing(span)
    }

    fn finished(&self) -> bool {
        self.closed && self.done.grains() == self.submitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highest_priority_then_oldest() {
        let mut queue = Queue::new();
        queue.submit(2, 0);
        queue.submit(2, 5);
        queue.submit(1, 0);
        assert_eq!(queue.take(9, None, false), Some(Span::new(2, 4)));
        assert_eq!(queue.take(1, None, false), Some(Span::new(0, 1)));
        queue.give_back(Span::new(2, 3));
        assert_eq!(queue.take(1, None, false), Some(Span::new(2, 3)));
        assert!(queue.cancel(4) && !queue.cancel(2));
        queue.done(Span::new(0, 4));
        assert!(!queue.finished());
        queue.close();
        assert!(queue.finished());
    }

    #[test]
    fn many_equal_jobs_cost_one_run() {
        let mut queue = Queue::new();
        for _ in 0..10_000 {
            queue.submit(1, 3);
        }
        assert_eq!(queue.priorities.len(), 1);
        assert_eq!(queue.free.values().map(SpanSet::runs).sum::<usize>(), 1);
    }
}
