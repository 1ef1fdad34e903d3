//! Stops from outside, after which a run can be resumed.

use super::{Lead, resumable};
use crate::engine::Time;
use crate::error::Error;
use crate::session::agent::Post;
use crate::session::call::LeadCall;
use crate::session::spec::Kind;
use crate::session::stopping;
use std::time::Duration;

impl Lead {
    /// A rank was sent a signal.
    pub(super) fn signal(&mut self, number: u32, now: Time, out: &mut Vec<Post>) {
        self.tell_unanswered();
        let why = format!("stopped by {}", stopping::name(number));
        if self.rules.keeps() {
            let grace = self.rules.grace_after(Some(number));
            return self.interrupt(&why, grace, now, out);
        }
        let code = u8::try_from(number).unwrap_or(0);
        self.stop(&Error::Signal(code, unkept(&why)), out);
    }

    /// Stops where the time limit is near: what would not end in time is not begun.
    pub(super) fn look_at_the_clock(&mut self, now: Time, out: &mut Vec<Post>) {
        if self.interrupted.is_some() {
            return;
        }
        let Some(limit) = self.rules.limit() else {
            return;
        };
        let grains = self.calls.values().filter_map(LeadCall::grain_time);
        let needed = self.rules.needed(grains.max());
        if now < self.rules.stop_at(limit, needed) {
            return;
        }
        let why = format!("stopped by {limit}");
        if self.rules.keeps() {
            return self.interrupt(&why, needed.min(limit.time() / 2), now, out);
        }
        self.stop(&Error::Deadline(unkept(&why)), out);
    }

    /// The run ends so that it can be resumed.
    pub(super) fn interrupt(&mut self, why: &str, grace: Duration, now: Time, out: &mut Vec<Post>) {
        if self.interrupted.is_some() || self.stopping.is_some() || self.exit.is_some() {
            return;
        }
        let until = now.saturating_add(grace.as_nanos() as Time);
        self.interrupted = Some((why.to_owned(), until));
        self.halt(why, until, now, out);
    }

    /// No call goes on but those of rank 0's main itself.
    pub(super) fn halt(&mut self, why: &str, until: Time, now: Time, out: &mut Vec<Post>) {
        let mut lost = false;
        for call in self.calls.values_mut() {
            if call.spec.kept.is_some() {
                call.halt(why, until, now, out);
            } else {
                lost |= call.spec.kind != Kind::Root;
            }
        }
        if lost {
            let error = resumable(why);
            self.stop(&error, out);
        }
    }
}

/// Why a run ends of which nothing is kept.
fn unkept(why: &str) -> String {
    format!("{why}; nothing of this run is kept (a checkpoint would keep it)")
}
