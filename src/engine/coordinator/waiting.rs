//! Members whose request is not answered yet: who has nothing to do comes first.

use super::Coordinator;
use super::member::Waits;
use crate::engine::MemberId;
use crate::engine::work::Work;
use std::collections::VecDeque;

/// Two queues, with entries that may be out of date: what a member waits for stands with the member.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    idle: VecDeque<MemberId>,
    low: VecDeque<MemberId>,
    /// Members that are idle.
    pub idle_count: usize,
    /// Members that wait, idle or not.
    pub count: usize,
}

impl<W: Work> Coordinator<W> {
    /// From now on `id` waits like this.
    pub(super) fn wait(&mut self, id: MemberId, waits: Waits) {
        let most = 2 * self.members.len() + 64;
        let Some(m) = self.members.get_mut(id as usize).and_then(Option::as_mut) else {
            return;
        };
        // What it asked for when it had threads would lie there: it asks again when it has some.
        let waits = if m.threads == 0 { Waits::Not } else { waits };
        let before = std::mem::replace(&mut m.waits, waits);
        if before == waits {
            return;
        }
        let waiting = &mut self.waiting;
        waiting.idle_count += usize::from(waits == Waits::Idle);
        waiting.idle_count -= usize::from(before == Waits::Idle);
        waiting.count += usize::from(waits != Waits::Not);
        waiting.count -= usize::from(before != Waits::Not);
        let queue = match waits {
            Waits::Not => return,
            Waits::Low => &mut waiting.low,
            Waits::Idle => &mut waiting.idle,
        };
        queue.push_back(id);
        if queue.len() > most {
            let members = &self.members;
            let mut seen = std::collections::HashSet::new();
            queue.retain(|&q| {
                members[q as usize]
                    .as_ref()
                    .is_some_and(|m| m.waits == waits)
                    && seen.insert(q)
            });
        }
    }

    /// The member to be served next, and how it waited; it waits no more.
    pub(super) fn next_waiting(&mut self) -> Option<(MemberId, Waits)> {
        for state in [Waits::Idle, Waits::Low] {
            loop {
                let queue = &mut self.waiting;
                let queue = if state == Waits::Idle {
                    &mut queue.idle
                } else {
                    &mut queue.low
                };
                let Some(id) = queue.pop_front() else { break };
                if self.member(id).is_some_and(|m| m.waits == state) {
                    self.wait(id, Waits::Not);
                    return Some((id, state));
                }
            }
        }
        None
    }

    /// Members with nothing to do, the fastest first.
    pub(super) fn idle_members(&self) -> Vec<MemberId> {
        let speed = |id: &MemberId| self.member(*id).and_then(|m| m.rate).unwrap_or(0.0);
        let idle = |id: &MemberId| self.member(*id).is_some_and(|m| m.waits == Waits::Idle);
        let mut members: Vec<MemberId> = self.waiting.idle.iter().copied().filter(idle).collect();
        members.sort_by(|a, b| speed(b).total_cmp(&speed(a)).then(a.cmp(b)));
        members.dedup();
        members
    }
}
