//! What the coordinator decided, carried out.

use super::{LeadCall, Notice, passed};
use crate::engine::Time;
use crate::engine::coordinator::Action;
use crate::engine::span::Span;
use crate::session::agent::Post;
use crate::session::audit::Audits;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use std::time::Instant;

impl LeadCall {
    /// Carries out what the coordinator decided.
    pub fn act(&mut self, now: Time, out: &mut Vec<Post>) {
        let seq = self.spec.seq;
        for action in std::mem::take(&mut self.actions) {
            match action {
                Action::Lease {
                    member,
                    lease,
                    span,
                } => {
                    self.granted[member as usize] = lease;
                    let inputs = match &mut self.jobs {
                        Some(jobs) => jobs.inputs(seq, member, span, out),
                        None => Rope::new(),
                    };
                    out.push((member, Msg::Lease(seq, lease, span), inputs));
                }
                Action::Recall { member, lease } => {
                    out.push((member, Msg::Recall(seq, lease), Rope::new()))
                }
                Action::Overdue { member, span } => {
                    // Jobs may take any time; there are deadlines for them.
                    let jobs = self.jobs.is_some() && !self.spec.speculate;
                    if !jobs && self.warned.insert(member) {
                        let help = if self.spec.speculate {
                            "idle ranks do them as well"
                        } else {
                            "waiting for them"
                        };
                        self.notices.push(Notice::Warn(format!(
                            "{} is late with {} of {}; {help}",
                            self.name(member),
                            self.spec.items_of(span),
                            self.spec.place.text
                        )));
                    }
                }
                Action::Suspect { members, span } => {
                    let names: Vec<String> = members.iter().map(|&m| self.name(m)).collect();
                    self.notices.push(Notice::Warn(format!(
                        "{} of {} are overdue on {}: perhaps they never end (a deadline would turn that into an error)",
                        self.spec.items_of(span),
                        self.spec.place.text,
                        names.join(" and ")
                    )));
                }
                Action::Expired { held } => self.notices.push(Notice::Expired(self.expired(&held))),
                Action::Finished => {
                    self.all_done = true;
                    if let Some(audits) = &mut self.audits {
                        audits.all_done(now);
                    }
                }
            }
        }
        if let Some(audits) = &mut self.audits {
            audits.act(out, &mut self.notices);
        }
        if self.all_done && self.audits.as_ref().is_none_or(Audits::are_right) {
            self.finish(now, out);
        }
    }

    pub(super) fn finish(&mut self, now: Time, out: &mut Vec<Post>) {
        if std::mem::replace(&mut self.complete, true) {
            return;
        }
        self.done = Some(now);
        self.inbox.done_at(Instant::now());
        if !self.spec.deferred {
            self.tell_covered(0, true);
            return self.inbox.complete();
        }
        // A binomial tree over the ranks that hold something: whoever has an odd place in its round sends
        // to the one before it, until all is at rank 0.
        self.holders.insert(0);
        let ranks: Vec<u32> = self.holders.iter().copied().collect();
        for (i, &rank) in ranks.iter().enumerate() {
            let below = if i == 0 {
                usize::BITS
            } else {
                i.trailing_zeros()
            };
            let sources = (0..below)
                .take_while(|&k| 1usize.checked_shl(k).is_some_and(|d| i + d < ranks.len()))
                .count();
            let to = if i == 0 { 0 } else { ranks[i & (i - 1)] };
            let gather = Msg::Gather {
                seq: self.spec.seq,
                sources: sources as u32,
                to,
            };
            out.push((rank, gather, Rope::new()));
        }
    }

    pub(super) fn expired(&self, held: &[(u32, Span)]) -> String {
        let mut text: Vec<String> = held
            .iter()
            .take(8)
            .map(|&(m, s)| format!("{} on {}", self.spec.items_of(s), self.name(m)))
            .collect();
        if held.len() > 8 {
            text.push(format!("{} more", held.len() - 8));
        }
        let out = if text.is_empty() {
            "nothing was leased".to_owned()
        } else {
            format!("not done: {}", text.join(", "))
        };
        passed(&self.spec, &out)
    }
}
