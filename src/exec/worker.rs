//! The loop of one worker thread during one call.

use super::call::{Block, CallState, Next};
use super::leased::{Done, Leased};
use super::mailbox::{Mail, Mailbox};
use super::task::{Control, Task};
use super::{lock, panics};
use crate::engine::span::Span;
use crate::error::Error;
use crate::wire::rope::Rope;
use std::sync::{Arc, Mutex, MutexGuard};
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
        self.work_while(me, || self.call.next(me));
        self.call.retired();
    }

    /// Runs as long as `next` gives something to do.
    pub fn work_while(&self, me: usize, next: impl FnMut() -> Option<Next>) {
        let mut state = None;
        self.work_on(me, &mut state, next);
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
    }

    fn work_on(
        &self,
        me: usize,
        state: &mut Option<T::State>,
        mut next: impl FnMut() -> Option<Next>,
    ) {
        while let Some(next) = next() {
            let Next::Block(block) = next else {
                let reported = panics::catch(|| self.report(|| self.call.report(), []));
                if let Err(text) = reported.and_then(|r| r.map_err(|e| e.to_string())) {
                    return self.call.fail(text);
                }
                continue;
            };
            let control = Control::new(self.call, block.span.start);
            let began = Instant::now();
            let outcome = panics::catch(|| self.run(state, block, &control));
            if self.call.is_stopped() {
                // The block may be half done, and nobody wants it.
                return;
            }
            let outcome = match outcome {
                Ok(Ok(parts)) => panics::catch(|| self.finish(me, block, began, parts))
                    .and_then(|r| r.map_err(|e| e.to_string()))
                    .map_err(|text| (self.describe)(block.span, None) + ": " + &text),
                Ok(Err(Error::Stopped(_))) => return,
                Ok(Err(error)) => Err(self.told(
                    &control,
                    &format!("the function returned an error: {error}"),
                )),
                Err(panic) => Err(self.told(&control, &panic)),
            };
            if let Err(text) = outcome {
                return self.call.fail(text);
            }
        }
    }

    /// Computes a block. Gives its values, unless they have gone out one by one.
    fn run(
        &self,
        state: &mut Option<T::State>,
        block: Block,
        control: &Control<'_>,
    ) -> Result<Vec<T::Part>, Error> {
        let state = state.get_or_insert_with(|| self.task.state());
        let (mut parts, mut failed) = (Vec::new(), None);
        let mut emit = |part| {
            if !self.call.streaming {
                return parts.push(part);
            }
            let grain = control.place().0;
            let sent = self.report(|| self.call.finish_grain(block, grain), [part]);
            if let Err(error) = sent {
                failed.get_or_insert(error);
            }
        };
        self.task.block(state, block.span, control, &mut emit)?;
        failed.map_or(Ok(parts), Err)
    }

    fn finish(
        &self,
        me: usize,
        block: Block,
        began: Instant,
        parts: Vec<T::Part>,
    ) -> Result<(), Error> {
        let store = self.put(parts);
        match self.call.finish(me, block, began.elapsed()) {
            Some(done) => self.send(store, done),
            None => Ok(()),
        }
    }

    /// Sends `parts`, all that the store gives, and what `done` says is done.
    fn report(
        &self,
        done: impl FnOnce() -> Done,
        parts: impl IntoIterator<Item = T::Part>,
    ) -> Result<(), Error> {
        let store = self.put(parts);
        self.send(store, done())
    }

    /// Puts `parts` into the store, which stays locked.
    fn put(&self, parts: impl IntoIterator<Item = T::Part>) -> MutexGuard<'_, T::Store> {
        let mut store = lock(&self.store);
        for part in parts {
            self.task.put(&mut store, part);
        }
        store
    }

    /// Values and the news that they are there leave together: the coordinator must not take a call for
    /// complete while values of it are on their way. That holds since the store is locked from before grains
    /// count as done here until both are taken out.
    fn send(&self, mut store: MutexGuard<'_, T::Store>, done: Done) -> Result<(), Error> {
        let parts = self.task.take(&mut store);
        drop(store);
        let hit = self.task.hit(&parts);
        if parts.is_empty() && done.is_empty() {
            return Ok(());
        }
        let mut body = Rope::new();
        match &self.mailbox {
            Some(_) if parts.is_empty() => {}
            Some(mailbox) => mailbox.put(Mail::Parts(parts)),
            None => self.task.encode(parts, &mut body)?,
        }
        self.call.send(done, body, hit);
        Ok(())
    }

    fn told(&self, control: &Control<'_>, text: &str) -> String {
        let (grain, item) = control.place();
        (self.describe)(Span::new(grain, grain + 1), item) + ": " + text
    }
}
