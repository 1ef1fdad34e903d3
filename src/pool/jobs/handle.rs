//! The handle of a job.

use super::Scope;
use super::error::{Cause, JobError};
use super::slot::{Slot, Watch};
use serde::de::DeserializeOwned;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

/// The handle of a submitted job. Dropping it does not cancel the job.
pub struct Job<'s, 'env, I, O> {
    scope: &'s Scope<'env, I, O>,
    slot: Rc<Slot<'env, I, O>>,
}

impl<'s, 'env, I, O> Job<'s, 'env, I, O> {
    pub(super) fn new(scope: &'s Scope<'env, I, O>, slot: Rc<Slot<'env, I, O>>) -> Self {
        Job { scope, slot }
    }

    /// Its number, by order of submission from 0.
    pub fn id(&self) -> u64 {
        self.slot.id
    }

    /// Its number goes there when it is done.
    pub(super) fn watch(&self, watch: &Watch) {
        if self.slot.is_done.get() {
            watch.borrow_mut().push_back(self.slot.id);
        } else {
            self.slot.watch.replace(Some(watch.clone()));
        }
    }

    /// The rank that ran it and how long it took, once it is done.
    pub fn ran(&self) -> Option<(usize, Duration)> {
        let slot = &self.slot;
        slot.is_done
            .get()
            .then(|| (slot.rank.get(), slot.time.get()))
    }
}

impl<'s, 'env, I, O: DeserializeOwned> Job<'s, 'env, I, O> {
    /// Whether it is done, one way or the other.
    pub fn is_done(&self) -> bool {
        self.scope
            .wait_until(|_| self.slot.is_done.get(), Some(Duration::ZERO))
    }

    /// Waits for its result.
    ///
    /// # Errors
    /// What went wrong: see [`JobError`].
    pub fn join(self) -> Result<O, JobError> {
        self.scope.wait_until(|_| self.slot.is_done.get(), None);
        self.result()
    }

    /// Its result, or itself if it is not done.
    ///
    /// # Errors
    /// The handle itself, as long as it is not done.
    pub fn try_join(self) -> Result<Result<O, JobError>, Self> {
        self.join_for(Duration::ZERO)
    }

    /// Waits for its result, for no longer than `time`.
    ///
    /// # Errors
    /// The handle itself, if it is not done by then.
    pub fn join_for(self, time: Duration) -> Result<Result<O, JobError>, Self> {
        match self
            .scope
            .wait_until(|_| self.slot.is_done.get(), Some(time))
        {
            true => Ok(self.result()),
            false => Err(self),
        }
    }

    /// Waits for its result and those of all jobs that it submitted, and these, and so on. They come in an
    /// order that no timing can change: a job's own before those of what it submitted, in order of
    /// submission.
    ///
    /// # Errors
    /// The first failure in this order.
    pub fn join_all(self) -> Result<Vec<O>, JobError> {
        let mut results = Vec::new();
        // What is to be waited for next is last.
        let mut waiting = vec![self.slot.clone()];
        while let Some(slot) = waiting.pop() {
            self.scope.wait_until(|_| slot.is_done.get(), None);
            waiting.extend(slot.children.take().into_iter().rev());
            results.push(self.scope.taken(&slot)?);
        }
        Ok(results)
    }

    /// Nobody wants it any more: if it has not begun, it will not; if it has, its result is dropped. Returns
    /// whether it was not done.
    pub fn cancel(&self) -> bool {
        let cancelled = self.scope.book.cancel(&self.slot, Cause::Cancelled);
        self.scope.call_back();
        cancelled
    }

    /// Cancels it, and asks no more.
    pub(super) fn abandon(self) {
        self.cancel();
        self.slot.result.take();
    }

    fn result(&self) -> Result<O, JobError> {
        self.scope.taken(&self.slot)
    }
}

impl<'env, I, O: DeserializeOwned> Scope<'env, I, O> {
    /// The result of a job that is done; its callback runs before.
    fn taken(&self, slot: &Slot<'env, I, O>) -> Result<O, JobError> {
        if slot.is_due.get() {
            self.run_callback(slot);
        }
        // The same callback may be running for another job: then this one's turn is later.
        let result = match slot.is_due.get() {
            true => None,
            false => slot.result.take(),
        };
        result.unwrap_or_else(|| {
            let text = "its result is with its callback, which is running";
            Err(JobError {
                job: slot.id,
                rank: Some(slot.rank.get()),
                host: String::new(),
                cause: Cause::Value(text.to_owned()),
            })
        })
    }
}

/// Failures that nobody has looked at are told at the end, those of jobs that it submitted too.
impl<I, O> Drop for Job<'_, '_, I, O> {
    fn drop(&mut self) {
        let mut jobs = vec![self.slot.clone()];
        while let Some(slot) = jobs.pop() {
            if slot.options.callback.is_none()
                && let Ok(mut result) = slot.result.try_borrow_mut()
                && let Some(Err(error)) = &*result
            {
                self.scope.book.nobody_saw(error);
                // Told once, whoever else has it.
                *result = None;
            }
            jobs.append(&mut slot.children.take());
        }
    }
}

impl<I, O> fmt::Debug for Job<'_, '_, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.slot.is_done.get() {
            "done"
        } else {
            "in flight"
        };
        write!(f, "Job({}, {state})", self.slot.id)
    }
}
