//! Submitted jobs: a workload that grows while it runs, leased by priority.

use super::Work;
use crate::engine::MemberId;
use crate::engine::span::{Span, SpanSet};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Jobs that travel alone, since their inputs are large.
    large: BTreeSet<u64>,
    /// Jobs that a member failed at.
    shunned: BTreeMap<u64, MemberId>,
    /// Of these, those that are free, by that member.
    others: BTreeMap<MemberId, BTreeSet<u64>>,
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
        // What a checkpoint has done is done before it is submitted again.
        for part in self.done.missing(span) {
            self.free(priority, part);
        }
        span
    }

    /// Adds a job whose input is so large that it is to be leased alone.
    pub fn submit_large(&mut self, priority: Priority) -> Span {
        let span = self.submit(1, priority);
        self.large.insert(span.start);
        span
    }

    /// A job counts as done; returns whether nobody had been told to run it.
    pub fn cancel(&mut self, job: u64) -> bool {
        let span = Span::new(job, job + 1);
        if job >= self.submitted || self.done.covers(span) {
            return false;
        }
        let before = self.available;
        self.done(span);
        self.available < before
    }

    /// What members failed at may be done by anybody again.
    pub fn forgive(&mut self) {
        self.shunned.clear();
        for jobs in std::mem::take(&mut self.others).into_values() {
            for job in jobs {
                self.available -= 1;
                self.give_back(Span::new(job, job + 1));
            }
        }
    }

    /// No more jobs will come.
    pub fn close(&mut self) {
        self.closed = true;
    }

    fn free(&mut self, priority: Priority, span: Span) {
        self.available += self.free.entry(Reverse(priority)).or_default().insert(span);
    }

    fn free_all(&mut self, span: Span) {
        for (priority, part) in self.by_priority(span) {
            self.free(priority, part);
        }
    }

    /// What there is to know of jobs that are done is not needed any more.
    fn forget(&mut self, span: Span) {
        while let Some(&job) = self.large.range(span.start..span.end).next() {
            self.large.remove(&job);
        }
        while let Some((&job, &member)) = self.shunned.range(span.start..span.end).next() {
            self.shunned.remove(&job);
            if let Some(jobs) = self.others.get_mut(&member) {
                self.available -= u64::from(jobs.remove(&job));
            }
        }
        let mut at = span.start;
        while at < span.end {
            let next = self
                .priorities
                .range(at + 1..)
                .next()
                .map(|(&next, _)| next);
            if let Some((&start, _)) = self.priorities.range(..=at).next_back()
                && self
                    .done
                    .covers(Span::new(start, next.unwrap_or(self.submitted)))
            {
                // The one before holds for these from now on, which does not matter any more.
                self.priorities.remove(&start);
            }
            at = next.unwrap_or(span.end);
        }
    }

    fn withdraw(&mut self, span: Span) {
        for (priority, part) in self.by_priority(span) {
            if let Some(jobs) = self.free.get_mut(&Reverse(priority)) {
                self.available -= jobs.remove(part);
                if jobs.is_empty() {
                    self.free.remove(&Reverse(priority));
                }
            }
        }
    }

    fn priority_of(&self, job: u64) -> Priority {
        let before = self.priorities.range(..=job).next_back();
        before.map_or(0, |(_, &priority)| priority)
    }

    /// The parts of `span` by priority.
    fn by_priority(&self, span: Span) -> Vec<(Priority, Span)> {
        let mut out = Vec::new();
        let mut at = span.start;
        while at < span.end {
            let next = self.priorities.range(at + 1..).next();
            let end = next.map_or(span.end, |(&s, _)| s.min(span.end));
            out.push((self.priority_of(at), Span::new(at, end)));
            at = end;
        }
        out
    }

    /// The oldest job that somebody else failed at, unless others come first.
    fn take_shunned(&mut self, member: MemberId, first: Option<Priority>) -> Option<Span> {
        let others = self.others.iter().filter(|&(&who, _)| who != member);
        let job = others.filter_map(|(_, jobs)| jobs.first().copied()).min()?;
        if first.is_some_and(|first| first > self.priority_of(job)) {
            return None;
        }
        let who = self.shunned.get(&job)?;
        self.others.get_mut(who)?.remove(&job);
        self.available -= 1;
        Some(Span::new(job, job + 1))
    }
}

impl Work for Queue {
    fn total(&self) -> u64 {
        self.submitted
    }

    fn available(&self) -> u64 {
        self.available
    }

    fn take(
        &mut self,
        member: MemberId,
        want: u64,
        _near: Option<u64>,
        _exact: bool,
    ) -> Option<Span> {
        let first = self.free.keys().next().map(|p| p.0);
        if let Some(span) = self.take_shunned(member, first) {
            return Some(span);
        }
        let (_, jobs) = self.free.iter().next()?;
        let run = jobs.first()?;
        let want = match self.large.contains(&run.start) {
            true => 1,
            false => want.max(1),
        };
        let end = run.end.min(run.start.saturating_add(want));
        let large = self.large.range(run.start + 1..end.max(run.start + 1));
        let span = Span::new(run.start, large.min().copied().unwrap_or(end));
        self.withdraw(span);
        Some(span)
    }

    fn give_back(&mut self, span: Span) {
        for part in self.done.missing(span) {
            let mut from = part.start;
            let shunned = self.shunned.range(part.start..part.end);
            let shunned: Vec<(u64, MemberId)> = shunned.map(|(&j, &m)| (j, m)).collect();
            for (job, member) in shunned {
                self.free_all(Span::new(from, job));
                from = job + 1;
                self.available += u64::from(self.others.entry(member).or_default().insert(job));
            }
            self.free_all(Span::new(from, part.end));
        }
    }

    fn done(&mut self, span: Span) -> Vec<Span> {
        let fresh = self.done.missing(span);
        self.done.insert(span);
        self.withdraw(span);
        for part in &fresh {
            self.forget(*part);
        }
        fresh
    }

    fn undone(&self, span: Span) -> Vec<Span> {
        self.done.missing(span)
    }

    fn shun(&mut self, grain: u64, member: MemberId) {
        // What is free already stays with who failed at it before.
        let free = |m: &MemberId| self.others.get(m).is_some_and(|jobs| jobs.contains(&grain));
        if !self.shunned.get(&grain).is_some_and(free) {
            self.shunned.insert(grain, member);
        }
    }

    fn outranks(&self, grain: u64) -> bool {
        let first = self.free.keys().next();
        first.is_some_and(|p| p.0 > self.priority_of(grain))
    }

    fn finished(&self) -> bool {
        self.closed && self.done.covers(Span::new(0, self.submitted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(job: u64) -> Option<Span> {
        Some(Span::new(job, job + 1))
    }

    #[test]
    fn highest_priority_then_oldest() {
        let mut queue = Queue::new();
        queue.submit(2, 0);
        queue.submit(2, 5);
        queue.submit(1, 0);
        assert_eq!(queue.take(0, 9, None, false), Some(Span::new(2, 4)));
        assert_eq!(queue.take(0, 1, None, false), one(0));
        queue.give_back(Span::new(2, 3));
        assert_eq!(queue.take(0, 1, None, false), one(2));
        assert!(queue.cancel(4) && !queue.cancel(2) && !queue.cancel(2));
        queue.done(Span::new(0, 4));
        assert!(!queue.finished());
        queue.close();
        assert!(queue.finished() && queue.available() == 0);
    }

    #[test]
    fn what_is_done_before_it_is_submitted_is_not_leased() {
        let mut queue = Queue::new();
        queue.done(Span::new(1, 3));
        queue.done(Span::new(4, 5));
        queue.submit(4, 0);
        assert_eq!(queue.take(0, 9, None, false), one(0));
        assert_eq!(queue.take(0, 9, None, false), one(3));
        assert_eq!(queue.take(0, 9, None, false), None);
        queue.done(Span::new(0, 1));
        queue.close();
        assert!(!queue.finished());
        queue.done(Span::new(3, 4));
        assert!(queue.finished());
    }

    #[test]
    fn many_equal_jobs_cost_one_run() {
        let mut queue = Queue::new();
        for _ in 0..10_000 {
            queue.submit(1, 3);
        }
        assert_eq!(queue.priorities.len(), 1);
        queue.done(Span::new(0, 9_999));
        assert_eq!(queue.priorities.len(), 1);
        queue.done(Span::new(9_999, 10_000));
        assert!(queue.priorities.is_empty());
        for _ in 0..10_000 {
            queue.submit(1, 3);
        }
        assert_eq!(queue.free.values().map(SpanSet::runs).sum::<usize>(), 1);
    }

    #[test]
    fn priorities_of_what_is_done_are_forgotten() {
        let mut queue = Queue::new();
        queue.submit(1, 0);
        for i in 0..1_000 {
            let span = queue.submit(1, i % 3);
            queue.take(0, 1, None, false);
            queue.done(span);
        }
        assert!(queue.priorities.len() < 3, "{}", queue.priorities.len());
        queue.submit(1, 5);
        assert_eq!(queue.priority_of(1_001), 5);
        assert_eq!(queue.priority_of(0), 0);
    }

    #[test]
    fn large_inputs_travel_alone() {
        let mut queue = Queue::new();
        queue.submit(2, 0);
        queue.submit_large(0);
        queue.submit_large(0);
        queue.submit(2, 0);
        let mut taken = Vec::new();
        while let Some(span) = queue.take(0, 9, None, false) {
            taken.push((span.start, span.end));
        }
        assert_eq!(taken, [(0, 2), (2, 3), (3, 4), (4, 6)]);
        queue.done(Span::new(0, 6));
        assert!(queue.large.is_empty());
    }

    #[test]
    fn who_failed_is_not_asked_again_before_it_is_forgiven() {
        let mut queue = Queue::new();
        queue.submit(3, 0);
        queue.take(7, 3, None, false);
        queue.shun(1, 7);
        queue.give_back(Span::new(1, 2));
        assert_eq!(
            (queue.available(), queue.take(7, 1, None, false)),
            (1, None)
        );
        assert_eq!(queue.take(8, 9, None, false), one(1));
        queue.shun(1, 8);
        queue.give_back(Span::new(0, 3));
        assert_eq!(queue.available(), 3);
        assert_eq!(queue.take(8, 9, None, false), one(0));
        assert_eq!(queue.take(8, 9, None, false), one(2));
        assert_eq!(queue.take(8, 9, None, false), None);
        queue.forgive();
        assert_eq!(queue.take(8, 9, None, false), one(1));
        assert_eq!(queue.available(), 0);
        queue.shun(2, 8);
        queue.give_back(Span::new(2, 3));
        queue.done(Span::new(0, 3));
        assert_eq!((queue.available(), queue.shunned.len()), (0, 0));
    }
}
