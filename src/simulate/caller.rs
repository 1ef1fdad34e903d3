//! What the main thread of rank 0 does: it consumes results, looks at hits, takes snapshots.

use super::broken::Broken;
use super::event::Event;
use super::mutation::Mutation;
use super::scenario::Task;
use super::site::Machine;
use super::store::Snapshot;
use super::world::World;
use crate::engine::Time;
use crate::engine::span::SpanSet;

impl World<'_> {
    /// The results before `to` are consumed: more may be leased.
    pub(super) fn consumed(&mut self, now: Time, to: u64) {
        self.consumed = to;
        if let Task::Stream { window, .. } = self.scenario.task {
            let ceiling = to + window.max(1);
            self.change(now, |w| w.work.raise_ceiling(ceiling));
        }
        self.consume(now);
    }

    /// Results are consumed from the first on, as far as there is no gap.
    pub(super) fn consume(&mut self, now: Time) {
        let Task::Stream { each, .. } = self.scenario.task else {
            return;
        };
        let ready = self.ledger.prefix();
        if !self.consuming && ready > self.consumed {
            self.consuming = true;
            self.events.push(
                now + (ready - self.consumed) * each,
                Event::Consume { to: ready },
            );
        }
    }

    /// What is right of a hit needs no doing.
    pub(super) fn look_for_hit(&mut self, now: Time) {
        let best = self.ledger.best_hit();
        if let Some(hit) = best
            && best != self.hit
        {
            self.hit = best;
            self.change(now, |w| w.work.truncate(hit + 1));
        }
    }

    /// Grains that are done: those are written whose values do not tell.
    fn done(&self) -> SpanSet {
        let mut done = self.ledger.counted().clone();
        if self.has(Mutation::LeasedIsDone)
            && let Machine::Root(root) = &self.sites[0].machine
        {
            let held = self.sites[0].present.iter().flat_map(|&m| root.held_by(m));
            held.for_each(|span| {
                done.insert(span);
            });
        }
        done
    }

    /// First what is done, then the values that have arrived: these are there before their grains
    /// are done.
    pub(super) fn begin_snapshot(&mut self, now: Time) -> Result<(), Broken> {
        let returns = std::mem::replace(&mut self.saved_returns, self.report.returns);
        if let (true, Some(saves)) = (returns == self.report.returns, self.scenario.saves) {
            self.events.push(now + saves.every, Event::SnapshotBegins);
            return Ok(());
        }
        match self.has(Mutation::DoneAfterValues) {
            true => self.ledger.fold()?,
            false => self.taken = self.done(),
        }
        if let Some(saves) = self.scenario.saves {
            let time = 1 + match self.random.below(2) {
                0 => self.random.below(self.scenario.latency),
                // The thread may have to wait for a core.
                _ => self.random.below(saves.every),
            };
            self.events.push(now + time, Event::SnapshotEnds);
            let next = now + time + saves.every;
            self.events.push(next, Event::SnapshotBegins);
        }
        Ok(())
    }

    pub(super) fn end_snapshot(&mut self) -> Result<Snapshot, Broken> {
        match self.has(Mutation::DoneAfterValues) {
            true => self.taken = self.done(),
            false => self.ledger.fold()?,
        }
        let done = std::mem::take(&mut self.taken);
        Ok(self.ledger.snapshot(done))
    }

    /// The same at once.
    pub(super) fn snapshot(&mut self) -> Result<Snapshot, Broken> {
        self.taken = self.done();
        self.end_snapshot()
    }
}
