//! Rank 0's main thread: where the values of a call arrive, decoded.

use crate::error::Error;
use crate::exec::call::CallState;
use crate::exec::leased::Leased;
use crate::exec::lock;
use crate::exec::mailbox::{Mail, Mailbox};
use crate::exec::task::Task;
use crate::exec::worker::Shared;
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
pub struct Inbox<'a, T: Task> {
    mailbox: &'a Mailbox<T::Part>,
    shared: &'a Shared<'a, T>,
    ready: VecDeque<T::Part>,
    bytes: Rope,
    complete: bool,
}

impl<'a, T: Task> Inbox<'a, T> {
    pub fn new(mailbox: &'a Mailbox<T::Part>, shared: &'a Shared<'a, T>) -> Self {
        Inbox {
            mailbox,
            shared,
            ready: VecDeque::new(),
            bytes: Rope::new(),
            complete: false,
        }
    }

    /// The call that it belongs to.
    pub fn call(&self) -> &CallState {
        self.shared.call
    }

    /// The next part; `None` when there are no more.
    pub fn next(&mut self) -> Result<Option<T::Part>, Error> {
        loop {
            let mail = match self.at_hand()? {
                Taken::Nothing => self.mailbox.next(),
                Taken::Part(part) => return Ok(Some(part)),
                Taken::Over => return Ok(None),
            };
            self.open(mail)?;
        }
    }

    /// The next part, if it is there before `until`.
    pub fn next_until(&mut self, until: Instant) -> Result<Taken<T::Part>, Error> {
        loop {
            let at_hand = self.at_hand()?;
            if !matches!(at_hand, Taken::Nothing) {
                return Ok(at_hand);
            }
            match self.mailbox.next_until(Some(until)) {
                Some(mail) => self.open(mail)?,
                None => return Ok(Taken::Nothing),
            }
        }
    }

    fn at_hand(&mut self) -> Result<Taken<T::Part>, Error> {
        if let Some(part) = self.ready.pop_front() {
            return Ok(Taken::Part(part));
        }
        if !self.bytes.is_empty() {
            return self.shared.task.decode(&mut self.bytes).map(Taken::Part);
        }
        Ok(match self.complete {
            true => Taken::Over,
            false => Taken::Nothing,
        })
    }

    fn open(&mut self, mail: Mail<T::Part>) -> Result<(), Error> {
        match mail {
            Mail::Parts(parts) => self.ready.extend(parts),
            Mail::Bytes(bytes) => self.bytes = bytes,
            Mail::Complete => self.complete = true,
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
