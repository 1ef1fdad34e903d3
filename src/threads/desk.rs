//! Where the threads of one call meet.

use super::crew::Crew;
use crate::error::Error;
use crate::exec::leased::Leased;
use crate::exec::mailbox::{Deliver, Mailbox};
use crate::exec::panics;
use crate::exec::task::Task;
use crate::exec::worker::Shared;
use crate::session::spec::{Kind, Spec};
use std::sync::Arc;

/// The work of one call, and who is at it.
pub struct Desk<'a, T: Task> {
    pub spec: &'a Spec,
    pub shared: Shared<'a, T>,
    /// Where values go.
    pub mailbox: Arc<Mailbox<T::Part>>,
    pub crew: Crew,
}

impl<T: Task> Desk<'_, T> {
    /// A thread comes and does what there is to do.
    pub fn attend(&self, me: usize) {
        let mut round = self.crew.enter();
        while let Some(now) = round {
            if let Err(panic) = panics::catch(|| self.run(me)) {
                // Of grange's own; the call must come to an end all the same.
                self.shared.call.fail(panic);
                self.settle();
            }
            round = self.crew.leave(now);
        }
    }

    /// Works until there is nothing left to begin.
    pub fn run(&self, me: usize) {
        self.shared.work_while(me, || {
            self.settle();
            self.shared.call.try_next(me)
        });
        self.settle();
    }

    /// Does a small piece of the work; whether there was one.
    pub fn step(&self) -> bool {
        let (mut first, mut worked) = (true, false);
        self.shared.work_while(0, || {
            let next = std::mem::take(&mut first).then(|| self.shared.call.try_next(0));
            worked |= next.flatten().is_some();
            next.flatten()
        });
        self.settle();
        worked
    }

    /// What the comm thread does in a pool of ranks.
    fn settle(&self) {
        let call = self.shared.call;
        call.trim(self.spec.kind == Kind::Any);
        let outbox = call.take_outbox();
        for (_, spans) in outbox.done {
            self.spec.covered(&spans);
        }
        if let Some(text) = outbox.fault {
            self.mailbox.end(Err(Error::User(text)));
        }
    }
}
