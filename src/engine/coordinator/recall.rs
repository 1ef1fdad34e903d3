//! Asking busy members for grains that they have not begun, for members with nothing to do.
//!
//! The member that is expected to finish last is asked first. Its expected end is its last word on
//! how far it is, plus what it holds at its speed. Ends are kept in a heap that is built when the
//! first recall is due: an entry may be out of date, then it is put right when it comes to the top.
//! So a recall costs the logarithm of the members, and a run without recalls pays nothing.

use super::lease::{Lease, Recall};
use super::member::Waits;
use super::{Action, Coordinator};
use crate::engine::schedule::Kind;
use crate::engine::work::Work;
use crate::engine::{LeaseId, MILLISECOND, MemberId, SECOND, Time};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

/// A member with less than this ahead is not worth a recall: it would be done before the answer.
const WORTH: Time = 2 * MILLISECOND;
/// A member that should have finished this long ago has come upon long grains.
const LATE: Time = 5 * MILLISECOND;
/// Late members are looked for by going through all; no more often than this for each of them.
const PER_MEMBER: Time = MILLISECOND / 1000;
/// One in so many members of a group is asked for what the coordinator above wants back.
const FRACTION: usize = 8;
/// An answer to a recall that takes longer will not come.
const PATIENCE: Time = SECOND;

/// Members by the time at which they are expected to finish; none as long as nobody needs it.
pub(super) type Ends = Option<BinaryHeap<(Time, MemberId)>>;

impl<W: Work> Coordinator<W> {
    /// Sends recalls until there is one for each idle member, or nobody left to ask.
    pub(super) fn recall_for_idle(&mut self, now: Time, out: &mut Vec<Action>) {
        // A static schedule is a promise of who does what.
        if self.settings.schedule.kind == Kind::Static {
            return;
        }
        while self.waiting.idle_count > self.recalls_out {
            let Some((member, lease)) = self.last_to_finish(now) else {
                let wanted = self.waiting.idle_count - self.recalls_out;
                return self.recall_from_late(now, wanted, out);
            };
            self.recall(now, member, lease, out);
        }
    }

    /// Recalls what is less urgent than something free from all members that have more ahead than they do in
    /// `time`, or nobody knows how much. Returns whether there may be more of it when these are answered.
    pub fn recall_outranked(&mut self, now: Time, time: Time, out: &mut Vec<Action>) -> bool {
        let mut more = false;
        for id in 0..self.members.len() as MemberId {
            let is_long = |end| end > now + time || self.rate_of(id).is_none();
            if !self.expected_end(id).is_some_and(is_long) {
                continue;
            }
            if let Some(lease) = self.outranked(now, id) {
                self.recall(now, id, lease, out);
            }
            more |= self.member(id).is_some_and(|m| m.recalling);
        }
        more
    }

    /// Recalls from some members although nobody here is idle; returns how many are to be waited for.
    pub(in crate::engine) fn recall_some(&mut self, now: Time, out: &mut Vec<Action>) -> usize {
        if self.recalls_out == 0 && self.settings.schedule.kind != Kind::Static {
            let wanted = self.members.len().div_ceil(FRACTION);
            while self.recalls_out < wanted
                && let Some((member, lease)) = self.last_to_finish(now)
            {
                self.recall(now, member, lease, out);
            }
            if self.recalls_out == 0 {
                self.recall_from_late(now, wanted, out);
            }
        }
        self.recalls_out
    }

    /// Recalls from members that should have finished by now, of which nobody knows when they will,
    /// and from those whose end has moved unnoticed.
    fn recall_from_late(&mut self, now: Time, wanted: usize, out: &mut Vec<Action>) {
        if now < self.next_scan {
            return;
        }
        self.next_scan = now + PER_MEMBER * self.members.len().max(1_000) as Time;
        let mut sent = 0;
        for id in 0..self.members.len() as MemberId {
            if sent == wanted {
                return;
            }
            let is_due = |end| end + LATE < now || end >= now + WORTH;
            if self.expected_end(id).is_some_and(is_due)
                && let Some(lease) = self.recallable(now, id)
            {
                self.recall(now, id, lease, out);
                sent += 1;
            }
        }
    }

    fn recall(&mut self, now: Time, member: MemberId, lease: LeaseId, out: &mut Vec<Action>) {
        if let Some(lease) = self.leases.get_mut(&lease) {
            lease.recall = Recall::Asked(now);
        }
        if let Some(m) = self.member_mut(member) {
            (m.recalling, m.gave) = (true, false);
        }
        self.recalls_out += 1;
        out.push(Action::Recall { member, lease });
    }

    /// A recall to `member` is answered, or will not be.
    pub(super) fn recall_is_over(&mut self, member: MemberId) {
        self.recalls_out -= 1;
        if let Some(m) = self.member_mut(member) {
            m.recalling = false;
        }
        self.holds_more(member);
    }

    /// Recalls that nobody answered are given up: that member hangs or is cut off.
    pub(super) fn abandon_recalls(&mut self, now: Time) {
        if self.recalls_out == 0 {
            return;
        }
        let mut silent = Vec::new();
        for lease in self.leases.values_mut() {
            if let Recall::Asked(since) = lease.recall
                && now.saturating_sub(since) > PATIENCE
            {
                lease.recall = Recall::Futile(now);
                silent.push(lease.member);
            }
        }
        for member in silent {
            if let Some(m) = self.member_mut(member) {
                m.unanswered += 1;
            }
            self.recall_is_over(member);
        }
    }

    /// A member has said something, whatever it was.
    pub(super) fn spoke(&mut self, member: MemberId) {
        if let Some(m) = self.member_mut(member) {
            m.unanswered = 0;
        }
    }

    /// The end of `id`, or that it can be recalled, has moved: later, so that the heap must know.
    pub(super) fn holds_more(&mut self, id: MemberId) {
        if self.ends.is_none() {
            return;
        }
        let end = self.expected_end(id);
        let most = 4 * self.members.len() + 64;
        if let (Some(ends), Some(end)) = (&mut self.ends, end) {
            ends.push((end, id));
            if ends.len() > most {
                self.ends = None;
            }
        }
    }

    /// When `id` will have done all it holds: its last word, as long as no speed is known.
    fn expected_end(&self, id: MemberId) -> Option<Time> {
        let m = self.member(id).filter(|m| m.held > 0)?;
        let time = self
            .rate_of(id)
            .map_or(0.0, |rate| m.held as f64 / rate * SECOND as f64);
        Some(m.progress.saturating_add(time as Time))
    }

    /// The newest lease of `id` with grains that it may not have begun.
    fn recallable(&self, now: Time, id: MemberId) -> Option<LeaseId> {
        self.newest_open(now, id, |_| true)
    }

    /// The newest such lease that something free should be done before.
    fn outranked(&self, now: Time, id: MemberId) -> Option<LeaseId> {
        self.newest_open(now, id, |lease| {
            let first = lease.left.first();
            first.is_some_and(|span| self.work.outranks(span.start))
        })
    }

    fn newest_open(
        &self,
        now: Time,
        id: MemberId,
        wanted: impl Fn(&Lease) -> bool,
    ) -> Option<LeaseId> {
        let m = self
            .member(id)
            .filter(|m| !m.recalling && m.waits != Waits::Idle)?;
        let open = |id: &&LeaseId| {
            let Some(lease) = self.leases.get(id) else {
                return false;
            };
            lease.is_recallable(now)
                && (lease.left.grains() > 1 || m.held > m.threads)
                && wanted(lease)
        };
        m.leases.iter().rev().find(open).copied()
    }

    fn last_to_finish(&mut self, now: Time) -> Option<(MemberId, LeaseId)> {
        let mut ends = self.ends.take().unwrap_or_else(|| {
            let all = 0..self.members.len() as MemberId;
            all.filter_map(|id| self.expected_end(id).map(|end| (end, id)))
                .collect()
        });
        let found = loop {
            let Some(mut top) = ends.peek_mut() else {
                break None;
            };
            let (end, id) = *top;
            if end < now + WORTH {
                break None;
            }
            match self.expected_end(id).zip(self.recallable(now, id)) {
                None => drop(PeekMut::pop(top)),
                Some((known, _)) if known < end => top.0 = known,
                Some((_, lease)) => break Some((id, lease)),
            }
        };
        self.ends = Some(ends);
        found
    }
}
