//! What all ranks are at, when somebody asks by a signal.

use super::Lead;
use crate::engine::{SECOND, Time};
use crate::progress::line;
use crate::say;
use crate::session::agent::Post;
use crate::session::spec::Kind;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;

/// Who has not answered by then is told so.
const PATIENCE: Time = SECOND;

/// Ranks are being asked.
pub(super) struct Look {
    since: Time,
    told: Vec<Option<String>>,
    /// People have the answers. Until a launcher has handed the signal to all, it is not begun again.
    shown: bool,
}

impl Lead {
    /// Asks all, unless they have just been asked: a launcher hands a signal to every rank.
    pub(super) fn look(&mut self, now: Time, out: &mut Vec<Post>) {
        let just = |look: &Look| now < look.since.saturating_add(PATIENCE);
        if self.look.as_ref().is_some_and(just) {
            return;
        }
        let ranks = 0..self.threads.len() as u32;
        out.extend(ranks.map(|rank| (rank, Msg::Tell, Rope::new())));
        self.look = Some(Look {
            since: now,
            told: vec![None; self.threads.len()],
            shown: false,
        });
    }

    /// A rank has answered.
    pub(super) fn told(&mut self, rank: u32, text: String, now: Time) {
        // One that is late finds nobody who waits.
        if let Some(told) = self
            .look
            .as_mut()
            .and_then(|l| l.told.get_mut(rank as usize))
        {
            *told = Some(text);
        }
        self.see_look(now);
    }

    /// Shows what ranks told, when all have or it is time.
    pub(super) fn see_look(&mut self, now: Time) {
        let Some(look) = self.look.as_mut().filter(|look| !look.shown) else {
            return;
        };
        let missing = |rank: usize, told: &Option<String>| {
            told.is_none() && !self.presence.is_given_up(rank as u32)
        };
        let waits = look
            .told
            .iter()
            .enumerate()
            .any(|(rank, told)| missing(rank, told));
        if waits && now < look.since.saturating_add(PATIENCE) {
            return;
        }
        look.shown = true;
        let told = std::mem::take(&mut look.told);
        for (rank, told) in (0u32..).zip(told) {
            if self.has_left(rank) {
                continue;
            }
            let at = match told {
                Some(text) => text,
                None if self.presence.is_given_up(rank) => "given up".into(),
                None => "does not answer".into(),
            };
            say::line(format_args!("grange: {}: {at}", self.name(rank)));
        }
        let calls = self.calls.values();
        for call in calls.filter(|call| call.spec.kind != Kind::Root) {
            let (done, all) = call.progress();
            let since = line::time(now as f64 / 1e9);
            let parts = match call.spec.kind {
                Kind::Jobs => "job(s)",
                _ => "grain(s)",
            };
            let what = &call.spec.place.text;
            say::line(format_args!(
                "grange: after {since}: {done} of {all} {parts} of {what} are done"
            ));
        }
    }
}
