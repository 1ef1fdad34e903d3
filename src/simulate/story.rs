//! Sessions of the same work, one after the other: each goes on from the last good checkpoint.

use super::broken::Broken;
use super::disk::Disk;
use super::event::Event;
use super::mutation::Mutation;
use super::queue::Queue;
use super::random::Random;
use super::scenario::{Ending, Saves, Scenario};
use super::world::World;
use super::{End, Report};
use crate::engine::span::SpanSet;
use crate::engine::{MILLISECOND, SECOND, Time};

/// Most messages of a session that arrive in the next one.
const LETTERS: usize = 100;

/// What outlives a session.
#[derive(Debug, Default)]
pub(super) struct Past {
    pub disk: Disk,
    /// Grains that ranks have computed.
    pub executed: SpanSet,
    /// Messages that are still on their way.
    pub letters: Vec<Event>,
}

impl Past {
    /// A message arrives in the next session, if there is one.
    pub fn send_later(&mut self, event: Event) {
        if self.letters.len() < LETTERS {
            self.letters.push(event);
        }
    }

    /// Of a session's messages that have not arrived, some arrive in the next one.
    pub fn keep_letters(&mut self, mut events: Queue<Event>, random: &mut Random) {
        while let Some((_, event)) = events.pop() {
            let travels = matches!(event, Event::Up { .. } | Event::Down { .. });
            if travels && random.chance(0.5) {
                self.send_later(event);
            }
        }
    }
}

/// A piece of work from its first session to its result.
#[derive(Clone, Debug)]
pub struct Story {
    /// Its sessions. What comes after one that finishes the work is not played.
    pub sessions: Vec<Scenario>,
}

impl Story {
    /// A random story of up to four sessions, of which the last has no end but that of the work:
    /// each on other ranks than the one before, with other faults.
    pub fn random(seed: u64) -> Self {
        let first = Scenario::random(seed);
        let mut random = Random::new(!seed);
        let number = match random.below(2) {
            0 => 1,
            _ => random.between(2, 4) as u32,
        };
        let mut sessions = vec![first.clone()];
        for session in 1..number {
            let mut next = first.clone();
            next.session = session;
            next.draw_ranks(&mut random);
            sessions.push(next);
        }
        if number > 1 {
            sessions.iter_mut().for_each(|s| s.draw_saves(&mut random));
            let last = sessions.len() - 1;
            for session in &mut sessions[..last] {
                session.draw_ending(&mut random);
            }
        }
        Story { sessions }
    }

    /// The same with a mistake in it.
    pub fn with(mut self, mutation: Mutation) -> Self {
        for session in &mut self.sessions {
            session.mutation = Some(mutation);
        }
        self
    }

    /// Plays it; returns what each session came to.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn run(&self) -> Result<Vec<Report>, Broken> {
        let mut past = Past::default();
        let mut reports = Vec::new();
        for session in &self.sessions {
            let (report, left) = World::new(session, past).run()?;
            past = left;
            let end = report.end;
            reports.push(report);
            if matches!(end, Some(End::Finished | End::Expired)) {
                break;
            }
        }
        Ok(reports)
    }
}

impl Scenario {
    fn draw_saves(&mut self, random: &mut Random) {
        let ideal = self.ideal().max(MILLISECOND);
        // Most disks are good, some are very bad.
        let wrong = |random: &mut Random| match random.below(4) {
            0 | 1 => 0.0,
            2 => 0.3 * random.unit(),
            _ => 0.3 + 0.6 * random.unit(),
        };
        self.saves = Some(Saves {
            every: random.between(ideal / 40 + 1, ideal / 2),
            takes: random.below(ideal / 20 + 1),
            torn: wrong(random),
            lost: wrong(random),
            slow: wrong(random),
        });
    }

    fn draw_ending(&mut self, random: &mut Random) {
        let ideal: Time = self.ideal().max(MILLISECOND);
        self.ending = Some(match random.below(5) {
            0 | 1 => Ending::Signal {
                at: random.below(ideal),
                grace: random.below(3 * SECOND),
            },
            2 => Ending::Death {
                after: 0,
                events: random.below(8 * u64::from(self.ranks) + self.grains / 4),
            },
            _ => Ending::Death {
                after: random.below(ideal),
                events: 0,
            },
        });
    }
}
