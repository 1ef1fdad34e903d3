//! How a session begins: with what a checkpoint holds, and with all that is to happen to it.

use super::broken::Broken;
use super::event::Event;
use super::faults::Fate;
use super::mutation::Mutation;
use super::scenario::{Ending, Task};
use super::site::{Child, Machine};
use super::world::{TICK, World};
use crate::engine::span::Span;
use crate::engine::work::Work;
use crate::engine::{MILLISECOND, Time};

/// Into how many bursts the work of a rank that limps falls.
const BURSTS: Time = 20;

impl World<'_> {
    /// Loads a checkpoint, if there is one; tells the coordinator what is done.
    pub(super) fn resume(&mut self) -> Result<(), Broken> {
        let (grains, mutation) = (self.scenario.grains, self.scenario.mutation);
        let Some(loaded) = self.past.disk.load(grains, mutation)? else {
            return Ok(());
        };
        self.report.loaded = Some(loaded.generation);
        self.report.fell_back = loaded.fell_back;
        self.loaded = self.ledger.restore(loaded.snapshot);
        if self.has(Mutation::ForgetDone) {
            return Ok(());
        }
        let done: Vec<Span> = self.loaded.iter().collect();
        self.change(0, |work| {
            for span in done {
                work.done(span);
            }
        });
        self.look_for_hit(0);
        Ok(())
    }

    /// Puts everything that is known beforehand into the queue.
    pub(super) fn prepare(&mut self) {
        self.events.push(TICK, Event::Tick);
        self.deliver_letters();
        if let Some(saves) = self.scenario.saves {
            self.events.push(saves.every, Event::SnapshotBegins);
        }
        if let Some(Ending::Signal { at, .. }) = self.scenario.ending {
            self.events.push(at, Event::Signal);
        }
        for site in 0..self.sites.len() {
            let mut out = Vec::new();
            if let Machine::Group(group) = &mut self.sites[site].machine {
                group.start(&mut out);
            }
            self.obey_group(0, site, out);
        }
        for rank in 0..self.places.len() {
            let Fate {
                joins,
                dies,
                silent,
                reported,
                leaps,
                limps,
                ..
            } = self.places[rank].fate;
            self.events.push(joins, Event::Join { rank });
            if let Some(at) = dies {
                self.events.push(at, Event::Die { rank });
            }
            if let Some((at, time)) = silent {
                self.events.push(at, Event::Stop { rank, time });
            }
            // One stop within another would change the order of what waits for their ends.
            if let Some((at, time)) = limps.filter(|_| silent.is_none()) {
                let burst = time / BURSTS;
                for at in (0..BURSTS).map(|i| at + i * burst) {
                    let time = burst / 10 * 9;
                    self.events.push(at, Event::Stop { rank, time });
                }
            }
            if let Some((at, time)) = leaps {
                self.events.push(at, Event::Jump { rank, time });
            }
            if let Some(at) = reported {
                self.events.push(at, Event::Report { rank });
            }
            if let Some((at, time, threads)) = self.places[rank].fate.resized {
                self.events.push(at, Event::Resize { rank, threads });
                let threads = self.places[rank].threads;
                self.events.push(at + time, Event::Resize { rank, threads });
            }
        }
        self.prepare_jobs();
    }

    /// Messages of former sessions arrive during this one.
    fn deliver_letters(&mut self) {
        for letter in std::mem::take(&mut self.past.letters) {
            let (sites, ranks) = (self.sites.len(), self.places.len());
            let somewhere = match letter {
                Event::Up { site, .. } => site < sites,
                Event::Down {
                    child: Child::Rank(rank),
                    ..
                } => rank < ranks,
                Event::Down {
                    child: Child::Site(site),
                    ..
                } => site < sites,
                _ => false,
            };
            if somewhere {
                let at = self.random.below(self.scenario.ideal().max(MILLISECOND));
                self.events.push(at, letter);
            }
        }
    }

    fn prepare_jobs(&mut self) {
        if let Task::Jobs { portions, over } = self.scenario.task {
            let mut times: Vec<Time> = (0..portions).map(|_| self.random.below(over + 1)).collect();
            times.sort_unstable();
            let mut left = self.scenario.grains;
            for (i, at) in times.into_iter().enumerate() {
                let last = i as u64 + 1 == portions;
                let count = if last {
                    left
                } else {
                    self.random.below(left + 1)
                };
                left -= count;
                let priority = self.random.below(4) as i32 - 1;
                self.events.push(
                    at,
                    Event::Submit {
                        count,
                        priority,
                        last,
                    },
                );
            }
        }
    }
}
