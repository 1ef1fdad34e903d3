//! Messages on their way.

use super::event::Event;
use super::message::{Down, Up};
use super::site::Child;
use super::world::World;
use crate::engine::{MILLISECOND, SECOND, Time};

impl World<'_> {
    /// How long the word of the end takes from a coordinator to the last rank below it.
    pub(super) fn farewell(&self, site: usize) -> Time {
        let mut sent = 0;
        let mut last = 0;
        for &child in &self.sites[site].below {
            let (host, further) = match child {
                Child::Rank(rank) => (rank, 0),
                Child::Site(below) => (self.sites[below].host, self.farewell(below)),
            };
            sent += self.scenario.message_cost;
            let away = host != self.sites[site].host;
            let travel = if away { self.scenario.latency } else { 0 };
            last = last.max(sent + travel + further);
        }
        last
    }

    fn delay(&mut self, local: bool) -> Time {
        if local {
            return MILLISECOND / 1000;
        }
        let usual =
            self.scenario.latency as f64 + self.scenario.jitter as f64 * self.random.exponential();
        let times = if self.random.chance(self.scenario.faults.straggle) {
            1.0 + 99.0 * self.random.unit()
        } else {
            1.0
        };
        (usual * times) as Time
    }

    /// From a member to its coordinator.
    pub(super) fn send_up(&mut self, now: Time, from: Child, message: Up) {
        let (link, host) = match from {
            Child::Rank(rank) => (self.places[rank].link, rank),
            Child::Site(site) => (
                self.sites[site].link.unwrap_or_default(),
                self.sites[site].host,
            ),
        };
        let at = (now + self.delay(self.sites[link.site].host == host)).max(link.last_up);
        match from {
            Child::Rank(rank) => self.places[rank].link.last_up = at,
            Child::Site(site) => {
                if let Some(link) = &mut self.sites[site].link {
                    link.last_up = at;
                }
            }
        }
        let (site, member) = (link.site, link.member);
        let session = self.scenario.session;
        if self.random.chance(self.scenario.faults.duplicate) {
            let again = at + self.random.below(2 * SECOND);
            self.events.push(
                again,
                Event::Up {
                    session,
                    site,
                    member,
                    message: message.clone(),
                },
            );
        }
        self.events.push(
            at,
            Event::Up {
                session,
                site,
                member,
                message,
            },
        );
    }

    /// From a coordinator to a member.
    pub(super) fn send_down(&mut self, now: Time, site: usize, member: u32, message: Down) {
        let child = self.sites[site].below[member as usize];
        let host = match child {
            Child::Rank(rank) => rank,
            Child::Site(below) => self.sites[below].host,
        };
        // Sending takes the coordinator's time as receiving does.
        let busy = &mut self.sites[site].busy;
        *busy = (*busy).max(now) + self.scenario.message_cost;
        let now = *busy;
        let delay = self.delay(self.sites[site].host == host);
        let last = match child {
            Child::Rank(rank) => Some(&mut self.places[rank].link.last_down),
            Child::Site(below) => self.sites[below].link.as_mut().map(|l| &mut l.last_down),
        };
        let Some(last) = last else { return };
        *last = (now + delay).max(*last);
        let at = *last;
        let event = Event::Down {
            session: self.scenario.session,
            child,
            message,
        };
        if self.random.chance(self.scenario.faults.duplicate) {
            match message {
                Down::Recall { .. } => {
                    let again = at + self.random.below(2 * SECOND);
                    self.events.push(again, event.clone());
                }
                // A member knows a lease that it has had; a later session's does not.
                _ => self.past.send_later(event.clone()),
            }
        }
        self.events.push(at, event);
    }
}
