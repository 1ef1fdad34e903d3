//! What a handler may know and do besides its input.

use crate::exec::jobs::frozen;
use crate::exec::jobs::record::Child;
use crate::exec::jobs::state::JobState;
use crate::exec::lock;
use crate::wire::value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Mutex;

/// What a handler may know and do besides its input: see [`Pool::jobs_with`](crate::Pool::jobs_with).
pub struct Context<'a, I> {
    job: u64,
    rank: usize,
    state: &'a JobState,
    children: Mutex<Result<&'a mut Vec<Child>, String>>,
    input: PhantomData<fn(I)>,
}

impl<'a, I> Context<'a, I> {
    pub(super) fn new(
        job: u64,
        rank: usize,
        state: &'a JobState,
        children: &'a mut Vec<Child>,
    ) -> Self {
        Context {
            job,
            rank,
            state,
            children: Mutex::new(Ok(children)),
            input: PhantomData,
        }
    }

    /// The number of this job.
    pub fn job(&self) -> u64 {
        self.job
    }

    /// The rank that runs it.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Whether the call is over, so that nobody wants the result: a long handler should look now and then.
    pub fn is_stopped(&self) -> bool {
        self.state.is_over()
    }

    /// What went wrong with a submission, if something did.
    pub(super) fn refused(self) -> Option<String> {
        let children = self.children.into_inner();
        children
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .err()
    }
}

impl<I: Serialize + DeserializeOwned> Context<'_, I> {
    /// Submits a new job, when and if this one ends well. It has this one's priority, group, callback, retries
    /// and deadline, and its result is among those of [`Job::join_all`](crate::Job::join_all).
    pub fn submit(&self, input: I) {
        let mut bytes = Vec::new();
        frozen::written();
        let written = value::check(&input).and_then(|()| value::append(&mut bytes, &input));
        let needs = frozen::written();
        let mut children = lock(&self.children);
        match (written, &mut *children) {
            (Ok(()), Ok(list)) => list.push(Child {
                input: bytes,
                needs,
            }),
            (Err(error), Ok(_)) => *children = Err(error.to_string()),
            (_, Err(_)) => {}
        }
    }
}

impl<I> fmt::Debug for Context<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context(job {} on rank {})", self.job, self.rank)
    }
}
