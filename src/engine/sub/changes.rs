//! What changes for a group apart from leases and results: grains that need no doing, or fail; members with more or
//! fewer threads; the end of its part in the work.

use super::{SubAction, SubCoordinator};
use crate::engine::span::{Span, SpanSet};
use crate::engine::work::Work;
use crate::engine::{LeaseId, MemberId, Time};
use std::collections::BTreeMap;

impl SubCoordinator {
    /// Grains from `grain` on need no doing.
    pub fn cut(&mut self, now: Time, grain: u64, out: &mut Vec<SubAction>) {
        let total = self.inner.work().total();
        if grain < total {
            self.drop_from_leases(Span::new(grain, total));
        }
        let mut below = Vec::new();
        self.inner
            .change(now, &mut below, |work| work.truncate(grain));
        self.finish(now, below, out);
    }

    /// Nobody wants `grain` any more. Returns who is to be told, and under which lease it went there: a member that
    /// has not begun it counts it as done.
    pub fn cancel(
        &mut self,
        now: Time,
        grain: u64,
        out: &mut Vec<SubAction>,
    ) -> Vec<(MemberId, LeaseId)> {
        let holders = self.inner.holders(grain);
        if holders.is_empty() {
            let grain = Span::new(grain, grain + 1);
            self.drop_from_leases(grain);
            self.inner
                .work_mut()
                .surrender(&SpanSet::from_iter([grain]), true);
            self.finish(now, Vec::new(), out);
        }
        holders
    }

    /// A member failed at some grains, which are to be tried again. The coordinator above sees to that: it knows who
    /// else there is.
    pub fn failed(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        grains: &[Span],
        out: &mut Vec<SubAction>,
    ) {
        let mut below = Vec::new();
        let mut failed: BTreeMap<LeaseId, Vec<Span>> = BTreeMap::new();
        for &span in grains {
            // As long as it comes back it counts as done, so that nobody here is given it.
            self.inner.work_mut().done(span);
            self.inner
                .gave_back(now, member, lease, &[span], &mut below);
            self.inner.work_mut().forget(span);
            for (&id, above) in &mut self.above {
                for part in above.left.within(span) {
                    self.backlog -= above.left.remove(part);
                    failed.entry(id).or_default().push(part);
                }
            }
        }
        out.extend(
            failed
                .into_iter()
                .map(|(lease, failed)| SubAction::Failed { lease, failed }),
        );
        self.finish(now, below, out);
    }

    /// See [`super::Coordinator::resized`].
    pub fn resized(&mut self, member: MemberId, threads: u64) {
        self.inner.resized(member, threads);
    }

    /// See [`super::Coordinator::heard`].
    pub fn heard(&mut self, now: Time, member: MemberId) {
        self.inner.heard(now, member);
    }

    /// Nothing is leased here any more; what comes back counts.
    pub fn suspend(&mut self) {
        self.inner.suspend();
    }

    /// The group leaves: nothing is leased here any more, and all that no member has goes back.
    pub fn surrender(&mut self, out: &mut Vec<SubAction>) {
        self.suspend();
        for (&lease, above) in &mut self.above {
            let back = self.inner.work_mut().surrender(&above.left, true);
            if !back.is_empty() {
                self.backlog -= back
                    .iter()
                    .map(|&span| above.left.remove(span))
                    .sum::<u64>();
                out.push(SubAction::GiveBack { lease, back });
            }
        }
    }

    /// Whether something of a lease from above is not done.
    pub fn holds(&self, lease: LeaseId) -> bool {
        self.above.contains_key(&lease)
    }

    fn drop_from_leases(&mut self, span: Span) {
        for above in self.above.values_mut() {
            self.backlog -= above.left.remove(span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::coordinator::{Action, Settings};
    use crate::engine::schedule::Schedule;

    fn group() -> (SubCoordinator, Vec<SubAction>) {
        let settings = Settings {
            threads: 2,
            ..Settings::default()
        };
        let mut group = SubCoordinator::new(u64::MAX, Schedule::default(), settings);
        group.joined(0, 1);
        group.joined(1, 1);
        (group, Vec::new())
    }

    /// Leases that went to members: whom, number, grains.
    fn leases(out: &[SubAction]) -> Vec<(MemberId, LeaseId, Span)> {
        let lease = |action: &SubAction| match action {
            SubAction::Below(Action::Lease {
                member,
                lease,
                span,
            }) => Some((*member, *lease, *span)),
            _ => None,
        };
        out.iter().filter_map(lease).collect()
    }

    #[test]
    fn what_failed_goes_above_and_to_nobody_here() {
        let (mut group, mut out) = group();
        group.leased(1, 7, Span::new(10, 12), true, &mut out);
        group.asked(2, 0, None, 0, &mut out);
        let (member, lease, span) = leases(&out)[0];
        let first = Span::new(span.start, span.start + 1);
        out.clear();
        group.failed(3, member, lease, &[first], &mut out);
        assert!(out.contains(&SubAction::Failed {
            lease: 7,
            failed: vec![first]
        }));
        out.clear();
        group.asked(4, 1, None, 0, &mut out);
        group.asked(5, 0, None, 0, &mut out);
        assert!(
            leases(&out)
                .iter()
                .all(|(_, _, span)| !span.contains(first.start))
        );
        // It comes again: whoever is here may try.
        out.clear();
        group.leased(6, 8, first, true, &mut out);
        assert_eq!(leases(&out).len(), 1);
    }

    #[test]
    fn leases_that_came_apart_go_on_apart() {
        let (mut group, mut out) = group();
        for (lease, start) in (1..).zip([0, 5, 6, 7, 20]) {
            let end = if start == 20 { 30 } else { start + 1 };
            group.leased(1, lease, Span::new(start, end), true, &mut out);
        }
        let mut done = SpanSet::new();
        for now in 2..100 {
            let given = leases(&std::mem::take(&mut out));
            for (member, lease, span) in given {
                assert!(span.len() == 1 || span.start >= 20, "{span:?}");
                done.insert(span);
                group.returned(now, member, lease, &[span], &mut out);
            }
            group.asked(now, (now % 2) as MemberId, None, 0, &mut out);
        }
        assert_eq!(done.grains(), 14);
    }

    #[test]
    fn a_cut_ends_leases() {
        let (mut group, mut out) = group();
        group.leased(1, 7, Span::new(0, 100), false, &mut out);
        group.cut(2, 50, &mut out);
        assert!(group.holds(7));
        group.cut(3, 0, &mut out);
        assert!(!group.holds(7));
        group.asked(4, 0, None, 0, &mut out);
        assert_eq!(leases(&out), []);
        assert!(out.contains(&SubAction::Ask {
            rate: None,
            backlog: 0
        }));
    }

    #[test]
    fn what_nobody_wants_is_given_to_nobody() {
        let (mut group, mut out) = group();
        group.leased(1, 7, Span::new(0, 2), true, &mut out);
        assert_eq!(group.cancel(2, 1, &mut out), []);
        group.asked(3, 0, None, 0, &mut out);
        assert_eq!(leases(&out), [(0, 1, Span::new(0, 1))]);
        assert_eq!(group.cancel(4, 0, &mut out), [(0, 1)]);
        group.returned(5, 0, 1, &[Span::new(0, 1)], &mut out);
        assert!(!group.holds(7));
    }

    #[test]
    fn a_group_that_leaves_gives_back_what_no_member_has() {
        let (mut group, mut out) = group();
        group.leased(1, 7, Span::new(0, 100), false, &mut out);
        group.asked(2, 0, None, 0, &mut out);
        let held: u64 = leases(&out).iter().map(|(_, _, span)| span.len()).sum();
        out.clear();
        group.surrender(&mut out);
        let [SubAction::GiveBack { lease: 7, back }] = &out[..] else {
            panic!("{out:?}");
        };
        assert!(held > 0);
        assert_eq!(back.iter().map(Span::len).sum::<u64>(), 100 - held);
        out.clear();
        group.asked(3, 1, None, 0, &mut out);
        assert_eq!(leases(&out), []);
    }
}
