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
            if let Some(part) = self.ready.pop_front() {
                return Ok(Some(part));
            }
            if !self.bytes.is_empty() {
                return self.shared.task.decode(&mut self.bytes).map(Some);
            }
            if self.complete {
                return Ok(None);
            }
            match self.mailbox.next() {
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
