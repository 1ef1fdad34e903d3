//! A job with settings of its own.

use super::Scope;
use super::handle::Job;
use super::slot::{Done, Options};
use crate::exec::jobs::batch::Terms;
use crate::pool::keep::jobs::Key;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

/// A job with settings of its own, which jobs that it submits inherit.
#[must_use = "nothing is submitted before submit"]
pub struct Submission<'s, 'env, I, O> {
    scope: &'s Scope<'env, I, O>,
    input: I,
    key: Option<Key>,
    options: Options<'env, I, O>,
}

impl<'s, 'env, I, O> Submission<'s, 'env, I, O>
where
    I: Serialize + DeserializeOwned,
    O: DeserializeOwned,
{
    pub(super) fn new(scope: &'s Scope<'env, I, O>, input: I) -> Self {
        Submission {
            scope,
            input,
            key: None,
            options: (*scope.book.call.defaults).clone(),
        }
    }

    /// Higher runs first; the default is 0. Within a priority the oldest runs first.
    pub fn priority(mut self, priority: i32) -> Self {
        self.options.priority = priority;
        self
    }

    /// A name to wait for: see [`Scope::wait_group`].
    pub fn group(mut self, name: &str) -> Self {
        self.options.group = Some(name.into());
        self
    }

    /// Called on rank 0 when the job is done, well or not, once: one callback at a time, in order of
    /// completion, on the driver's thread, while that submits, waits or joins. It may submit more jobs.
    pub fn callback(mut self, f: impl FnMut(&Scope<'env, I, O>, Done<'_, O>) + 'env) -> Self {
        self.options.callback = Some(Rc::new(RefCell::new(f)));
        self
    }

    /// If it panics or returns an error it is tried again, so many times, on another rank when there is one.
    pub fn retries(mut self, n: u32) -> Self {
        self.options.terms.retries = n;
        self
    }

    /// What a [checkpoint](crate::Jobs::checkpoint) knows it by, instead of its place in the order of
    /// submission: where a driver does not submit the same jobs in the same order each time.
    pub fn key(mut self, key: impl fmt::Display) -> Self {
        self.key = Some(Key::named(&key.to_string()));
        self
    }

    /// It may run for so long. After that it has failed; the thread that runs it is replaced.
    pub fn deadline(mut self, time: Duration) -> Self {
        self.options.terms = Terms::new(self.options.terms.retries, Some(time));
        self
    }

    /// Submits it: see [`Scope::submit`].
    pub fn submit(self) -> Job<'s, 'env, I, O> {
        self.scope
            .submit_with(Rc::new(self.options), self.key, &self.input)
    }
}

impl<I, O> fmt::Debug for Submission<'_, '_, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Submission")
    }
}
