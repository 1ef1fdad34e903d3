//! A signal to stop: members report what is done, and the session ends with a checkpoint.

use super::broken::Broken;
use super::event::Event;
use super::message::{Down, Up};
use super::scenario::{Ending, Scenario, Task};
use super::site::{Child, Machine};
use super::store::Snapshot;
use super::world::World;
use super::writer::SLOW;
use crate::engine::{SECOND, Time};

impl World<'_> {
    /// Rank 0 is told to stop.
    pub(super) fn stop(&mut self, now: Time) -> Result<(), Broken> {
        if let (Some(Ending::Signal { grace, .. }), Some(saves)) =
            (self.scenario.ending, self.scenario.saves)
        {
            self.events.push(now + grace, Event::GraceIsOver);
            // The writer may be at a slow one, with the last to follow.
            let writing = 2 * SLOW * (2 * saves.takes + 1);
            let silence = self.scenario.faults.silence;
            self.report.bound = now + grace + writing + silence + SECOND;
        }
        self.stop_members(now, 0);
        self.end_if_reported(now)
    }

    /// A coordinator stops leasing and tells its members to stop.
    pub(super) fn stop_members(&mut self, now: Time, site: usize) {
        let present = self.sites[site].present.clone();
        self.sites[site].awaited = Some(present.clone());
        for member in present {
            self.send_down(now, site, member, Down::Stop);
        }
        self.pass_on(now, site);
    }

    /// A member has reported all it did.
    pub(super) fn reported(&mut self, now: Time, site: usize, member: u32) -> Result<(), Broken> {
        if let Some(awaited) = &mut self.sites[site].awaited {
            awaited.remove(&member);
        }
        self.pass_on(now, site);
        self.end_if_reported(now)
    }

    /// A group whose members have all reported does so too.
    fn pass_on(&mut self, now: Time, site: usize) {
        let awaited = self.sites[site].awaited.as_ref();
        if !awaited.is_some_and(|awaited| awaited.is_empty()) {
            return;
        }
        let clock = self.clock(now, site);
        if let Machine::Group(group) = &mut self.sites[site].machine {
            let mut out = Vec::new();
            // A tick returns all that is done.
            group.tick(clock, &mut out);
            self.obey_group(now, site, out);
            self.send_up(now, Child::Site(site), Up::Stopped);
        }
    }

    fn end_if_reported(&mut self, now: Time) -> Result<(), Broken> {
        let awaited = self.sites[0].awaited.as_ref();
        if awaited.is_some_and(|awaited| awaited.is_empty()) && !self.ending {
            return self.end_grace(now, true);
        }
        Ok(())
    }

    /// A member is lost: nobody waits for its report any more.
    pub(super) fn not_awaited(
        &mut self,
        now: Time,
        site: usize,
        member: u32,
    ) -> Result<(), Broken> {
        match self.sites[site].awaited {
            Some(_) => self.reported(now, site, member),
            None => Ok(()),
        }
    }

    /// The last checkpoint is written; who has not reported is abandoned.
    pub(super) fn end_grace(&mut self, now: Time, all_reported: bool) -> Result<(), Broken> {
        if std::mem::replace(&mut self.ending, true) {
            return Ok(());
        }
        let snapshot = self.snapshot()?;
        if all_reported {
            self.check_reported(&snapshot)?;
        }
        self.save_last(now, snapshot);
        Ok(())
    }

    /// All that ranks have computed is in the checkpoint, if none of them was lost and no job failed.
    fn check_reported(&self, snapshot: &Snapshot) -> Result<(), Broken> {
        let covered = snapshot.covered(self.scenario.grains);
        let missing = |span| covered.missing(span);
        match self.computed.iter().flat_map(missing).next() {
            Some(span) if !self.bereft && !may_fail(self.scenario) => {
                Err(Broken::Forgotten(span.start))
            }
            _ => Ok(()),
        }
    }
}

fn may_fail(scenario: &Scenario) -> bool {
    matches!(scenario.task, Task::Jobs { .. }) && scenario.faults.failing > 0.0
}
