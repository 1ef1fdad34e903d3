//! How leases are made out of free work and unanswered requests.

use super::lease::Lease;
use super::{Action, Coordinator};
use crate::engine::schedule::{Kind, View, most_held};
use crate::engine::span::Span;
use crate::engine::work::Work;
use crate::engine::{LeaseId, MemberId, Time};

impl<W: Work> Coordinator<W> {
    /// Answers requests while there is free work; recalls when there is none and somebody is idle.
    pub(super) fn serve(&mut self, now: Time, out: &mut Vec<Action>) {
        if self.suspended {
            return;
        }
        // What is free may be for others.
        let mut refused = Vec::new();
        while !self.over && self.work.available() > 0 && (!self.reserved || self.has_idle()) {
            let Some((id, waits)) = self.next_waiting() else {
                break;
            };
            if !self.grant(now, id, out) {
                refused.push((id, waits));
            }
        }
        for (id, waits) in refused {
            self.wait(id, waits);
        }
        if !self.over && self.has_idle() {
            self.recall_for_idle(now, out);
        }
    }

    /// Leases something to `id`; returns whether there was anything for it.
    fn grant(&mut self, now: Time, id: MemberId, out: &mut Vec<Action>) -> bool {
        let all_rate = self.total_rate();
        let average = all_rate.map(|r| r / self.threads.max(self.settings.threads).max(1) as f64);
        let (remaining, total, leases) = (self.work.available(), self.work.total(), self.granted);
        let all_threads = self.threads.max(self.settings.threads);
        let Some(m) = self.member(id) else {
            return true;
        };
        let view = View {
            total,
            remaining,
            threads: m.threads,
            all_threads,
            leases,
            // A newcomer is taken for an average one, but starts small all the same.
            rate: m.rate.or(average.map(|a| a * m.threads as f64)),
            all_rate,
            done: m.done,
            held: m.held,
            batch: self.work.batch(),
        };
        let near = m.near;
        let mut size = self.settings.schedule.size(&view);
        if self.drained && !matches!(self.settings.schedule.kind, Kind::Static | Kind::Dynamic) {
            // Given back for those who have nothing: a part for each of them, not for all members.
            size = size.max(remaining.div_ceil(self.waiting.idle_count as u64 + 1));
        }
        // Equal shares come out equal only if none is rounded.
        let exact = self.settings.schedule.kind == Kind::Static;
        let Some(span) = self.work.take(id, size, near, exact) else {
            return false;
        };
        if let Some(m) = self.member_mut(id) {
            m.near = m.near.map(|_| span.end);
        }
        self.granted += 1;
        self.drained |= self.work.available() == 0;
        self.lease(now, id, span, false, out);
        true
    }

    /// Whether `id` holds so much of what it may that more would only be a crumb: a member with a crumb asks
    /// at once again, thousands of times.
    pub(super) fn is_full(&self, id: MemberId) -> bool {
        self.settings.schedule.kind == Kind::Adaptive
            && self
                .member(id)
                .is_some_and(|m| 2 * m.held > most_held(m.done, m.threads))
    }

    pub(super) fn lease(
        &mut self,
        now: Time,
        id: MemberId,
        span: Span,
        copy: bool,
        out: &mut Vec<Action>,
    ) -> LeaseId {
        let lease = self.next_lease;
        self.next_lease += 1;
        if let Some(m) = self.members.get_mut(id as usize).and_then(Option::as_mut) {
            if m.held == 0 {
                m.progress = now;
            }
            m.full = false;
            m.leases.push(lease);
            m.held += span.len();
            self.leases
                .insert(lease, Lease::new(id, span, now, m.held, copy));
        }
        self.holds_more(id);
        out.push(Action::Lease {
            member: id,
            lease,
            span,
        });
        lease
    }

    /// A member's grains a second: measured, or else as if its threads were average ones.
    pub(super) fn rate_of(&self, id: MemberId) -> Option<f64> {
        self.member(id)?.rate.or_else(|| self.average_rate(id))
    }

    /// Grains a second of as many average threads as `id` has.
    pub(super) fn average_rate(&self, id: MemberId) -> Option<f64> {
        let all = self.threads.max(self.settings.threads).max(1) as f64;
        let threads = self.member(id)?.threads.max(1) as f64;
        self.total_rate().map(|rate| rate / all * threads)
    }
}
