//! Leases that are overdue: second copies for members with nothing to do.

use super::lease::Lease;
use super::member::{Member, Waits};
use super::{Action, Coordinator};
use crate::engine::span::Span;
use crate::engine::work::Work;
use crate::engine::{LeaseId, MILLISECOND, MemberId, SECOND, Time};

/// A lease is overdue after this and [`SLACK`] times what its holder's speed makes expect.
const PATIENCE: Time = 500 * MILLISECOND;
/// See [`PATIENCE`]: speeds are averages, grains are not.
const SLACK: f64 = 4.0;
/// A member that has not answered so many recalls in a row is dead or stands still: however long what it holds
/// should take, there is no more than [`PATIENCE`] with it.
const UNANSWERED: u32 = 3;
/// Patience while no grain has come back from anybody, so that nothing is known.
const BLIND_PATIENCE: Time = 30 * SECOND;

impl<W: Work> Coordinator<W> {
    /// Leases overdue grains again, to idle members.
    pub(super) fn rescue_overdue(&mut self, now: Time, out: &mut Vec<Action>) {
        let mut late: Vec<LeaseId> = self
            .leases
            .iter()
            .filter(|&(&id, l)| self.is_overdue(now, id, l))
            .map(|(&id, _)| id)
            .collect();
        late.sort_unstable();
        for id in late {
            self.tell_overdue(id, out);
            if self.settings.speculate {
                self.copy_to_idle(now, id, out);
            }
        }
    }

    /// A member is not silent: results of it are on their way.
    pub fn heard(&mut self, now: Time, member: MemberId) {
        self.spoke(member);
        let Some(Some(m)) = self.members.get(member as usize) else {
            return;
        };
        for id in &m.leases {
            if let Some(lease) = self.leases.get_mut(id) {
                lease.progress = now;
            }
        }
    }

    fn is_overdue(&self, now: Time, id: LeaseId, lease: &Lease) -> bool {
        // A member that crawls is no more to be waited for than one that hangs.
        let usual = self.average_rate(lease.member).unwrap_or(0.0);
        let patience = match self.rate_of(lease.member) {
            // A member without threads never gets there: the cast stops at the end of time.
            Some(rate) => {
                let time = SLACK * lease.queue as f64 / rate.max(usual) * SECOND as f64;
                PATIENCE.saturating_add(time as Time)
            }
            None => BLIND_PATIENCE,
        };
        let mute = |m: &Member| m.unanswered >= UNANSWERED;
        let patience = match self.member(lease.member).is_some_and(mute) {
            true => PATIENCE,
            false => patience,
        };
        // As long as its holder gets on with what came before, it is not this one's turn.
        let progress = match self.member(lease.member) {
            Some(m) if m.leases.first() != Some(&id) => m.progress.max(lease.progress),
            _ => lease.progress,
        };
        now.saturating_sub(progress) > patience
    }

    fn tell_overdue(&mut self, id: LeaseId, out: &mut Vec<Action>) {
        let Some(lease) = self.leases.get_mut(&id) else {
            return;
        };
        if std::mem::replace(&mut lease.overdue, true) {
            return;
        }
        let (member, copy) = (lease.member, lease.copy);
        let spans: Vec<Span> = lease
            .left
            .iter()
            .flat_map(|s| self.work.undone(s))
            .collect();
        for span in spans {
            // A copy whose original is gone is the only one by now.
            if copy && self.doubled.covers(span) {
                self.suspect.insert(span);
                let holds = |l: &&Lease| l.left.iter().any(|s| s.intersect(span).is_some());
                let mut members: Vec<MemberId> = self
                    .leases
                    .values()
                    .filter(holds)
                    .map(|l| l.member)
                    .collect();
                members.sort_unstable();
                out.push(Action::Suspect { members, span });
            } else {
                out.push(Action::Overdue { member, span });
            }
        }
    }

    fn copy_to_idle(&mut self, now: Time, id: LeaseId, out: &mut Vec<Action>) {
        let Some(lease) = self.leases.get(&id) else {
            return;
        };
        let holder = lease.member;
        let single = lease
            .left
            .iter()
            .flat_map(|span| self.doubled.missing(span));
        let single: Vec<Span> = single.flat_map(|s| self.work.undone(s)).collect();
        let grains: u64 = single.iter().map(Span::len).sum();
        if grains == 0 {
            return;
        }
        let mut idle = self.idle_members();
        idle.retain(|&m| m != holder);
        if idle.is_empty() {
            return;
        }
        let share = grains.div_ceil(idle.len() as u64);
        let cut = |span: Span| {
            (0..span.len().div_ceil(share)).map(move |i| {
                let start = span.start + i * share;
                Span::new(start, (start + share).min(span.end))
            })
        };
        for (member, piece) in idle.into_iter().zip(single.into_iter().flat_map(cut)) {
            self.wait(member, Waits::Not);
            self.doubled.insert(piece);
            self.lease(now, member, piece, true, out);
        }
    }
}
