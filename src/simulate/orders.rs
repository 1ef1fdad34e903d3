//! What coordinators decide, and what makes them: time, losses, changes of the work.

use super::End;
use super::broken::Broken;
use super::event::Event;
use super::message::{Down, Up};
use super::mutation::Mutation;
use super::sabotage::Sabotaged;
use super::site::{Child, Link, Machine};
use super::world::{TICK, World};
use crate::engine::Time;
use crate::engine::coordinator::Action;
use crate::engine::sub::SubAction;

impl World<'_> {
    /// The workload changes.
    pub(super) fn change(&mut self, now: Time, change: impl FnOnce(&mut Sabotaged)) {
        let clock = self.clock(now, 0);
        let mut out = Vec::new();
        if let Machine::Root(root) = &mut self.sites[0].machine {
            root.change(clock, &mut out, change);
        }
        self.obey(now, 0, None, out);
    }

    /// Coordinators are told that time has passed.
    pub(super) fn tick(&mut self, now: Time) {
        self.events.push(now + TICK, Event::Tick);
        for site in 0..self.sites.len() {
            let host = &self.places[self.sites[site].host];
            if host.dead || host.until > now {
                continue;
            }
            let clock = self.clock(now, site);
            match &mut self.sites[site].machine {
                Machine::Root(root) => {
                    let mut out = Vec::new();
                    root.tick(clock, &mut out);
                    if self.has(Mutation::DropCopies) || self.has(Mutation::IgnoreLost) {
                        out.retain(|a| !matches!(a, Action::Lease { .. }));
                    }
                    self.obey(now, site, None, out);
                }
                Machine::Group(group) => {
                    let mut out = Vec::new();
                    group.tick(clock, &mut out);
                    self.obey_group(now, site, out);
                }
            }
        }
    }

    /// A coordinator is told that a member is lost.
    pub(super) fn report_lost(&mut self, now: Time, rank: usize) -> Result<(), Broken> {
        if self.has(Mutation::IgnoreLost) {
            return Ok(());
        }
        // What it did may never arrive.
        self.bereft = true;
        let link = self.told_of(rank);
        let clock = self.clock(now, link.site);
        self.sites[link.site].present.remove(&link.member);
        match &mut self.sites[link.site].machine {
            Machine::Root(root) => {
                let mut out = Vec::new();
                root.work().losing.set(true);
                root.lost(clock, link.member, &mut out);
                root.work().losing.set(false);
                self.obey(now, 0, None, out);
            }
            Machine::Group(group) => {
                let mut out = Vec::new();
                group.lost(clock, link.member, &mut out);
                self.obey_group(now, link.site, out);
            }
        }
        self.not_awaited(now, link.site, link.member)
    }

    /// Where the loss of a rank is reported, and of which member.
    pub(super) fn told_of(&self, rank: usize) -> Link {
        let place = &self.places[rank];
        match place.hosts {
            Some(site) => self.sites[site].link.unwrap_or_default(),
            None => place.link,
        }
    }

    /// Carries out what a coordinator decided. `asker` is the member whose request it was handling.
    pub(super) fn obey(
        &mut self,
        now: Time,
        site: usize,
        asker: Option<u32>,
        actions: Vec<Action>,
    ) {
        // Whoever was told to stop leases and recalls no more.
        let stopping = self.sites[site].awaited.is_some();
        for action in actions {
            match action {
                Action::Lease { .. } | Action::Recall { .. } if stopping => {}
                Action::Lease {
                    member,
                    lease,
                    span,
                } => {
                    if self.has(Mutation::DropParked) && site == 0 && asker != Some(member) {
                        continue;
                    }
                    if site == 0
                        && let Some(done) = self.ledger.counted().within(span).first()
                    {
                        self.broken = Some(Broken::LeasedAgain(done.start));
                    }
                    self.report.leases += 1;
                    self.send_down(now, site, member, Down::Lease { lease, span });
                }
                Action::Recall { member, lease } => {
                    self.report.recalls += 1;
                    self.send_down(now, site, member, Down::Recall { lease });
                }
                Action::Overdue { .. } => self.report.overdue += 1,
                Action::Suspect { .. } => self.report.suspects += 1,
                Action::Expired { .. } => self.report.end = Some(End::Expired),
                Action::Finished => self.report.end = Some(End::Finished),
            }
        }
    }

    /// See [`World::obey`], of a group.
    pub(super) fn obey_group(&mut self, now: Time, site: usize, actions: Vec<SubAction>) {
        for action in actions {
            let message = match action {
                SubAction::Below(action) => {
                    self.obey(now, site, None, vec![action]);
                    continue;
                }
                SubAction::Ask { rate, backlog } => Up::Ask { rate, backlog },
                SubAction::Return { .. } if self.has(Mutation::DropGroupReturns) => continue,
                SubAction::Return { lease, done } => Up::Return {
                    lease,
                    done,
                    values: self.sites[site].values.drain(),
                },
                // Nothing fails here in groups; it would come back so.
                SubAction::Failed {
                    lease,
                    failed: back,
                }
                | SubAction::GiveBack { lease, back } => Up::GiveBack { lease, back },
            };
            self.send_up(now, Child::Site(site), message);
        }
    }
}
