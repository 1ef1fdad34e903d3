//! What happens when nothing is free and somebody is idle: recall, then second copies.

use super::lease::{Lease, Recall};
use super::{Action, Coordinator};
use crate::engine::schedule::Kind;
use crate::engine::span::Span;
use crate::engine::work::Work;
use crate::engine::{LeaseId, MILLISECOND, MemberId, SECOND, Time};

/// A member with less than this ahead is not worth a recall: it would be done before the answer.
const WORTH_A_RECALL: f64 = 0.002;
/// A lease is overdue after this and [`SLACK`] times what its holder's speed makes expect.
const PATIENCE: Time = 500 * MILLISECOND;
/// See [`PATIENCE`]: speeds are averages, grains are not.
const SLACK: f64 = 4.0;
/// An answer to a recall that takes longer will not come.
const RECALL_PATIENCE: Time = SECOND;
/// Patience while no grain has come back from anybody, so that nothing is known.
const BLIND_PATIENCE: Time = 30 * SECOND;

impl<W: Work> Coordinator<W> {
    /// Asks the member with the most time ahead for grains that it has not begun; no more
    /// recalls at a time than members are idle.
    pub(super) fn recall_for_idle(&mut self, now: Time, out: &mut Vec<Action>) {
        // A static schedule is a promise of who does what, and side effects do not mind.
        if self.settings.schedule.kind == Kind::Static {
            return;
        }
        let idle = self.parked.iter().filter(|&&id| self.is_idle(id)).take(self.recalls_out + 1).count();
        if idle > self.recalls_out {
            self.recall_one(now, out);
        }
    }

    /// Recalls that nobody answered are given up: that member hangs or is cut off.
    pub(super) fn abandon_recalls(&mut self, now: Time) {
        if self.recalls_out == 0 {
            return;
        }
        for lease in self.leases.values_mut() {
            if let Recall::Asked(since) = lease.recall
                && now.saturating_sub(since) > RECALL_PATIENCE
            {
                lease.recall = Recall::Futile;
                self.recalls_out -= 1;
            }
        }
    }

    fn recall_one(&mut self, now: Time, out: &mut Vec<Action>) {
        let mut best: Option<(f64, LeaseId, MemberId)> = None;
        for (id, member) in self.members.iter().enumerate() {
            let Some(member) = member else { continue };
            let id = id as MemberId;
            let Some(rate) = self.rate_of(id) else { continue };
            let ahead = self.backlog(id) as f64 / rate;
            // The newest lease is the one that has begun least.
            let lease = member.leases.iter().rev().find(|l| {
                self.leases.get(l).is_some_and(|lease| lease.recall == Recall::Possible && lease.left.grains() > 1)
            });
            if let Some(&lease) = lease
                && ahead > best.map_or(WORTH_A_RECALL, |(time, ..)| time)
            {
                best = Some((ahead, lease, id));
            }
        }
        if let Some((_, id, member)) = best
            && let Some(lease) = self.leases.get_mut(&id)
        {
            lease.recall = Recall::Asked(now);
            self.recalls_out += 1;
            out.push(Action::Recall { member, lease: id });
        }
    }

    /// Leases overdue grains again, to idle members.
    pub(super) fn rescue_overdue(&mut self, now: Time, out: &mut Vec<Action>) {
        let mut late: Vec<LeaseId> =
            self.leases.iter().filter(|(_, l)| self.is_overdue(now, l)).map(|(&id, _)| id).collect();
        late.sort_unstable();
        for id in late {
            self.tell_overdue(id, out);
            if self.settings.speculate {
                self.copy_to_idle(now, id, out);
            }
        }
    }

    fn is_overdue(&self, now: Time, lease: &Lease) -> bool {
        let patience = match self.rate_of(lease.member) {
            Some(rate) => PATIENCE + (SLACK * lease.queue as f64 / rate * SECOND as f64) as Time,
            None => BLIND_PATIENCE,
        };
        now.saturating_sub(lease.progress) > patience
    }

    fn tell_overdue(&mut self, id: LeaseId, out: &mut Vec<Action>) {
        let Some(lease) = self.leases.get_mut(&id) else { return };
        if std::mem::replace(&mut lease.overdue, true) {
            return;
        }
        let (member, copy) = (lease.member, lease.copy);
        let spans: Vec<Span> = lease.left.iter().collect();
        for span in spans {
            if copy {
                self.suspect.insert(span);
                let holds = |l: &&Lease| l.left.iter().any(|s| s.intersect(span).is_some());
                let mut members: Vec<MemberId> = self.leases.values().filter(holds).map(|l| l.member).collect();
                members.sort_unstable();
                out.push(Action::Suspect { members, span });
            } else {
                out.push(Action::Overdue { member, span });
            }
        }
    }

    fn copy_to_idle(&mut self, now: Time, id: LeaseId, out: &mut Vec<Action>) {
        let Some(lease) = self.leases.get(&id).filter(|l| !l.copy) else { return };
        let holder = lease.member;
        let single: Vec<Span> =
            lease.left.iter().flat_map(|span| self.doubled.missing(span)).flat_map(|s| self.work.undone(s)).collect();
        let grains: u64 = single.iter().map(Span::len).sum();
        let idle: Vec<MemberId> = self
            .parked
            .iter()
            .copied()
            .filter(|&m| m != holder && self.is_idle(m))
            .collect();
        if grains == 0 || idle.is_empty() {
            return;
        }
        let share = grains.div_ceil(idle.len() as u64);
        let mut pieces = single.into_iter().flat_map(|span| {
            (0..span.len().div_ceil(share))
                .map(move |i| Span::new(span.start + i * share, (span.start + (i + 1) * share).min(span.end)))
        });
        for member in idle {
            let Some(piece) = pieces.next() else { break };
            self.parked.retain(|&p| p != member);
            if let Some(m) = self.member_mut(member) {
                m.parked = false;
            }
            self.doubled.insert(piece);
            self.lease(now, member, piece, true, out);
        }
    }
}
