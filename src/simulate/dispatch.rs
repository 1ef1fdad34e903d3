//! Who handles an event, and whether anybody does.

use super::broken::Broken;
use super::event::Event;
use super::faults::DETECTION;
use super::message::Down;
use super::mutation::Mutation;
use super::rank::{Rank, Setting, Wish};
use super::site::{Child, Machine, Place};
use super::world::World;
use crate::engine::Time;

impl World<'_> {
    /// Keeps what concerns a stopped rank for later, and drops what concerns a dead one.
    pub(super) fn deliverable(&mut self, now: Time, event: Event) -> Option<Event> {
        if let Event::Up { session, .. } | Event::Down { session, .. } = event
            && session != self.scenario.session
        {
            self.report.old_messages += 1;
            if !self.has(Mutation::OldMessages) {
                return None;
            }
        }
        let rank = match event {
            Event::Up { site, .. } => self.sites[site].host,
            Event::Down {
                child: Child::Rank(rank),
                ..
            } => rank,
            Event::Down {
                child: Child::Site(site),
                ..
            } => self.sites[site].host,
            Event::Wake { rank, .. } | Event::Timer { rank } | Event::Join { rank } => rank,
            Event::Report { rank } => self.sites[self.told_of(rank).site].host,
            Event::Resize { .. }
            | Event::Submit { .. }
            | Event::Consume { .. }
            | Event::Fold
            | Event::SnapshotBegins
            | Event::SnapshotEnds
            | Event::Signal
            | Event::GraceIsOver => 0,
            Event::Tick
            | Event::Stop { .. }
            | Event::Die { .. }
            | Event::Jump { .. }
            | Event::Written => return Some(event),
        };
        let place = &self.places[rank];
        if place.dead {
            return None;
        }
        if place.until > now {
            self.events.push(place.until, event);
            return None;
        }
        Some(event)
    }

    pub(super) fn handle(&mut self, now: Time, event: Event) -> Result<(), Broken> {
        match event {
            Event::Up {
                site,
                member,
                message,
                ..
            } => return self.arrive(now, site, member, message),
            Event::Down {
                child: Child::Site(site),
                message,
                ..
            } => self.hear(now, site, message),
            Event::Down {
                child: Child::Rank(rank),
                message,
                ..
            } => {
                self.rank(now, rank, |r, with, out| match message {
                    Down::Lease { lease, span } => r.leased(now, lease, span, with, out),
                    Down::Recall { lease } => r.recalled(now, lease, with, out),
                    Down::Workers { threads } => r.resized(now, threads, with, out),
                    Down::Stop => r.stop(now, with, out),
                });
            }
            Event::Wake {
                rank,
                thread,
                number,
            } => {
                self.rank(now, rank, |r, with, out| {
                    r.woken(now, thread, number, with, out);
                });
                return self.note_computed(rank);
            }
            Event::Timer { rank } => self.rank(now, rank, |r, with, out| r.timer(now, with, out)),
            Event::Join { rank } => {
                let Place { link, threads, .. } = self.places[rank];
                self.sites[link.site].joined(link.member, threads);
                self.rank(now, rank, |r, with, out| r.start(now, with, out));
            }
            Event::Stop { rank, time } => {
                let place = &mut self.places[rank];
                let stopped = place.until.max(now);
                place.until = stopped.max(now + time);
                place.rank.stall(place.until - stopped);
            }
            Event::Die { rank } => self.kill(rank),
            Event::Jump { rank, time } => {
                self.places[rank].rank.leap(time);
                self.report.leaps += 1;
                for site in self.sites.iter_mut().filter(|site| site.host == rank) {
                    site.leapt += time;
                }
            }
            Event::Fold => {
                self.folding = false;
                self.ledger.fold()?;
                self.look_for_hit(now);
            }
            // The last checkpoint is not to be followed by one that was begun before.
            Event::SnapshotBegins | Event::SnapshotEnds
                if self.ending && !self.has(Mutation::LateSnapshot) => {}
            Event::SnapshotBegins => self.begin_snapshot(now)?,
            Event::SnapshotEnds => {
                let snapshot = self.end_snapshot()?;
                self.save(now, snapshot);
            }
            Event::Written => return self.written(now),
            Event::Signal => return self.stop(now),
            Event::GraceIsOver => return self.end_grace(now, false),
            Event::Report { rank } => return self.report_lost(now, rank),
            Event::Resize { rank, threads } => {
                let member = self.places[rank].link.member;
                if let Machine::Root(root) = &mut self.sites[0].machine {
                    root.resized(member, threads);
                }
                self.send_down(now, 0, member, Down::Workers { threads });
            }
            Event::Tick => {
                self.forgive(now);
                self.tick(now);
            }
            Event::Submit {
                count,
                priority,
                last,
            } => {
                self.change(now, |w| {
                    let Some(queue) = w.work.queue() else { return };
                    if count > 0 {
                        queue.submit(count, priority);
                    }
                    if last {
                        queue.close();
                    }
                });
            }
            Event::Consume { to } => {
                self.consuming = false;
                self.consumed(now, to);
            }
        }
        Ok(())
    }

    /// Something happens at a rank.
    fn rank(
        &mut self,
        now: Time,
        rank: usize,
        happen: impl FnOnce(&mut Rank, &Setting, &mut Vec<Wish>),
    ) {
        let setting = Setting {
            costs: &self.costs,
            seed: self.scenario.values.then_some(self.scenario.seed),
            prefetch: self.prefetch,
            blocks: self.scenario.blocks,
            poison: self.scenario.poison,
            forgets: self.has(Mutation::ForgetAtStop),
        };
        let mut wishes = std::mem::take(&mut self.wishes);
        let place = &mut self.places[rank];
        happen(&mut place.rank, &setting, &mut wishes);
        place.events += 1;
        if place.fate.dies_at.is_some_and(|at| place.events > at) {
            self.die_at_work(now, rank, &mut wishes);
        }
        for wish in wishes.drain(..) {
            match wish {
                Wish::Send(message) => self.send_up(now, Child::Rank(rank), message),
                Wish::Wake(thread, number, at) => self.events.push(
                    at,
                    Event::Wake {
                        rank,
                        thread,
                        number,
                    },
                ),
                Wish::Timer(at) => self.events.push(at, Event::Timer { rank }),
            }
        }
        self.wishes = wishes;
    }

    /// A rank dies while it handles an event: only some of what it was about to send is sent.
    fn die_at_work(&mut self, now: Time, rank: usize, wishes: &mut Vec<Wish>) {
        wishes.truncate(self.random.below(wishes.len() as u64 + 1) as usize);
        self.kill(rank);
        let noticed = now + self.random.below(DETECTION);
        self.events.push(noticed, Event::Report { rank });
    }

    fn kill(&mut self, rank: usize) {
        self.places[rank].dead = true;
        self.bereft = true;
        self.report.deaths += 1;
    }

    /// A rank has computed something, perhaps.
    fn note_computed(&mut self, rank: usize) -> Result<(), Broken> {
        if let Some(span) = self.places[rank].rank.take_computed()
            && self.scenario.values
        {
            if let Some(again) = self.loaded.within(span).first() {
                return Err(Broken::ComputedAgain(again.start));
            }
            self.computed.insert(span);
        }
        Ok(())
    }
}
