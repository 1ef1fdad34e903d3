//! Rank 0's side of submitted jobs: their inputs, until they are done.

use super::agent::Post;
use super::frozen::Frozen;
use crate::engine::Time;
use crate::engine::span::Span;
use crate::engine::work::{Priority, Queue, Work};
use crate::engine::{MILLISECOND, MemberId};
use crate::exec::jobs::batch::{Batch, LARGE, Terms};
use crate::exec::lock;
use crate::wire::message::Seq;
use crate::wire::rope::Rope;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A chunk of inputs takes no more jobs than this: one that is not done keeps all their inputs.
const CHUNK: usize = 512;
/// Another rank that could try what one failed at is waited for this long.
const GRUDGE: Time = 1000 * MILLISECOND;

/// In the order in which the driver came up with it.
#[derive(Debug)]
enum Submitted {
    /// Jobs of one priority, one after the other.
    Jobs(Priority, Batch),
    /// A value that jobs share, by its number.
    Frozen(u64, Rope),
    /// So many jobs that are done already.
    Known(u64),
}

#[derive(Debug, Default)]
struct News {
    submitted: VecDeque<Submitted>,
    /// Jobs that may run at the same time, by rank, if that has changed.
    workers: Option<Vec<u32>>,
}

/// What the driver has submitted and the comm thread has not taken yet.
#[derive(Debug, Default)]
pub struct Submissions {
    queue: Mutex<News>,
    /// Somebody waits for work, so the comm thread is to be woken.
    hungry: AtomicBool,
}

impl Submissions {
    /// Adds a job. Returns whether the comm thread is to be woken.
    pub fn push(&self, priority: Priority, terms: Terms, input: Rope, needs: &[u64]) -> bool {
        let batch = Batch::large(terms, input, needs);
        lock(&self.queue)
            .submitted
            .push_back(Submitted::Jobs(priority, batch));
        self.is_hungry()
    }

    /// Adds a job with a small input. Returns whether the comm thread is to be woken.
    pub fn push_small(
        &self,
        priority: Priority,
        terms: Terms,
        input: &[u8],
        needs: &[u64],
    ) -> bool {
        let queue = &mut lock(&self.queue).submitted;
        let fits = |b: &Batch| !b.is_large() && b.len() < CHUNK && b.bytes() < LARGE;
        match queue.back_mut() {
            Some(Submitted::Jobs(p, last)) if *p == priority && fits(last) => {
                last.push(terms, input, needs)
            }
            _ => {
                let mut batch = Batch::default();
                batch.push(terms, input, needs);
                queue.push_back(Submitted::Jobs(priority, batch));
            }
        }
        self.is_hungry()
    }

    /// Adds a job whose result is known.
    pub fn push_known(&self) {
        let queue = &mut lock(&self.queue).submitted;
        match queue.back_mut() {
            Some(Submitted::Known(jobs)) => *jobs += 1,
            _ => queue.push_back(Submitted::Known(1)),
        }
    }

    /// Adds a value that later jobs share; rank 0 has it.
    pub fn freeze(&self, id: u64, bytes: Rope) {
        let frozen = Submitted::Frozen(id, bytes);
        lock(&self.queue).submitted.push_back(frozen);
    }

    /// So many jobs may run at the same time from now on, by rank.
    pub fn set_workers(&self, workers: Vec<u32>) {
        lock(&self.queue).workers = Some(workers);
    }

    // With the comm thread's store before its look at the queue, one of the two sees the other.
    fn is_hungry(&self) -> bool {
        self.hungry.load(Ordering::SeqCst)
    }
}

struct Chunk {
    priority: Priority,
    batch: Batch,
    /// Jobs that are not done.
    left: u64,
}

/// What rank 0's comm thread knows of the jobs of a call.
pub struct LeadJobs {
    submissions: Arc<Submissions>,
    /// Taken from there, and not submitted yet.
    taken: VecDeque<Submitted>,
    /// By first job.
    chunks: BTreeMap<u64, Chunk>,
    submitted: u64,
    /// Jobs that are not done, by priority.
    priorities: BTreeMap<Priority, u64>,
    frozen: Frozen,
    /// Jobs that may run at the same time, by rank, if not all threads.
    workers: Option<Vec<u32>>,
    /// Since when some job that failed waits for another rank.
    failed: Option<Time>,
}

impl LeadJobs {
    /// No jobs yet.
    pub fn new(submissions: Arc<Submissions>) -> Self {
        LeadJobs {
            submissions,
            taken: VecDeque::new(),
            chunks: BTreeMap::new(),
            submitted: 0,
            priorities: BTreeMap::new(),
            frozen: Frozen::default(),
            workers: None,
            failed: None,
        }
    }

    /// Whether something was submitted.
    pub fn has_news(&self) -> bool {
        let queue = lock(&self.submissions.queue);
        !queue.submitted.is_empty() || queue.workers.is_some()
    }

    /// Takes what there is: the new numbers of workers by rank, if they have changed, here; jobs are submitted
    /// by [`LeadJobs::take`]. Both at once, since jobs are for those workers that were there when they came.
    pub fn take_news(&mut self) -> Option<Vec<u32>> {
        let news = std::mem::take(&mut *lock(&self.submissions.queue));
        self.taken.extend(news.submitted);
        let workers = news.workers?;
        self.workers = Some(workers.clone());
        Some(workers)
    }

    /// Takes what was submitted. Returns whether some of it is more urgent than something that is not done.
    pub fn take(&mut self, queue: &mut Queue) -> bool {
        let mut urgent = false;
        for submitted in std::mem::take(&mut self.taken) {
            let (priority, batch) = match submitted {
                Submitted::Jobs(priority, batch) => (priority, batch),
                Submitted::Known(jobs) => {
                    let known = queue.submit(jobs, 0);
                    queue.done(known);
                    self.submitted = known.end;
                    continue;
                }
                Submitted::Frozen(id, bytes) => {
                    self.frozen.made(id, bytes, 0);
                    continue;
                }
            };
            let left = batch.len() as u64;
            if batch.is_large() {
                queue.submit_large(priority);
            } else {
                queue.submit(left, priority);
            }
            let lowest = self.priorities.first_key_value();
            urgent |= lowest.is_some_and(|(&lowest, _)| lowest < priority);
            *self.priorities.entry(priority).or_default() += left;
            let chunk = Chunk {
                priority,
                batch,
                left,
            };
            self.chunks.insert(self.submitted, chunk);
            self.submitted += left;
        }
        urgent
    }

    /// From now on the driver wakes the comm thread with every job, or no more.
    pub fn set_hungry(&self, hungry: bool) {
        self.submissions.hungry.store(hungry, Ordering::SeqCst);
    }

    /// The inputs of `span` for a rank, after the frozen values that it does not have.
    pub fn inputs(&mut self, seq: Seq, rank: u32, span: Span, out: &mut Vec<Post>) -> Rope {
        let mut batch = Batch::default();
        for (first, part, chunk) in self.overlapping(span) {
            let range = (part.start - first) as usize..(part.end - first) as usize;
            batch.extend(&chunk.batch, range);
            batch.priority = chunk.priority;
        }
        self.frozen.needed(seq, rank, batch.needs(), out);
        batch.into_rope()
    }

    /// Chunks with jobs of `span`: the first job of each, and those jobs.
    fn overlapping(&self, span: Span) -> impl Iterator<Item = (u64, Span, &Chunk)> {
        let from = self.chunks.range(..=span.start).next_back();
        let from = from.map_or(span.start, |(&first, _)| first);
        let chunks = self.chunks.range(from..span.end);
        chunks.filter_map(move |(&first, chunk)| {
            let jobs = Span::new(first, first + chunk.batch.len() as u64);
            Some((first, jobs.intersect(span)?, chunk))
        })
    }

    /// Jobs are done: their inputs are needed no more.
    pub fn done(&mut self, span: Span) {
        let parts = self.overlapping(span);
        let parts: Vec<(u64, u64)> = parts.map(|(first, part, _)| (first, part.len())).collect();
        for (first, done) in parts {
            let Some(chunk) = self.chunks.get_mut(&first) else {
                continue;
            };
            chunk.left -= done;
            if let Some(left) = self.priorities.get_mut(&chunk.priority) {
                *left -= done;
                if *left == 0 {
                    self.priorities.remove(&chunk.priority);
                }
            }
            if chunk.left == 0 {
                self.chunks.remove(&first);
            }
        }
    }

    /// A job failed and is to be tried again: one time less from now on.
    pub fn failed(&mut self, now: Time, job: u64) {
        self.failed.get_or_insert(now);
        if let Some((first, chunk)) = self.chunks.range_mut(..=job).next_back()
            && let Some(terms) = chunk.batch.terms((job - first) as usize)
        {
            terms.retries = terms.retries.saturating_sub(1);
        }
    }

    /// Whether nobody else has turned up for what somebody failed at.
    pub fn is_forgiving(&mut self, now: Time) -> bool {
        let over = self
            .failed
            .is_some_and(|at| now.saturating_sub(at) > GRUDGE);
        if over {
            self.failed = None;
        }
        over
    }

    /// Jobs that may run on a rank at the same time, if not one a thread, as with ranks that have joined.
    pub fn workers_of(&self, member: MemberId) -> Option<u32> {
        self.workers.as_ref()?.get(member as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::message::Msg;

    #[test]
    fn inputs_are_kept_as_long_as_they_may_be_needed() {
        let submissions = Arc::new(Submissions::default());
        let mut jobs = LeadJobs::new(submissions.clone());
        let mut queue = Queue::new();
        for i in 0..2000u64 {
            let terms = Terms {
                retries: 2,
                limit: 0,
            };
            assert!(!submissions.push_small(0, terms, &i.to_le_bytes(), &[]));
        }
        submissions.push(0, Terms::default(), Rope::from(vec![1; 1 << 20]), &[]);
        assert!(jobs.has_news());
        jobs.take_news();
        jobs.take(&mut queue);
        assert_eq!((queue.total(), jobs.chunks.len()), (2001, 5));
        let mut out = Vec::new();
        jobs.failed(1, 700);
        let body = jobs.inputs(0, 1, Span::new(500, 1100), &mut out);
        let batch = Batch::from_rope(body).unwrap();
        assert_eq!((batch.len(), batch.bytes()), (600, 4800));
        assert_eq!((batch.retries(200), batch.retries(201)), (1, 2));
        jobs.done(Span::new(3, 2000));
        assert_eq!(jobs.chunks.len(), 2);
        jobs.done(Span::new(0, 3));
        jobs.done(Span::new(2000, 2001));
        assert!(jobs.chunks.is_empty());
    }

    #[test]
    fn a_frozen_value_travels_once() {
        let submissions = Arc::new(Submissions::default());
        let mut jobs = LeadJobs::new(submissions.clone());
        let mut queue = Queue::new();
        submissions.freeze(9, Rope::from(vec![1, 2, 3]));
        for _ in 0..100 {
            submissions.push_small(0, Terms::default(), &[7], &[9]);
        }
        jobs.take_news();
        jobs.take(&mut queue);
        let mut out = Vec::new();
        for job in 0..100 {
            let rank = (job % 3) as u32;
            jobs.inputs(5, rank, Span::new(job, job + 1), &mut out);
        }
        let to: Vec<u32> = out.iter().map(|(to, ..)| *to).collect();
        assert_eq!(to, [1, 2]);
        assert!(out.iter().all(|(_, msg, _)| *msg == Msg::Frozen(5, 9)));
    }
}
