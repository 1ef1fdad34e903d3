//! One call from its beginning to its end.

use super::Threads;
use super::crew::Crew;
use super::desk::Desk;
use crate::comm::backoff::Waker;
use crate::engine::span::Span;
use crate::error::Error;
use crate::exec::call::CallState;
use crate::exec::help::{Looks, help};
use crate::exec::leased::Leased;
use crate::exec::mailbox::{Mail, Mailbox};
use crate::exec::panics;
use crate::exec::task::{Task, Trials};
use crate::exec::worker::Shared;
use crate::pool::inbox::Taken;
use crate::progress::Manner;
use crate::session::spec::Spec;
use crate::wire::rope::Rope;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Progress is shown under this name, in that manner.
pub type Shown = (String, Manner);

/// The thread that made a call.
pub struct Caller<'c, 's, T: Task> {
    desk: &'c Desk<'s, T>,
    /// Asks so many more threads to come.
    call: &'c dyn Fn(usize),
    /// Threads but for this one.
    others: usize,
    /// It is one of the threads, and so has its share of the work.
    works: bool,
    leased: u64,
    ready: VecDeque<T::Part>,
}

impl Threads {
    /// Runs a call; `fold` takes its parts on this thread and makes the result.
    pub(super) fn execute<T: Task, R>(
        &self,
        spec: &Spec,
        show: Option<Shown>,
        task: &T,
        fold: impl FnOnce(&mut Caller<'_, '_, T>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        panics::install_hook();
        let (threads, works) = (self.threads(), self.has_caller());
        let streaming = spec.ceiling.is_some();
        let call = CallState::new(0, threads, streaming, Arc::new(Waker::default()))
            .in_any_order(task.in_any_order());
        let mailbox = Arc::new(Mailbox::default());
        let describe = |span, item: Option<u128>| match item {
            Some(item) => format!("item {item} of {}", spec.place.text),
            None => format!("{} of {}", spec.items_of(span), spec.place.text),
        };
        let shared = Shared {
            book: None,
            task,
            call: &call,
            store: Mutex::new(task.store()),
            mailbox: Some(mailbox.clone()),
            describe: &describe,
            trials: Trials::default(),
        };
        let desk = Desk {
            spec,
            shared,
            mailbox,
            crew: Crew::default(),
        };
        let shown = spec.progress.as_ref().zip(show);
        let drawn = shown.map(|(progress, (label, manner))| progress.draw(label, manner));
        let desk = &desk;
        let outcome = self.scope(|scope| {
            let call = |more: usize| {
                (0..more).for_each(|me| scope.spawn(move |_| desk.attend(me)));
            };
            let mut caller = Caller {
                desk,
                call: &call,
                others: threads - usize::from(works),
                works,
                leased: 0,
                ready: VecDeque::new(),
            };
            caller.lease(spec.ceiling.unwrap_or(u64::MAX));
            let outcome = panics::catch(|| fold(&mut caller));
            drop(drawn);
            // Whoever is still at work is at something that nobody wants any more.
            desk.shared.call.stop();
            desk.crew.close(works);
            outcome
        });
        outcome.unwrap_or_else(|panic| Err(Error::User(format!("{}: {panic}", spec.place.text))))
    }
}

impl<T: Task> Caller<'_, '_, T> {
    /// Grains below `ceiling` may be begun.
    pub fn lease(&mut self, ceiling: u64) {
        let more = Span::new(
            self.leased,
            ceiling.min(self.desk.spec.grains).max(self.leased),
        );
        if more.is_empty() {
            return;
        }
        self.leased = more.end;
        // One lease after the other: their ends number them.
        let leased: &dyn Leased = self.desk.shared.call;
        leased.leased(more.end, more, Rope::new());
        let useful = more.len() - u64::from(self.works);
        let wanted = self
            .others
            .min(usize::try_from(useful).unwrap_or(usize::MAX));
        (self.call)(self.desk.crew.call(wanted));
    }

    /// Waits for the end of the whole; gives all parts.
    pub fn complete(&mut self) -> Result<Vec<T::Part>, Error> {
        if self.works {
            self.desk.run(0);
            self.desk.crew.close(true);
        } else {
            self.desk.crew.wait();
        }
        while let Some(mail) = self.desk.mailbox.try_next() {
            self.open(mail)?;
        }
        Ok(std::mem::take(&mut self.ready).into())
    }

    /// The next part, if it is there before `until`. While it is not, this thread works for it, if that is its
    /// business: nobody else might.
    pub fn pull(&mut self, until: Option<Instant>) -> Result<Taken<T::Part>, Error> {
        let mut looks = Looks::new(1);
        // Not before it has looked and, if it is to, worked.
        let mut end = Some(Instant::now());
        loop {
            if let Some(part) = self.ready.pop_front() {
                return Ok(Taken::Part(part));
            }
            if let Some(mail) = self.desk.mailbox.next_until(end) {
                self.open(mail)?;
                continue;
            }
            let now = Instant::now();
            end = until;
            if self.works {
                let nap = match self.desk.step() || help() {
                    true => {
                        looks.found();
                        Duration::ZERO
                    }
                    false => looks.wait(),
                };
                end = until.into_iter().chain([now + nap]).min();
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                // What it worked out itself is here.
                while let Some(mail) = self.desk.mailbox.try_next() {
                    self.open(mail)?;
                }
                let part = self.ready.pop_front();
                return Ok(part.map_or(Taken::Nothing, Taken::Part));
            }
        }
    }

    fn open(&mut self, mail: Mail<T::Part>) -> Result<(), Error> {
        match mail {
            Mail::Parts(parts) => self.ready.extend(parts),
            Mail::End(Err(error)) => return Err(error),
            _ => {}
        }
        Ok(())
    }
}
