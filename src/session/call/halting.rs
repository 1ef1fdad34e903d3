//! The end of a call before all of it is done.

use super::LeadCall;
use crate::engine::Time;
use crate::session::agent::Post;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use std::collections::BTreeMap;

/// Leasing has stopped.
pub(super) struct Halt {
    why: String,
    /// Ranks that have not told what they had begun.
    pub(super) left: BTreeMap<u32, Option<u64>>,
    until: Time,
    over: bool,
}

impl LeadCall {
    /// Stops leasing; what has begun may end until then.
    pub fn halt(&mut self, why: &str, until: Time, now: Time, out: &mut Vec<Post>) {
        if self.halt.is_some() {
            return;
        }
        if let Some(audits) = &mut self.audits {
            audits.halt();
        }
        self.act(now, out);
        self.coordinator.suspend();
        let seq = self.spec.seq;
        out.extend(
            self.joined
                .iter()
                .map(|&rank| (rank, Msg::Halt(seq), Rope::new())),
        );
        self.halt = Some(Halt {
            why: why.to_owned(),
            left: self.joined.iter().map(|&rank| (rank, None)).collect(),
            until,
            over: false,
        });
    }

    /// A rank has told all that it had begun, with so many messages.
    pub fn halted(&mut self, rank: u32, returns: u64) {
        if let Some(left) = self.halt.as_mut().and_then(|h| h.left.get_mut(&rank)) {
            *left = Some(returns);
        }
    }

    pub(super) fn consider_halt(&mut self, now: Time) {
        let Some(halt) = self.halt.as_mut().filter(|h| !h.over) else {
            return;
        };
        let returns = &self.returns;
        halt.left
            .retain(|&rank, told| told.is_none_or(|n| returns[rank as usize] < n));
        if (halt.left.is_empty() || now >= halt.until) && !self.complete {
            halt.over = true;
            let why = halt.why.clone();
            self.tell_covered(now, true);
            self.inbox.halt(why);
        }
    }
}
