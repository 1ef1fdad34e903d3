//! Rank 0's main thread: where the values of a call arrive, decoded.

use super::keep::call::Keep;
use crate::checkpoint::{Failure, Rows};
use crate::engine::span::SpanSet;
use crate::error::Error;
use crate::exec::call::CallState;
use crate::exec::leased::Leased;
use crate::exec::lock;
use crate::exec::mailbox::{Mail, Mailbox};
use crate::exec::task::Task;
use crate::exec::worker::Shared;
use crate::session::spec::Spec;
use crate::wire::rope::Rope;
use std::collections::VecDeque;
use std::time::Instant;

/// What there is to take.
pub enum Taken<P> {
    /// A part.
    Part(P),
    /// Nothing yet.
    Nothing,
    /// Nothing any more.
    Over,
}

/// Parts of a call, as they come, until all grains are done.
///
/// Where the call is kept, what the checkpoint has comes first, and what comes after is handed over to it.
pub struct Inbox<'a, T: Task> {
    spec: &'a Spec,
    mailbox: &'a Mailbox<T::Part>,
    shared: &'a Shared<'a, T>,
    ready: VecDeque<T::Part>,
    bytes: Rope,
    complete: bool,
    keep: Option<Keep>,
    /// From the checkpoint, and not handed out yet.
    restored: VecDeque<T::Part>,
    aside: Vec<Failure>,
    /// Grains whose values are here, where an audit asks.
    here: SpanSet,
}

impl<'a, T: Task> Inbox<'a, T> {
    pub fn new(
        spec: &'a Spec,
        mailbox: &'a Mailbox<T::Part>,
        shared: &'a Shared<'a, T>,
        keep: Option<Keep>,
    ) -> Self {
        Inbox {
            spec,
            mailbox,
            shared,
            ready: VecDeque::new(),
            bytes: Rope::new(),
            complete: false,
            keep,
            restored: VecDeque::new(),
            aside: Vec::new(),
            here: SpanSet::new(),
        }
    }

    /// The call that it belongs to.
    pub fn call(&self) -> &CallState {
        self.shared.call
    }

    /// The next part; `None` when there are no more.
    pub fn next(&mut self) -> Result<Option<T::Part>, Error> {
        loop {
            match self.step(None)? {
                Taken::Part(part) => return Ok(Some(part)),
                Taken::Nothing => {}
                Taken::Over => return Ok(None),
            }
        }
    }

    /// The next part, if it is there before `until`.
    pub fn next_until(&mut self, until: Instant) -> Result<Taken<T::Part>, Error> {
        loop {
            let taken = self.step(Some(until))?;
            if !matches!(taken, Taken::Nothing) || Instant::now() >= until {
                return Ok(taken);
            }
        }
    }

    /// Folds all parts into `store`, of which `snapshot` says what a checkpoint is to have.
    pub fn fold<S>(
        &mut self,
        store: &mut S,
        mut put: impl FnMut(&mut S, T::Part),
        snapshot: impl Fn(&S) -> Result<(SpanSet, Rows), Error>,
    ) -> Result<(), Error> {
        loop {
            let taken = match self.step(None) {
                Ok(Taken::Over) => break,
                Ok(taken) => taken,
                // Whatever ended it, what is done is done.
                Err(error) => {
                    let whole = self.restored.is_empty();
                    if let Some(keep) = &mut self.keep
                        && whole
                        && keep.is_restored()
                    {
                        keep.hand_over(&|| snapshot(store), false)?;
                    }
                    return Err(self.ended(error));
                }
            };
            if let Taken::Part(part) = taken {
                put(store, part);
            }
            // A store that does not have yet what is known must not take its place.
            let whole = self.restored.is_empty();
            if let Some(keep) = &mut self.keep
                && whole
                && keep.is_restored()
                && keep.is_due()
            {
                keep.hand_over(&|| snapshot(store), false)?;
            }
        }
        match &mut self.keep {
            Some(keep) => {
                keep.all(self.spec.grains);
                let complete = !keep.has_gaps();
                keep.hand_over(&|| snapshot(store), complete)
            }
            None => Ok(()),
        }
    }

    /// Waits for the end of the audit, where all values are here and nobody has waited for more.
    pub fn settle(&mut self) -> Result<(), Error> {
        if self.spec.audit.is_some() && self.here.grains() == self.spec.grains {
            while self.next()?.is_some() {}
        }
        Ok(())
    }

    /// What failed and was set aside.
    pub fn set_aside(&mut self) -> Vec<Failure> {
        std::mem::take(&mut self.aside)
    }

    /// Nothing more is taken.
    pub fn close(&mut self) -> Result<(), Error> {
        let Some(keep) = self.keep.as_mut().filter(|k| k.is_piecemeal()) else {
            return Ok(());
        };
        let all = keep.grains() == self.spec.grains;
        keep.hand_over(&|| Ok(Default::default()), all)
    }

    /// One part, or what has come instead of one; waits for it, until then at most.
    fn step(&mut self, until: Option<Instant>) -> Result<Taken<T::Part>, Error> {
        let at_hand = self.at_hand()?;
        if let Taken::Part(part) = &at_hand
            && self.spec.audit.is_some()
            && let Some(span) = self.shared.task.grains_of(part)
        {
            self.here.insert(span);
        }
        if !matches!(at_hand, Taken::Nothing) {
            return Ok(at_hand);
        }
        let look = self.keep.as_ref().and_then(Keep::next_look);
        let until = until.into_iter().chain(look).min();
        match self.mailbox.next_until(until) {
            Some(mail) => match self.open(mail) {
                Err(error) if self.keep.as_ref().is_some_and(Keep::is_piecemeal) => {
                    self.close()?;
                    return Err(self.ended(error));
                }
                opened => opened?,
            },
            None => {
                let due = |keep: &mut Keep| keep.is_piecemeal() && keep.is_due();
                if self.keep.as_mut().is_some_and(due) {
                    self.close()?;
                }
            }
        }
        Ok(Taken::Nothing)
    }

    fn at_hand(&mut self) -> Result<Taken<T::Part>, Error> {
        loop {
            if let Some(part) = self.restored.pop_front() {
                return Ok(Taken::Part(part));
            }
            let Some(keep) = &mut self.keep else { break };
            match keep.restored(self.shared.task)? {
                Some(parts) => self.restored.extend(parts),
                None => break,
            }
        }
        let part = match self.ready.pop_front() {
            Some(part) => part,
            None if self.bytes.is_empty() => {
                return Ok(match self.complete {
                    true => Taken::Over,
                    false => Taken::Nothing,
                });
            }
            None => self.shared.task.decode(&mut self.bytes)?,
        };
        if let Some(keep) = &mut self.keep {
            keep.arrived(self.shared.task, &part)?;
            if keep.is_piecemeal() && keep.is_due() {
                self.close()?;
            }
        }
        Ok(Taken::Part(part))
    }

    fn open(&mut self, mail: Mail<T::Part>) -> Result<(), Error> {
        match mail {
            Mail::Parts(parts) => self.ready.extend(parts),
            Mail::Bytes(bytes) => self.bytes = bytes,
            Mail::Complete => self.complete = true,
            Mail::Covered(grains) => {
                if let Some(keep) = &mut self.keep {
                    keep.covered(&grains);
                }
            }
            Mail::Aside(failure) => {
                // Not kept, so that it is tried again.
                self.restored.extend(self.shared.task.aside(failure.grain));
                if let Some(keep) = &mut self.keep {
                    keep.set_aside(&failure);
                }
                self.aside.push(failure);
            }
            Mail::Halt(why) => {
                if let Some(keep) = &self.keep {
                    keep.last_words();
                }
                return Err(Error::Interrupted(why));
            }
            Mail::Gather { sources, .. } => {
                gather(self.mailbox, self.shared, sources, Vec::new())?;
                self.ready
                    .extend(self.shared.task.take_held(&mut lock(&self.shared.store)));
                self.complete = true;
            }
            Mail::End(Err(error)) => return Err(error),
            Mail::End(Ok(_)) => return Err(Error::Stopped(3)),
        }
        Ok(())
    }

    /// Says how far it has come, if it was interrupted.
    fn ended(&self, error: Error) -> Error {
        match (error, &self.keep) {
            (Error::Interrupted(why), Some(keep)) => {
                let percent = 100.0 * keep.grains() as f64 / self.spec.grains.max(1) as f64;
                Error::Interrupted(format!(
                    "{why}: {percent:.1} % of {} is done; the same command resumes it from {}",
                    self.spec.place.text,
                    keep.path()
                ))
            }
            (error, _) => error,
        }
    }
}

/// Puts what `sources` ranks send into this rank's store, once its own workers have put theirs. What of it
/// came before this rank was told to gather is in `early`.
pub fn gather<T: Task>(
    mailbox: &Mailbox<T::Part>,
    shared: &Shared<'_, T>,
    sources: u32,
    early: Vec<Rope>,
) -> Result<(), Error> {
    shared.call.stop();
    shared.call.wait_retired();
    if shared.call.has_failed() {
        return Err(Error::Stopped(3));
    }
    let mut early = early.into_iter();
    let mut left = sources;
    while left > 0 {
        match early.next().map_or_else(|| mailbox.next(), Mail::Bytes) {
            Mail::Bytes(mut bytes) => {
                while !bytes.is_empty() {
                    let part = shared.task.decode(&mut bytes)?;
                    shared.task.put(&mut lock(&shared.store), part);
                }
                left -= 1;
            }
            Mail::End(Err(error)) => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
