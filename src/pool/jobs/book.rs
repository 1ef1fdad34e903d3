//! The driver's book: every job in flight, and what became of it.

use super::error::{Cause, JobError};
use super::slot::{KnownAs, Options, Slot};
use super::statistics::{NodeStatistics, Statistics};
use crate::error::Error;
use crate::exec::jobs::batch::LARGE;
use crate::exec::jobs::record::{self, Child, Ending, Record};
use crate::exec::jobs::state::JobState;
use crate::exec::mailbox::{Mail, Mailbox};
use crate::exec::panics;
use crate::pool::keep::jobs::{KeepJobs, Key};
use crate::progress::Progress;
use crate::session::hub::{Hub, Local};
use crate::session::jobs::Submissions;
use crate::wire::message::Seq;
use crate::wire::rope::Rope;
use crate::wire::{hash, value};
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is in flight may have inputs of so many bytes.
const MOST_BYTES: u64 = 256 << 20;

type Job<'env, I, O> = Rc<Slot<'env, I, O>>;

/// What a book is about.
pub struct Call<'env, I, O> {
    pub seq: Seq,
    pub hub: Arc<Hub>,
    pub mailbox: Arc<Mailbox<()>>,
    pub state: Arc<JobState>,
    pub submissions: Arc<Submissions>,
    pub hosts: Arc<Vec<String>>,
    pub threads: Arc<Vec<u32>>,
    /// How jobs are run that say nothing else.
    pub defaults: Rc<Options<'env, I, O>>,
    /// Jobs that may be in flight.
    pub window: u64,
    /// Counts jobs, for people.
    pub progress: Option<Progress>,
    /// For people.
    pub place: String,
}

/// Everything that rank 0's main knows of the jobs of a call.
pub struct Book<'env, I, O> {
    pub call: Call<'env, I, O>,
    pub workers: Cell<usize>,
    /// For inputs on their way into bytes.
    pub buffer: Cell<Vec<u8>>,
    began: Instant,
    submitted: Cell<u64>,
    open: RefCell<HashMap<u64, Job<'env, I, O>>>,
    /// Bytes of the inputs of these.
    bytes: Cell<u64>,
    /// Jobs in flight, by group.
    groups: RefCell<HashMap<Rc<str>, u64>>,
    /// Done, and their callbacks have not run.
    due: RefCell<VecDeque<Job<'env, I, O>>>,
    in_callback: Cell<bool>,
    /// The frozen values that frozen values have in them, inner ones first.
    inner: RefCell<HashMap<u64, Vec<u64>>>,
    stopped: RefCell<Option<Error>>,
    nodes: RefCell<Vec<(u64, Duration)>>,
    /// Failures that nobody asked for: how many, and the first.
    unseen: RefCell<(u64, Option<JobError>)>,
    /// Where it is kept, if it is.
    keep: RefCell<Option<KeepJobs>>,
    /// What is known of jobs that were submitted just now.
    recalled: RefCell<VecDeque<Record>>,
    /// Whose callback runs, and how many jobs it, or else the driver, has submitted.
    within: RefCell<Vec<(Key, u64)>>,
    by_driver: Cell<u64>,
    /// Hashes of frozen values.
    frozen: RefCell<HashMap<u64, u64>>,
}

impl<'env, I, O> Book<'env, I, O> {
    /// No jobs yet.
    pub fn new(call: Call<'env, I, O>, keep: Option<KeepJobs>) -> Self {
        let all = call.threads.iter().map(|&t| t as usize).sum();
        Book {
            nodes: RefCell::new(vec![(0, Duration::ZERO); call.threads.len()]),
            call,
            workers: Cell::new(all),
            buffer: Cell::default(),
            began: Instant::now(),
            submitted: Cell::new(0),
            open: RefCell::default(),
            bytes: Cell::new(0),
            groups: RefCell::default(),
            due: RefCell::default(),
            in_callback: Cell::new(false),
            inner: RefCell::default(),
            stopped: RefCell::new(None),
            unseen: RefCell::new((0, None)),
            keep: RefCell::new(keep),
            recalled: RefCell::default(),
            within: RefCell::default(),
            by_driver: Cell::new(0),
            frozen: RefCell::default(),
        }
    }

    /// Jobs submitted so far.
    pub fn submitted(&self) -> u64 {
        self.submitted.get()
    }

    /// Jobs in flight.
    pub fn in_flight(&self) -> u64 {
        self.open.borrow().len() as u64
    }

    /// Jobs of a group in flight.
    pub fn in_group(&self, group: &str) -> u64 {
        self.groups.borrow().get(group).copied().unwrap_or(0)
    }

    /// Whether another job may be in flight.
    pub fn has_room(&self) -> bool {
        self.in_flight() < self.call.window && self.bytes.get() < MOST_BYTES
    }

    /// Whether the run is being stopped.
    pub fn is_stopped(&self) -> bool {
        self.stopped.borrow().is_some()
    }

    /// Whether the run goes on.
    pub fn check(&self) -> Result<(), Error> {
        self.stopped.borrow().clone().map_or(Ok(()), Err)
    }

    /// Submits a job.
    pub fn enter(
        &self,
        options: Rc<Options<'env, I, O>>,
        key: Option<Key>,
        input: &[u8],
        needs: &[u64],
    ) -> Job<'env, I, O> {
        let known_as = self.known_as(key, input, needs);
        let slot = self.number(options, input.len() as u64, known_as);
        if self.is_stopped() {
            let code = self.check().err().map_or(3, |e| e.code());
            let error = self.error(slot.id, None, Cause::Stopped(code));
            self.complete(&slot, Err(error));
            return slot;
        }
        self.open.borrow_mut().insert(slot.id, slot.clone());
        self.bytes.set(self.bytes.get() + slot.bytes);
        if let Some(group) = &slot.options.group {
            *self.groups.borrow_mut().entry(group.clone()).or_default() += 1;
        }
        if let Some(record) = self.find(&slot) {
            self.recalled.borrow_mut().push_back(record);
            self.call.submissions.push_known();
            return slot;
        }
        let Options {
            priority, terms, ..
        } = *slot.options;
        let wake = if slot.bytes >= LARGE {
            let mut rope = Rope::new();
            // Ropes take everything.
            let _ = rope.write_all(input);
            self.call.submissions.push(priority, terms, rope, needs)
        } else {
            self.call
                .submissions
                .push_small(priority, terms, input, needs)
        };
        if wake {
            self.call.hub.waker.wake();
        }
        slot
    }

    /// A job that has failed already.
    pub fn refuse(&self, options: Rc<Options<'env, I, O>>, text: String) -> Job<'env, I, O> {
        // The numbers of those that are submitted must not have gaps.
        let slot = self.enter(options, None, &[], &[]);
        self.cancel(&slot, Cause::Value(text));
        slot
    }

    /// What a checkpoint knows a job by that is submitted now.
    fn known_as(&self, key: Option<Key>, input: &[u8], needs: &[u64]) -> KnownAs {
        if self.keep.borrow().is_none() {
            return KnownAs::default();
        }
        let key = key.unwrap_or_else(|| match self.within.borrow_mut().last_mut() {
            Some((parent, n)) => {
                *n += 1;
                Key::numbered(Some(*parent), "callback", *n - 1)
            }
            None => {
                let n = self.by_driver.get();
                self.by_driver.set(n + 1);
                Key::numbered(None, "driver", n)
            }
        });
        let frozen = self.frozen.borrow();
        let hashes = needs.iter().filter_map(|id| frozen.get(id));
        let input = hashes.fold(hash::of(input), |sum, n| sum.rotate_left(1) ^ n);
        KnownAs {
            key: Some(key),
            input,
        }
    }

    /// What is known of a job.
    fn find(&self, slot: &Slot<'env, I, O>) -> Option<Record> {
        let KnownAs { key, input } = slot.known_as;
        let found = self.keep.borrow_mut().as_mut()?.find(key?, input, slot.id);
        found.unwrap_or_else(|error| {
            self.broken(error);
            None
        })
    }

    /// Nothing can be kept any more.
    fn broken(&self, error: Error) {
        self.keep.borrow_mut().take();
        self.call.hub.send(Local::Failed(error));
    }

    /// Hands over to the checkpoint what has come, if it is time, or `now`; `complete` at the end.
    pub fn hand_over(&self, now: bool, complete: bool) {
        let handed = match &mut *self.keep.borrow_mut() {
            Some(keep) => keep.hand_over(now, complete),
            None => return,
        };
        if let Err(error) = handed {
            self.broken(error);
        }
    }

    /// When to look again whether there is something to hand over.
    pub fn next_look(&self) -> Option<Instant> {
        self.keep.borrow().as_ref().and_then(KeepJobs::next_look)
    }

    /// Why the run was interrupted, if it was.
    pub fn interrupted(&self) -> Option<Error> {
        let stopped = self.stopped.borrow().clone();
        stopped.filter(|error| matches!(error, Error::Interrupted(_)))
    }

    fn number(
        &self,
        options: Rc<Options<'env, I, O>>,
        bytes: u64,
        known_as: KnownAs,
    ) -> Job<'env, I, O> {
        let id = self.submitted.get();
        self.submitted.set(id + 1);
        if let Some(progress) = &self.call.progress {
            progress.set_total(u128::from(id) + 1);
        }
        Slot::new(id, options, bytes, known_as)
    }

    fn error(&self, job: u64, rank: Option<usize>, cause: Cause) -> JobError {
        let host = rank.and_then(|rank| self.call.hosts.get(rank)).cloned();
        JobError {
            job,
            rank,
            host: host.unwrap_or_default(),
            cause,
        }
    }

    /// A job is over before it has a result; returns whether that was so.
    pub fn cancel(&self, slot: &Job<'env, I, O>, cause: Cause) -> bool {
        if self.open.borrow_mut().remove(&slot.id).is_none() {
            return false;
        }
        self.call.hub.send(Local::Cancel(self.call.seq, slot.id));
        self.leave(slot);
        self.complete(slot, Err(self.error(slot.id, None, cause)));
        true
    }

    /// All jobs in flight, the oldest first.
    pub fn all(&self) -> Vec<Job<'env, I, O>> {
        let mut all: Vec<_> = self.open.borrow().values().cloned().collect();
        all.sort_by_key(|slot| slot.id);
        all
    }

    /// A job is in flight no more.
    fn leave(&self, slot: &Slot<'env, I, O>) {
        self.bytes.set(self.bytes.get() - slot.bytes);
        if let Some(group) = &slot.options.group {
            let mut groups = self.groups.borrow_mut();
            if let Some(left) = groups.get_mut(group) {
                *left -= 1;
                if *left == 0 {
                    groups.remove(group);
                }
            }
        }
    }

    fn complete(&self, slot: &Job<'env, I, O>, result: Result<O, JobError>) {
        // Whoever refuses a job is about to give a handle of it away.
        let refused = matches!(&result, Err(e) if e.rank.is_none());
        let wanted = refused || Rc::strong_count(slot) > 1 || slot.options.callback.is_some();
        if let (Err(error), false) = (&result, wanted) {
            self.nobody_saw(error);
        }
        slot.result.replace(Some(result));
        slot.is_done.set(true);
        if let Some(progress) = &self.call.progress {
            progress.add(1);
        }
        if slot.options.callback.is_some() {
            slot.is_due.set(true);
            self.due.borrow_mut().push_back(slot.clone());
        }
        if let Some(watch) = slot.watch.take() {
            watch.borrow_mut().push_back(slot.id);
        }
    }

    /// A failure will be seen by nobody.
    pub fn nobody_saw(&self, error: &JobError) {
        if matches!(error.cause, Cause::Cancelled | Cause::Stopped(_)) {
            return;
        }
        let mut unseen = self.unseen.borrow_mut();
        unseen.0 += 1;
        unseen.1.get_or_insert_with(|| error.clone());
    }

    /// How many failures nobody has seen, and the first.
    pub fn unseen(&self) -> Option<(u64, JobError)> {
        let (count, first) = self.unseen.take();
        first.map(|first| (count, first))
    }

    /// The next callback to run, unless one is running.
    pub fn next_due(&self) -> Option<Job<'env, I, O>> {
        if self.in_callback.get() {
            return None;
        }
        self.due.borrow_mut().pop_front()
    }

    /// A callback runs for as long as the guard lives.
    pub fn running_callback(&self, slot: &Slot<'env, I, O>) -> impl Drop {
        struct Running<'a>(&'a Cell<bool>, bool, Option<&'a RefCell<Vec<(Key, u64)>>>);
        impl Drop for Running<'_> {
            fn drop(&mut self) {
                self.0.set(self.1);
                self.2.map(|within| within.borrow_mut().pop());
            }
        }
        let within = slot.known_as.key.map(|key| {
            self.within.borrow_mut().push((key, 0));
            &self.within
        });
        let before = self.in_callback.replace(true);
        if before {
            self.due.borrow_mut().retain(|due| due.id != slot.id);
        }
        Running(&self.in_callback, before, within)
    }

    /// Keeps a frozen value for other ranks.
    pub fn freeze(&self, id: u64, bytes: Rope, needs: Vec<u64>) {
        if self.keep.borrow().is_some() {
            let mut copy = bytes.clone();
            let bytes = copy.take(copy.len()).unwrap_or_default();
            self.frozen.borrow_mut().insert(id, hash::of(&bytes));
        }
        let needs = self.with_inner(needs);
        self.inner.borrow_mut().insert(id, needs);
        self.call.submissions.freeze(id, bytes);
    }

    /// Frozen values with those inside of them, which are read first.
    pub fn with_inner(&self, needs: Vec<u64>) -> Vec<u64> {
        let inner = self.inner.borrow();
        let mut all = Vec::new();
        for id in needs {
            let within = inner.get(&id).into_iter().flatten().copied();
            for id in within.chain([id]) {
                if !all.contains(&id) {
                    all.push(id);
                }
            }
        }
        all
    }

    /// Where jobs ran so far.
    pub fn statistics(&self) -> Statistics {
        let nodes = self.nodes.borrow();
        let lost = self.call.hub.lost();
        let own = self.call.hosts.iter().cloned();
        let mut all: Vec<(String, u32)> = own.zip(self.call.threads.iter().copied()).collect();
        all.extend(self.call.hub.guests());
        let node = |(rank, &(jobs, time)): (usize, &(u64, Duration))| NodeStatistics {
            rank,
            host: all[rank].0.clone(),
            threads: all[rank].1 as usize,
            jobs,
            time,
            lost: lost.contains(&(rank as u32)),
        };
        Statistics {
            nodes: nodes.iter().enumerate().take(all.len()).map(node).collect(),
            elapsed: self.began.elapsed(),
        }
    }
}

impl<'env, I, O: DeserializeOwned> Book<'env, I, O> {
    /// Something arrived.
    pub fn receive(&self, mail: Mail<()>) {
        match mail {
            Mail::Bytes(mut rope) => {
                while !rope.is_empty() {
                    match record::read(&mut rope) {
                        Ok(record) => self.settle(record, true),
                        Err(damaged) => return self.stop(Error::Damaged(damaged.to_string())),
                    }
                }
            }
            Mail::Halt(why) => {
                self.hand_over(true, false);
                let keep = self.keep.borrow();
                let path = keep.as_ref().map(KeepJobs::path).unwrap_or_default();
                let text = format!(
                    "{why}: jobs of {} that are done are kept; the same command resumes from {path}",
                    self.call.place
                );
                drop(keep);
                self.stop(Error::Interrupted(text));
            }
            Mail::End(Err(error)) => self.stop(error),
            _ => {}
        }
    }

    /// The run is being stopped: nothing more will come.
    fn stop(&self, error: Error) {
        let code = error.code();
        self.stopped.borrow_mut().get_or_insert(error);
        for slot in self.all() {
            self.open.borrow_mut().remove(&slot.id);
            self.leave(&slot);
            self.complete(&slot, Err(self.error(slot.id, None, Cause::Stopped(code))));
        }
    }

    /// Deals with what is known of jobs that were submitted just now. Returns whether there were any.
    pub fn recall(&self) -> bool {
        let mut any = false;
        loop {
            let record = self.recalled.borrow_mut().pop_front();
            let Some(record) = record else { return any };
            any = true;
            self.settle(record, false);
        }
    }

    fn settle(&self, record: Record, fresh: bool) {
        let (rank, time) = (
            record.rank as usize,
            Duration::from_nanos(record.nanoseconds),
        );
        // Cancelled in the meantime, perhaps.
        let Some(slot) = self.open.borrow_mut().remove(&record.job) else {
            return;
        };
        if fresh {
            let mut nodes = self.nodes.borrow_mut();
            if rank >= nodes.len() && rank < nodes.len() + self.call.hub.guests().len() {
                nodes.resize(rank + 1, (0, Duration::ZERO));
            }
            if let Some((jobs, sum)) = nodes.get_mut(rank) {
                *jobs += 1;
                *sum += time;
            }
        }
        if let (true, Some(key)) = (fresh, slot.known_as.key) {
            let recorded = match &mut *self.keep.borrow_mut() {
                Some(keep) => keep.record(key, slot.known_as.input, &record),
                None => Ok(()),
            };
            if let Err(error) = recorded {
                self.broken(error);
            }
        }
        slot.rank.set(rank);
        slot.time.set(time);
        for (n, Child { input, needs }) in (0..).zip(record.children) {
            let needs = self.with_inner(needs);
            let parent = slot.known_as.key;
            let key = parent.map(|_| Key::numbered(parent, "job", n));
            let child = self.enter(slot.options.clone(), key, &input, &needs);
            if Rc::strong_count(&slot) > 1 {
                slot.children.borrow_mut().push(child);
            }
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let result = match record.ending {
            Ending::Value => panics::catch(|| value::from_slice(&record.payload))
                .and_then(|value| value.map_err(|e| e.to_string()))
                .map_err(Cause::Value),
            Ending::Panic => Err(Cause::Panic(text(&record.payload))),
            Ending::Failed => Err(Cause::Failed(text(&record.payload))),
            Ending::Damaged => Err(Cause::Value(text(&record.payload))),
            Ending::Late => {
                let limit = Duration::from_nanos(slot.options.terms.limit);
                Err(Cause::Deadline(limit))
            }
        };
        let result = result.map_err(|cause| self.error(record.job, Some(rank), cause));
        self.leave(&slot);
        self.complete(&slot, result);
    }
}
