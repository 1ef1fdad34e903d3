//! The loop of one worker thread during one call.

use super::call::{Block, CallState};
use super::mailbox::{Mail, Mailbox};
use super::task::{Control, Task};
use super::{lock, panics};
use crate::engine::span::Span;
use crate::error::Error;
use crate::wire::rope::Rope;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What the workers of one call share.
pub struct Shared<'a, T: Task> {
    /// What to do.
    pub task: &'a T,
    /// What is leased here.
    pub call: &'a CallState,
    /// Values not yet sent.
    pub store: Mutex<T::Store>,
    /// On rank 0, where values go without being encoded.
    pub mailbox: Option<Arc<Mailbox<T::Part>>>,
    /// Tells items of a grain, for messages.
    pub describe: &'a (dyn Fn(Span, Option<u128>) -> String + Sync),
}

impl<T: Task> Shared<'_, T> {
    /// Runs until the call is over.
    pub fn work(&self, me: usize) {
        let mut state = None;
        self.work_on(me, &mut state);
        if let Some(state) = state {
            let retired = panics::catch(|| {
                self.task.retire(state, &mut |part| {
                    self.task.put(&mut lock(&self.store), part)
                })
            });
            if let Err(panic) = retired {
                self.call
                    .fail(format!("at the end of a thread's work: {panic}"));
            }
        }
        self.call.retired();
    }

    fn work_on(&self, me: usize, state: &mut Option<T::State>) {
        while let Some(block) = self.call.next(me) {
            let control = Control::new(self.call);
            let began = Instant::now();
            let outcome = panics::catch(|| self.run(state, block, &control));
            match outcome {
                Ok(Ok(())) => self.finish(me, block, began),
                Ok(Err(Error::Stopped(_))) => return,
                Ok(Err(error)) => {
                    return self.fail(
                        &control,
                        &format!("the function returned an error: {error}"),
                    );
                }
                Err(panic) => return self.fail(&control, &panic),
            }
        }
    }

    fn run(
        &self,
        state: &mut Option<T::State>,
        block: Block,
        control: &Control<'_>,
    ) -> Result<(), Error> {
        let state = state.get_or_insert_with(|| self.task.state());
        let mut failed = None;
        let mut emit = |part| {
            self.task.put(&mut lock(&self.store), part);
            if self.call.streaming
                && let Err(error) = self.flush(Vec::new())
            {
                failed.get_or_insert(error);
            }
        };
        self.task.block(state, block.span, control, &mut emit)?;
        failed.map_or(Ok(()), Err)
    }

    fn finish(&self, me: usize, block: Block, began: Instant) {
        if let Some(done) = self.call.finish(me, block, began.elapsed())
            && let Err(panic) =
                panics::catch(|| self.flush(done)).and_then(|r| r.map_err(|e| e.to_string()))
        {
            self.call
                .fail((self.describe)(block.span, None) + ": " + &panic);
        }
    }

    /// Sends what the store gives, and that `done` is done. The values of a grain reach the mailbox before
    /// the news that it is done reaches the coordinator.
    fn flush(&self, done: Vec<(u64, Vec<Span>)>) -> Result<(), Error> {
        let parts = self.task.take(&mut lock(&self.store));
        let hit = self.task.hit(&parts);
        match &self.mailbox {
            Some(mailbox) => {
                if !parts.is_empty() {
                    mailbox.put(Mail::Parts(parts));
                }
                if !done.is_empty() || hit.is_some() {
                    self.call.send(done, Rope::new(), hit);
                }
            }
            None => {
                let mut body = Rope::new();
                self.task.encode(parts, &mut body)?;
                self.call.send(done, body, hit);
            }
        }
        Ok(())
    }

    fn fail(&self, control: &Control<'_>, text: &str) {
        let (grain, item) = control.place();
        self.call
            .fail((self.describe)(Span::new(grain, grain + 1), item) + ": " + text);
    }
}
