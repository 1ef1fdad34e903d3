//! The driver's side: what it may submit, wait for and ask.

use super::book::Book;
use super::error::{Cause, JobError};
use super::handle::Job;
use super::slot::{Done, Options, Slot, Watch};
use super::statistics::Statistics;
use super::submission::Submission;
use crate::error::Error;
use crate::exec::jobs::batch::LARGE;
use crate::exec::jobs::frozen::{self, Frozen};
use crate::exec::layout::MOST_THREADS;
use crate::pool::keep::jobs::Key;
use crate::wire::value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What the driver of [`Jobs::drive`](crate::Jobs::drive) works with, on rank 0: submits jobs, waits for them,
/// changes how many may run at once, and asks where they ran.
///
/// Callbacks run on the driver's thread, inside of these calls: whenever it submits, waits, joins, cancels or asks
/// whether a job is done.
pub struct Scope<'env, I, O> {
    pub(super) book: Book<'env, I, O>,
}

/// Submitting.
impl<'env, I, O> Scope<'env, I, O>
where
    I: Serialize + DeserializeOwned,
    O: DeserializeOwned,
{
    /// Submits a job. Waits only when more is in flight than [`Jobs::window`](crate::Jobs::window) allows.
    ///
    /// As long as its handle is there, so are its result and those of all jobs that it submitted and these.
    ///
    /// An input that cannot be written gives a job that has failed.
    pub fn submit(&self, input: I) -> Job<'_, 'env, I, O> {
        let options = self.book.call.defaults.clone();
        self.submit_with(options, None, &input)
    }

    /// A job with settings of its own: see [`Submission`].
    pub fn job(&self, input: I) -> Submission<'_, 'env, I, O> {
        Submission::new(self, input)
    }

    /// Runs one job and waits for its result.
    ///
    /// # Errors
    /// When it fails.
    pub fn pipe(&self, input: I) -> Result<O, JobError> {
        self.submit(input).join()
    }

    /// Runs a job for each input, and gives their results in order.
    ///
    /// # Errors
    /// The first failure by order of the inputs; the others are then cancelled.
    pub fn map(&self, inputs: impl IntoIterator<Item = I>) -> Result<Vec<O>, JobError> {
        let jobs: Vec<_> = inputs.into_iter().map(|input| self.submit(input)).collect();
        let mut results = Vec::with_capacity(jobs.len());
        let mut jobs = jobs.into_iter();
        for job in jobs.by_ref() {
            match job.join() {
                Ok(result) => results.push(result),
                Err(error) => {
                    jobs.for_each(Job::abandon);
                    return Err(error);
                }
            }
        }
        Ok(results)
    }

    /// A value for many jobs: it is sent to a rank once, with the first job there that needs it, and kept
    /// until the call ends, on rank 0 as bytes too. Make it part of inputs, where it weighs nothing; in the
    /// handler it dereferences to the value.
    ///
    /// # Errors
    /// When the value does not survive serialization.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// use grange::Frozen;
    /// let sum = pool
    ///     .jobs(|(table, i): (Frozen<Vec<f64>>, usize)| table[i])
    ///     .drive(|scope| {
    ///         let table = scope.freeze(vec![0.25; 1000])?;
    ///         let values = scope.map((0..1000).map(|i| (table.clone(), i)))?;
    ///         Ok::<_, grange::Error>(values.iter().sum::<f64>())
    ///     })?;
    /// assert_eq!(sum, 250.0);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    pub fn freeze<T>(&self, value: T) -> Result<Frozen<T>, Error>
    where
        T: Serialize + DeserializeOwned + Send + Sync + 'static,
    {
        let book = &self.book;
        frozen::written();
        let (frozen, id, bytes) = Frozen::new(value, &book.call.state.frozen)?;
        let needs = frozen::written();
        if !needs.iter().all(|&id| book.call.state.frozen.has(id)) {
            return Err(Error::Usage(OF_ANOTHER_CALL.into()));
        }
        book.freeze(id, bytes, needs);
        Ok(frozen)
    }

    pub(super) fn submit_with(
        &self,
        options: Rc<Options<'env, I, O>>,
        key: Option<Key>,
        input: &I,
    ) -> Job<'_, 'env, I, O> {
        self.wait_until(|book| book.has_room(), None);
        let book = &self.book;
        let mut buffer = book.buffer.take();
        buffer.clear();
        frozen::written();
        let written = value::check(input).and_then(|()| value::append(&mut buffer, input));
        let needs = frozen::written();
        let known = needs.iter().all(|&id| book.call.state.frozen.has(id));
        let slot = match written {
            Ok(()) if known => book.enter(options, key, &buffer, &book.with_inner(needs)),
            Ok(()) => book.refuse(options, OF_ANOTHER_CALL.to_owned()),
            Err(error) => book.refuse(options, error.to_string()),
        };
        if buffer.capacity() as u64 <= 2 * LARGE {
            book.buffer.set(buffer);
        }
        let job = Job::new(self, slot);
        // Results that have come in the meantime are not left lying until the driver waits.
        self.attend(Some(Instant::now()));
        job
    }
}

/// Waiting.
impl<'env, I, O: DeserializeOwned> Scope<'env, I, O> {
    /// Waits until all jobs are done, those that jobs submitted too.
    ///
    /// # Errors
    /// When the run is being stopped.
    pub fn wait(&self) -> Result<(), Error> {
        self.wait_until(|book| book.in_flight() == 0, None);
        self.book.check()
    }

    /// As [`Scope::wait`] for no longer than `time`; returns whether all are done.
    ///
    /// # Errors
    /// As there.
    pub fn wait_for(&self, time: Duration) -> Result<bool, Error> {
        let all = self.wait_until(|book| book.in_flight() == 0, Some(time));
        self.book.check().map(|()| all)
    }

    /// Waits until all jobs of a group are done. A group that nobody has used has none.
    ///
    /// # Errors
    /// As [`Scope::wait`].
    pub fn wait_group(&self, group: &str) -> Result<(), Error> {
        self.wait_until(|book| book.in_group(group) == 0, None);
        self.book.check()
    }

    /// As [`Scope::wait_group`] for no longer than `time`; returns whether all are done.
    ///
    /// # Errors
    /// As [`Scope::wait`].
    pub fn wait_group_for(&self, group: &str, time: Duration) -> Result<bool, Error> {
        let all = self.wait_until(|book| book.in_group(group) == 0, Some(time));
        self.book.check().map(|()| all)
    }

    /// The handles in order of completion: each as soon as its job is done.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// let sum = pool.jobs(|x: u64| x * x).drive(|scope| {
    ///     let jobs: Vec<_> = (0..10).map(|x| scope.submit(x)).collect();
    ///     let mut sum = 0;
    ///     for job in scope.as_completed(jobs) {
    ///         sum += job.join()?;
    ///     }
    ///     Ok::<_, grange::Error>(sum)
    /// })?;
    /// assert_eq!(sum, 285);
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    pub fn as_completed<'s>(
        &'s self,
        jobs: impl IntoIterator<Item = Job<'s, 'env, I, O>>,
    ) -> impl Iterator<Item = Job<'s, 'env, I, O>> {
        let done = Watch::default();
        let watched = jobs.into_iter().map(|job| {
            job.watch(&done);
            (job.id(), job)
        });
        let mut jobs: HashMap<u64, Job<'s, 'env, I, O>> = watched.collect();
        std::iter::from_fn(move || {
            if jobs.is_empty() {
                return None;
            }
            self.wait_until(|_| !done.borrow().is_empty(), None);
            let id = done.borrow_mut().pop_front()?;
            jobs.remove(&id)
        })
    }

    /// Cancels all jobs that are not done: see [`Job::cancel`].
    pub fn cancel_all(&self) {
        self.cancel_some(|_| true);
    }

    /// Cancels the jobs of a group that are not done: see [`Job::cancel`].
    pub fn cancel_group(&self, group: &str) {
        self.cancel_some(|name| name == Some(group));
    }

    fn cancel_some(&self, is_meant: impl Fn(Option<&str>) -> bool) {
        for slot in self.book.all() {
            if is_meant(slot.options.group.as_deref()) {
                self.book.cancel(&slot, Cause::Cancelled);
            }
        }
        self.call_back();
    }

    /// Waits until `is_so`, or the run is being stopped, or `time` has passed. Returns whether it is so.
    pub(super) fn wait_until(
        &self,
        is_so: impl Fn(&Book<'env, I, O>) -> bool,
        time: Option<Duration>,
    ) -> bool {
        let end = time.and_then(|time| Instant::now().checked_add(time));
        loop {
            self.call_back();
            if is_so(&self.book) {
                return true;
            }
            if self.book.is_stopped() {
                return false;
            }
            let late = end.is_some_and(|end| Instant::now() >= end);
            self.attend(end);
            if late {
                return is_so(&self.book);
            }
        }
    }

    /// Waits for news until `end` at most, and deals with all there are.
    fn attend(&self, end: Option<Instant>) {
        self.call_back();
        // What is known needs no waiting for.
        let end = match self.book.recall() {
            true => Some(Instant::now()),
            false => end,
        };
        self.book.hand_over(false, false);
        let end = end.into_iter().chain(self.book.next_look()).min();
        self.call_back();
        let mut mail = match end {
            // Just a look.
            Some(end) if end <= Instant::now() => self.book.call.mailbox.try_next(),
            end => self.book.call.mailbox.next_until(end),
        };
        while let Some(news) = mail {
            self.book.receive(news);
            self.book.recall();
            self.call_back();
            mail = self.book.call.mailbox.try_next();
        }
    }

    /// Runs callbacks that are due, one after the other.
    pub(super) fn call_back(&self) {
        while let Some(slot) = self.book.next_due() {
            self.run_callback(&slot);
        }
    }

    /// Runs the callback of a job that is done, if it has not run.
    pub(super) fn run_callback(&self, slot: &Slot<'env, I, O>) {
        // A callback that joins another job than its own has that one's run within it; the same callback
        // cannot run within itself, and has its turn later.
        let Some(callback) = &slot.options.callback else {
            return;
        };
        let Ok(mut callback) = callback.try_borrow_mut() else {
            return;
        };
        let _running = self.book.running_callback(slot);
        // The value is the callback's as long as it runs: it may well look at the job's handle.
        let result = Kept::of(&slot.result);
        if let (true, Some(value)) = (slot.is_due.replace(false), &result.value) {
            let done = Done {
                job: slot.id,
                rank: slot.rank.get(),
                time: slot.time.get(),
                result: value.as_ref(),
            };
            callback(self, done);
        }
    }
}

/// A value that is put back whatever happens.
struct Kept<'a, T> {
    place: &'a RefCell<Option<T>>,
    value: Option<T>,
}

impl<'a, T> Kept<'a, T> {
    fn of(place: &'a RefCell<Option<T>>) -> Self {
        let value = place.take();
        Kept { place, value }
    }
}

impl<T> Drop for Kept<'_, T> {
    fn drop(&mut self) {
        self.place.replace(self.value.take());
    }
}

/// Asking and changing.
impl<I, O> Scope<'_, I, O> {
    /// Jobs that are submitted and not done.
    pub fn in_flight(&self) -> u64 {
        self.book.in_flight()
    }

    /// Jobs that may run at the same time, on all ranks together.
    pub fn workers(&self) -> usize {
        self.book.workers.get()
    }

    /// From now on `n` jobs may run at the same time, on all ranks together, divided by the ranks' threads.
    /// Running jobs are not interrupted. More than there are cores is allowed.
    ///
    /// # Errors
    /// [`Error::Usage`] for 0, or more than 1,024 a rank.
    pub fn set_workers(&self, n: usize) -> Result<(), Error> {
        let book = &self.book;
        let most = MOST_THREADS as usize * book.call.threads.len();
        let share = divide(n.min(most) as u64, &book.call.threads);
        if n == 0 || n > most || share.iter().any(|&part| part > MOST_THREADS) {
            return Err(Error::Usage(format!(
                "{n} workers cannot work; it takes from 1 to {MOST_THREADS} a rank"
            )));
        }
        book.workers.set(n);
        book.call.submissions.set_workers(share);
        book.call.hub.waker.wake();
        Ok(())
    }

    /// Where jobs ran so far, and how long.
    pub fn statistics(&self) -> Statistics {
        self.book.statistics()
    }
}

impl<I, O> fmt::Debug for Scope<'_, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({} jobs in flight)", self.in_flight())
    }
}

const OF_ANOTHER_CALL: &str = "the value has a frozen one of another call of Pool::jobs in it";

/// `n` in parts in proportion to `threads`; what is left over goes to the first ranks.
fn divide(n: u64, threads: &[u32]) -> Vec<u32> {
    let all: u64 = threads.iter().map(|&t| u64::from(t)).sum();
    let mut parts: Vec<u32> = threads
        .iter()
        .map(|&t| (n * u64::from(t) / all.max(1)) as u32)
        .collect();
    let given: u64 = parts.iter().map(|&p| u64::from(p)).sum();
    // Fewer than there are ranks.
    let rest = n.saturating_sub(given) as usize;
    parts.iter_mut().take(rest).for_each(|part| *part += 1);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_divided_by_threads() {
        for (n, threads, parts) in [
            (1, &[2, 2][..], &[1, 0][..]),
            (4, &[2, 2], &[2, 2]),
            (5, &[2, 2], &[3, 2]),
            (16, &[1, 1, 1], &[6, 5, 5]),
            (3, &[8, 1, 1], &[3, 0, 0]),
        ] {
            assert_eq!(divide(n, threads), parts);
        }
    }
}
