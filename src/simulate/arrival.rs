//! What arrives at coordinators.

use super::broken::Broken;
use super::event::Event;
use super::message::{Down, Up};
use super::mutation::Mutation;
use super::random::Random;
use super::scenario::{Scenario, Task};
use super::site::{Machine, Site};
use super::world::World;
use crate::engine::coordinator::Action;
use crate::engine::node::Node;
use crate::engine::span::{Span, SpanSet};
use crate::engine::work::Queue;
use crate::engine::{SECOND, Time};
use std::collections::BTreeSet;

impl World<'_> {
    /// The coordinator at `site` turns to a message; returns when it is done with it.
    fn occupy(&mut self, now: Time, site: usize) -> Time {
        self.report.messages += 1;
        let busy = &mut self.sites[site].busy;
        *busy = (*busy).max(now) + self.scenario.message_cost;
        *busy
    }

    /// Something from above arrives at a group.
    pub(super) fn hear(&mut self, now: Time, site: usize, message: Down) {
        let now = self.occupy(now, site);
        let clock = self.clock(now, site);
        let mut out = Vec::new();
        if let Machine::Group(group) = &mut self.sites[site].machine {
            match message {
                Down::Lease { lease, span } => {
                    // As with real jobs, whose inputs came with the lease.
                    let apart = matches!(self.scenario.task, Task::Jobs { .. });
                    group.leased(clock, lease, span, apart, &mut out);
                }
                Down::Recall { lease } => group.recalled(clock, lease, &mut out),
                // Jobs are not resized where there are groups.
                Down::Workers { .. } => {}
                Down::Stop => return self.stop_members(now, site),
            }
        }
        self.obey_group(now, site, out);
    }

    /// Something from a member arrives at a coordinator.
    pub(super) fn arrive(
        &mut self,
        now: Time,
        site: usize,
        member: u32,
        message: Up,
    ) -> Result<(), Broken> {
        let now = self.occupy(now, site);
        let clock = self.clock(now, site);
        if matches!(message, Up::Stopped) {
            return self.reported(now, site, member);
        }
        let asker = matches!(message, Up::Ask { .. }).then_some(member);
        let Site {
            machine,
            values: kept,
            ..
        } = &mut self.sites[site];
        match machine {
            Machine::Group(group) => {
                let mut out = Vec::new();
                match message {
                    Up::Ask { rate, backlog } => {
                        group.asked(clock, member, rate, backlog, &mut out)
                    }
                    Up::Return {
                        lease,
                        done,
                        values,
                    } => {
                        kept.insert(values);
                        group.returned(clock, member, lease, &done, &mut out);
                    }
                    Up::GiveBack { lease, back } => {
                        group.gave_back(clock, member, lease, &back, &mut out)
                    }
                    Up::Stopped => {}
                }
                self.obey_group(now, site, out);
            }
            Machine::Root(root) => {
                let mut out = Vec::new();
                let mut message = message;
                if let Up::Return {
                    lease,
                    done,
                    values,
                } = &mut message
                {
                    for job in fail(self.scenario, &mut self.failed, done) {
                        values.retain(|(node, _)| *node != Node::leaf(job));
                        self.shunned.insert(job, member);
                        self.grudge.get_or_insert(now);
                        if self.scenario.mutation == Some(Mutation::ForgetFailures) {
                            let job = Span::new(job, job + 1);
                            root.gave_back(clock, member, *lease, &[job], &mut out);
                        } else {
                            // Others may join, or have threads again, before it is forgiven.
                            root.failed(clock, member, *lease, job, true, &mut out);
                        }
                    }
                }
                match message {
                    Up::Ask { rate, backlog } => root.asked(clock, member, rate, backlog, &mut out),
                    Up::Return {
                        lease,
                        done,
                        values,
                    } => {
                        self.ledger.receive(values);
                        let fresh = root.returned(clock, member, lease, &done, &mut out);
                        check_ahead(self.scenario, self.consumed, &fresh)?;
                        self.ledger.count(&done, &fresh)?;
                        self.report.returns += 1;
                    }
                    Up::GiveBack { lease, back } => {
                        root.gave_back(clock, member, lease, &back, &mut out)
                    }
                    Up::Stopped => {}
                }
                self.report.outstanding = self.report.outstanding.max(root.outstanding());
                for action in &out {
                    if let Action::Lease { member, span, .. } = action {
                        self.check_shunned(*member, *span)?;
                    }
                }
                self.obey(now, 0, asker, out);
                self.consume(now);
                self.wake_main(now)?;
            }
        }
        Ok(())
    }

    /// What a member failed at does not go to it again, while there are others.
    fn check_shunned(&mut self, member: u32, span: Span) -> Result<(), Broken> {
        let jobs: Vec<u64> = self
            .shunned
            .range(span.start..span.end)
            .map(|(&job, _)| job)
            .collect();
        for job in jobs {
            if self.shunned.remove(&job).is_some_and(|m| m == member) {
                return Err(Broken::Shunned(job));
            }
        }
        Ok(())
    }

    /// The main thread of rank 0 turns to what has arrived: at once, or some time.
    fn wake_main(&mut self, now: Time) -> Result<(), Broken> {
        if self.ledger.waiting() == 0 {
            return Ok(());
        }
        if matches!(self.scenario.task, Task::Find { .. }) {
            if !self.folding {
                self.folding = true;
                let at = now + self.random.below(100_000);
                self.events.push(at, Event::Fold);
            }
        } else if self.ledger.waiting() > 100 || self.random.chance(0.5) {
            self.ledger.fold()?;
        }
        Ok(())
    }

    /// After a while nobody else is waited for any more.
    pub(super) fn forgive(&mut self, now: Time) {
        if self.grudge.is_some_and(|since| now > since + SECOND) {
            self.grudge = None;
            self.shunned.clear();
            self.change(now, |w| w.work.queue().into_iter().for_each(Queue::forgive));
        }
    }
}

/// Back-pressure: a stream's results are at most `window` ahead of their consumer.
fn check_ahead(scenario: &Scenario, consumed: u64, fresh: &[Span]) -> Result<(), Broken> {
    let Task::Stream { window, .. } = scenario.task else {
        return Ok(());
    };
    let ceiling = consumed + window.max(1);
    match fresh.iter().find(|span| span.end > ceiling) {
        Some(span) => Err(Broken::TooFarAhead {
            grain: span.start.max(ceiling),
            ceiling,
        }),
        None => Ok(()),
    }
}

/// Takes jobs whose first try fails out of `done`.
fn fail(scenario: &Scenario, failed: &mut BTreeSet<u64>, done: &mut Vec<Span>) -> Vec<u64> {
    let jobs = matches!(scenario.task, Task::Jobs { .. });
    if !jobs || !scenario.groups.is_empty() || scenario.faults.failing == 0.0 {
        return Vec::new();
    }
    let fails = |job: u64| Random::new(scenario.seed ^ (job << 32)).chance(scenario.faults.failing);
    let mut set: SpanSet = done.iter().copied().collect();
    let mut now = Vec::new();
    for job in done.iter().flat_map(|span| span.start..span.end) {
        if fails(job) && failed.insert(job) {
            set.remove(Span::new(job, job + 1));
            now.push(job);
        }
    }
    *done = set.iter().collect();
    now
}
