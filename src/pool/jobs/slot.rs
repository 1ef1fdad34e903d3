//! What rank 0 remembers of a job until everybody has heard of it.

use super::Scope;
use super::error::JobError;
use crate::engine::work::Priority;
use crate::exec::jobs::batch::Terms;
use crate::pool::keep::jobs::Key;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// What a callback gets: see [`Submission::callback`](crate::Submission::callback).
#[derive(Debug)]
#[non_exhaustive]
pub struct Done<'a, O> {
    /// The job's number.
    pub job: u64,
    /// Where it ran; rank 0 if it never did.
    pub rank: usize,
    /// How long it ran.
    pub time: Duration,
    /// Its result.
    pub result: Result<&'a O, &'a JobError>,
}

/// A callback, shared by a job and those that it submits.
pub type Callback<'env, I, O> = Rc<RefCell<dyn FnMut(&Scope<'env, I, O>, Done<'_, O>) + 'env>>;

/// Numbers of jobs that are done, in order of completion.
pub type Watch = Rc<RefCell<VecDeque<u64>>>;

/// How a job is to be run.
pub struct Options<'env, I, O> {
    pub priority: Priority,
    pub terms: Terms,
    pub group: Option<Rc<str>>,
    pub callback: Option<Callback<'env, I, O>>,
}

impl<I, O> Clone for Options<'_, I, O> {
    fn clone(&self) -> Self {
        Options {
            priority: self.priority,
            terms: self.terms,
            group: self.group.clone(),
            callback: self.callback.clone(),
        }
    }
}

/// What a checkpoint knows a job by, where there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownAs {
    pub key: Option<Key>,
    /// Hash of its input.
    pub input: u64,
}

/// A job.
pub struct Slot<'env, I, O> {
    pub id: u64,
    pub options: Rc<Options<'env, I, O>>,
    /// Bytes of its input.
    pub bytes: u64,
    /// What a checkpoint knows it by.
    pub known_as: KnownAs,
    pub is_done: Cell<bool>,
    /// Its callback has to run.
    pub is_due: Cell<bool>,
    /// Who wants to hear of its end.
    pub watch: RefCell<Option<Watch>>,
    /// Until somebody takes it.
    pub result: RefCell<Option<Result<O, JobError>>>,
    /// What it submitted, as long as somebody may ask.
    pub children: RefCell<Vec<Rc<Slot<'env, I, O>>>>,
    pub rank: Cell<usize>,
    pub time: Cell<Duration>,
}

/// A chain of jobs, each submitted by the one before, may be longer than the stack is deep.
impl<I, O> Drop for Slot<'_, I, O> {
    fn drop(&mut self) {
        let mut below = self.children.take();
        while let Some(child) = below.pop() {
            if let Some(child) = Rc::into_inner(child) {
                below.append(&mut child.children.take());
            }
        }
    }
}

impl<'env, I, O> Slot<'env, I, O> {
    pub fn new(
        id: u64,
        options: Rc<Options<'env, I, O>>,
        bytes: u64,
        known_as: KnownAs,
    ) -> Rc<Self> {
        Rc::new(Slot {
            id,
            options,
            bytes,
            known_as,
            is_done: Cell::new(false),
            is_due: Cell::new(false),
            watch: RefCell::new(None),
            result: RefCell::new(None),
            children: RefCell::new(Vec::new()),
            rank: Cell::new(0),
            time: Cell::new(Duration::ZERO),
        })
    }
}
