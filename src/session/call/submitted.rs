//! Jobs that rank 0's main submits while the call goes on.

use super::LeadCall;
use crate::engine::span::Span;
use crate::engine::work::Work;
use crate::engine::{LeaseId, MILLISECOND, Time};
use crate::session::agent::Post;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;

/// What is leased and not begun may hold up more urgent jobs for so long.
const INVERSION: Time = 50 * MILLISECOND;

impl LeadCall {
    /// Jobs of a rank failed and are to be tried again.
    pub fn failed(&mut self, now: Time, rank: u32, jobs: &[(LeaseId, Vec<Span>)]) {
        let more = self.joined.len() < self.hosts.len();
        for (lease, spans) in jobs {
            for job in spans.iter().flat_map(|span| span.start..span.end) {
                if let Some(jobs) = &mut self.jobs {
                    jobs.failed(now, job);
                }
                self.coordinator
                    .failed(now, rank, *lease, job, more, &mut self.actions);
            }
        }
    }

    /// Nobody wants that job any more.
    pub fn cancel(&mut self, now: Time, job: u64, out: &mut Vec<Post>) {
        // It may have been submitted just now, and leased: that goes out with all its inputs first.
        self.take_submissions(now, out);
        self.act(now, out);
        let holders = self.coordinator.holders(job);
        let span = Span::new(job, job + 1);
        if self.coordinator.work().undone(span).is_empty() {
            return;
        }
        self.coordinator.change(now, &mut self.actions, |work| {
            work.queue().map(|queue| queue.cancel(job));
        });
        if let Some(jobs) = &mut self.jobs {
            jobs.done(span);
        }
        let seq = self.spec.seq;
        out.extend(
            holders
                .into_iter()
                .map(|(rank, lease)| (rank, Msg::Drop { seq, lease, job }, Rope::new())),
        );
    }

    pub(super) fn resize(&mut self, rank: u32, workers: u32, out: &mut Vec<Post>) {
        self.coordinator.resized(rank, u64::from(workers));
        out.push((rank, Msg::Workers(self.spec.seq, workers), Rope::new()));
    }

    /// Takes what rank 0's main has submitted; leases it.
    pub fn take_submissions(&mut self, now: Time, out: &mut Vec<Post>) {
        let Some(jobs) = self.jobs.as_mut().filter(|jobs| jobs.has_news()) else {
            return;
        };
        if let Some(workers) = jobs.take_news() {
            // What was leased before goes out before.
            self.act(now, out);
            for rank in self.joined.clone() {
                if let Some(&workers) = workers.get(rank as usize) {
                    self.resize(rank, workers, out);
                }
            }
        }
        let Some(jobs) = &mut self.jobs else { return };
        let urgent = &mut self.urgent;
        self.coordinator.change(now, &mut self.actions, |work| {
            *urgent |= work.queue().is_some_and(|queue| jobs.take(queue));
        });
        self.preempt(now);
    }

    /// What ranks have not begun makes way for what is more urgent; not with every job.
    pub(super) fn preempt(&mut self, now: Time) {
        if self.urgent && now >= self.preempted + INVERSION / 4 {
            self.preempted = now;
            self.urgent = self
                .coordinator
                .recall_outranked(now, INVERSION, &mut self.actions);
        }
    }

    /// While somebody waits for work, every job that is submitted wakes this thread.
    pub fn wait_for_submissions(&mut self, now: Time, out: &mut Vec<Post>) {
        let Some(jobs) = &self.jobs else { return };
        jobs.set_hungry(self.coordinator.has_waiting());
        self.take_submissions(now, out);
        self.act(now, out);
    }
}
