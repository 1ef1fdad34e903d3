//! The loop of one worker thread during one call.

use super::call::{Block, CallState, Next};
use super::leased::{Aside, Done, Leased};
use super::mailbox::{Mail, Mailbox};
use super::task::{Control, Task, Trials};
use super::{lock, panics};
use crate::engine::audit::Outcome;
use crate::engine::span::Span;
use crate::error::Error;
use crate::measure::rank::Book;
use crate::session::spec::Spec;
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
    /// What becomes of grains that fail.
    pub trials: Trials,
    /// Where the time of threads is kept, if it is.
    pub book: Option<(&'a Book, &'a Spec)>,
    /// Tells items of a grain, for messages.
    pub describe: &'a (dyn Fn(Span, Option<u128>) -> String + Sync),
}

/// What is said of a check that failed has no more characters.
const LONGEST: usize = 500;

/// Why a block has no values.
enum Trouble {
    /// Nobody wants it any more.
    Over,
    /// The user's code failed.
    Failed(String),
}

impl<T: Task> Shared<'_, T> {
    /// Runs until the call is over.
    pub fn work(&self, me: usize) {
        let helping = |since| {
            if let Some((book, _)) = self.book {
                book.helped(me, since);
            }
        };
        self.work_while(me, || self.call.next(me, helping));
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
        // Apart from the other, which may have values that are yet to be sent.
        let mut spare = None;
        while let Some(next) = next() {
            let block = match next {
                Next::Block(block) => block,
                Next::Again(grain) => {
                    let began = Instant::now();
                    self.again(me, &mut spare, grain);
                    self.spent(me, began);
                    continue;
                }
                Next::Report => {
                    let reported = panics::catch(|| self.report(|| self.call.report(), []));
                    if let Err(text) = reported.and_then(|r| r.map_err(|e| e.to_string())) {
                        return self.call.fail(text);
                    }
                    continue;
                }
            };
            let text = match self.attempt(me, state, block) {
                Ok((parts, aside)) => {
                    let computed = Instant::now();
                    let grains: Vec<u64> = aside.iter().map(|a| a.grain).collect();
                    self.call.set_aside(aside);
                    let finished = panics::catch(|| {
                        // What leaves grain by grain is told so.
                        for grain in grains.into_iter().filter(|_| self.call.streaming) {
                            self.report(|| self.call.finish_grain(block, grain), [])?;
                        }
                        self.finish(me, block, parts)
                    });
                    if let Some((book, spec)) = self.book {
                        let times = [block.began, computed, Instant::now()];
                        book.did(me, spec, block.span, times);
                    }
                    match finished.and_then(|r| r.map_err(|e| e.to_string())) {
                        Ok(()) => continue,
                        Err(text) => (self.describe)(block.span, None) + ": " + &text,
                    }
                }
                Err(Trouble::Over) => return self.spent(me, block.began),
                Err(Trouble::Failed(text)) => {
                    self.spent(me, block.began);
                    text
                }
            };
            return self.call.fail(text);
        }
    }

    /// Thread `me` was in the user's function since then, and no grain is done by it.
    fn spent(&self, me: usize, began: Instant) {
        if let Some((book, _)) = self.book {
            book.helped(me, began);
        }
    }

    /// Computes a block, grains that fail as often as they may. Gives its values, and what is set aside.
    fn attempt(
        &self,
        me: usize,
        state: &mut Option<T::State>,
        block: Block,
    ) -> Result<(Vec<T::Part>, Vec<Aside>), Trouble> {
        let (mut parts, mut aside) = (Vec::new(), Vec::new());
        // The leftmost last.
        let mut left = vec![block.span];
        let mut failed: Option<(u64, u32)> = None;
        while let Some(span) = left.pop() {
            let control = Control::new(self.call, me, span.start);
            let block = Block { span, ..block };
            if self.trials.is_tolerant() && state.is_none() {
                // What fails before any item is no item's failure.
                match panics::catch(|| self.task.state()) {
                    Ok(made) => *state = Some(made),
                    Err(panic) => return Err(Trouble::Failed(self.told(&control, &panic))),
                }
            }
            let outcome = panics::catch(|| self.run(state, block, &control));
            if self.call.is_stopped() {
                // The block may be half done, and nobody wants it.
                return Err(Trouble::Over);
            }
            let cause = match outcome {
                Ok(Ok(more)) => {
                    self.call.computed(control.take_computed());
                    parts.extend(more);
                    continue;
                }
                Ok(Err(Error::Stopped(_))) => return Err(Trouble::Over),
                Ok(Err(error)) => format!("the function returned an error: {error}"),
                Err(panic) => panic,
            };
            if !self.trials.is_tolerant() {
                return Err(Trouble::Failed(self.told(&control, &cause)));
            }
            // A panic may have left it in any state.
            if let Err(panic) = panics::catch(|| drop(state.take())) {
                return Err(Trouble::Failed(self.told(&control, &panic)));
            }
            let (grain, item) = control.place();
            let times = failed
                .filter(|(g, _)| *g == grain)
                .map_or(1, |(_, n)| n + 1);
            failed = Some((grain, times));
            if span.end > grain + 1 {
                left.push(Span::new(grain + 1, span.end));
            }
            if times <= self.trials.retries {
                left.push(Span::new(grain, grain + 1));
            } else if self.trials.skip {
                aside.push(Aside {
                    grain,
                    item,
                    text: cause,
                });
            } else {
                return Err(Trouble::Failed(self.told(&control, &cause)));
            }
            // What came before it in the block went with it, unless it left at once.
            if span.start < grain && !self.call.streaming && !self.task.is_bare() {
                left.push(Span::new(span.start, grain));
            }
        }
        Ok((parts, aside))
    }

    /// Computes a grain again, for an audit.
    fn again(&self, me: usize, state: &mut Option<T::State>, grain: u64) {
        let control = Control::again(self.call, me, grain);
        let began = Instant::now();
        let mut tries = 0;
        let outcome = loop {
            let outcome = panics::catch(|| {
                let state = state.get_or_insert_with(|| self.task.state());
                self.task.again(state, grain, &control)
            });
            let text = match outcome {
                Ok(Ok(digest)) => break Outcome::Digest(digest),
                Ok(Err(error)) => error.to_string(),
                Err(panic) => panic,
            };
            // A panic may have left it in any state.
            let dropped = panics::catch(|| drop(state.take()));
            tries += 1;
            if tries > self.trials.retries || dropped.is_err() {
                break Outcome::Failed(text.chars().take(LONGEST).collect());
            }
        };
        self.call.checked(me, control.record(outcome, began));
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
            self.call.computed(control.take_computed());
            let sent = self.report(|| self.call.finish_grain(block, grain), [part]);
            if let Err(error) = sent {
                failed.get_or_insert(error);
            }
        };
        self.task.block(state, block.span, control, &mut emit)?;
        failed.map_or(Ok(parts), Err)
    }

    fn finish(&self, me: usize, block: Block, parts: Vec<T::Part>) -> Result<(), Error> {
        let store = self.put(parts);
        match self.call.finish(me, block, block.began.elapsed()) {
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
