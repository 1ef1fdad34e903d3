//! Who writes checkpoints beside the run, one at a time.

use super::End;
use super::broken::Broken;
use super::disk::Write;
use super::event::Event;
use super::store::Snapshot;
use super::world::World;
use crate::engine::Time;

/// How many times longer a slow write takes.
pub(super) const SLOW: Time = 20;

/// What is being written, and what waits for that.
#[derive(Debug, Default)]
pub(super) struct Writer {
    at_work: Option<Snapshot>,
    /// Only the newest: it holds all that an older one does.
    next: Option<Snapshot>,
    /// The session ends when all is written.
    last: bool,
}

impl World<'_> {
    /// A snapshot is to be written.
    pub(super) fn save(&mut self, now: Time, snapshot: Snapshot) {
        if self.writer.at_work.is_some() {
            self.writer.next = Some(snapshot);
            return;
        }
        self.writer.at_work = Some(snapshot);
        let Some(saves) = self.scenario.saves else {
            return;
        };
        let slow = self.random.chance(saves.slow);
        let times = if slow { SLOW } else { 1 };
        let takes = self.random.between(1, 2 * saves.takes + 1) * times;
        self.events.push(now + takes, Event::Written);
    }

    /// See [`World::save`]; then the session is over.
    pub(super) fn save_last(&mut self, now: Time, snapshot: Snapshot) {
        self.writer.last = true;
        if self.scenario.saves.is_none() {
            self.report.end = Some(End::Stopped);
        }
        self.save(now, snapshot);
    }

    /// A checkpoint is written, or what the writer takes for that.
    pub(super) fn written(&mut self, now: Time) -> Result<(), Broken> {
        let (Some(saves), Some(snapshot)) = (self.scenario.saves, self.writer.at_work.take())
        else {
            return Ok(());
        };
        let how = if self.random.chance(saves.torn) {
            Write::Torn
        } else if self.random.chance(saves.lost) {
            Write::Lost
        } else {
            Write::Good
        };
        self.write(snapshot, how)?;
        match self.writer.next.take() {
            Some(next) => self.save(now, next),
            None if self.writer.last => self.report.end = Some(End::Stopped),
            None => {}
        }
        Ok(())
    }

    /// Rank 0 dies: what was being written is damaged, or was never there.
    pub(super) fn interrupt_write(&mut self) -> Result<(), Broken> {
        if let Some(snapshot) = self.writer.at_work.take()
            && self.random.chance(0.5)
        {
            self.write(snapshot, Write::Torn)?;
        }
        Ok(())
    }

    fn write(&mut self, snapshot: Snapshot, how: Write) -> Result<(), Broken> {
        match how {
            Write::Good => self.report.saved += 1,
            Write::Torn => self.report.torn += 1,
            Write::Lost => self.report.lost += 1,
        }
        let (grains, random) = (self.scenario.grains, &mut self.random);
        self.past.disk.write(snapshot, how, grains, random)
    }
}
