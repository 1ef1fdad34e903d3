//! What rank 0 does: asks all others, with a limit for each answer.

use super::facts::Facts;
use super::letter::{self, BLOCK, Letter, PING};
use super::ping::{self, BLOCKS, Measured, PINGS, Ping};
use super::{probe, survey::Survey};
use grange::Error;
use grange::machine::Link;
use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

/// `MPI_Init` has brought the ranks together, so what is left takes milliseconds.
const SURVEYS: Duration = Duration::from_secs(10);
/// A probe takes a quarter of a second at most, and longer where many ranks share a core.
const PROBES: Duration = Duration::from_secs(3);
/// All messages together.
const MESSAGES: Duration = Duration::from_millis(1200);
/// One rank: until it attends, and then for its pings and for its blocks.
const ATTEND: Duration = Duration::from_millis(500);
const EACH: Duration = Duration::from_millis(60);
/// A rank that was there and does not answer for so long is late.
const ANSWER: Duration = Duration::from_millis(400);
const NAP: Duration = Duration::from_micros(200);
/// Looks before another process may have the core.
const LOOKS: u32 = 20;

/// Asks everybody, and puts what they say into `facts`.
///
/// # Errors
/// When MPI fails; what was learned by then is in `facts`.
pub fn lead(link: &mut Link, facts: &mut Facts, own: Survey) -> Result<(), Error> {
    let size = link.size();
    facts.surveys = vec![None; size as usize];
    if let Some(first) = facts.surveys.first_mut() {
        *first = Some(own);
    }
    let mut leader = Leader {
        link,
        facts,
        attending: BTreeSet::new(),
    };
    leader.collect(SURVEYS, |facts| {
        (0..size).all(|rank| facts.survey(rank).is_some() || facts.strangers.contains_key(&rank))
    })?;
    leader.compute()?;
    leader.exchange()
}

/// Everybody may leave. Who cannot be told is not there.
pub fn send_off(link: &mut Link, code: u8) {
    for rank in 1..link.size() {
        let _ = link.send(rank, letter::write(Letter::Leave(code)));
    }
}

struct Leader<'a> {
    link: &'a mut Link,
    facts: &'a mut Facts,
    /// Who waits for pings.
    attending: BTreeSet<u32>,
}

impl Leader<'_> {
    /// Takes what comes until `is_done`, for so long at most.
    fn collect(&mut self, limit: Duration, is_done: impl Fn(&Facts) -> bool) -> Result<(), Error> {
        let since = Instant::now();
        while !is_done(self.facts) && since.elapsed() < limit {
            match self.link.receive()? {
                Some((from, bytes)) => self.take(from, &bytes),
                None => thread::sleep(NAP),
            }
        }
        Ok(())
    }

    fn take(&mut self, from: u32, bytes: &[u8]) {
        // An answer that comes too late.
        if bytes.len() == PING {
            return;
        }
        match letter::read(bytes) {
            Ok(Letter::Survey(survey)) => {
                if let Some(place) = self.facts.surveys.get_mut(from as usize) {
                    *place = Some(*survey);
                }
            }
            Ok(Letter::Computed(probe)) => drop(self.facts.probes.insert(from, probe)),
            Ok(Letter::Attending) => drop(self.attending.insert(from)),
            Ok(_) => {}
            Err(stranger) => drop(self.facts.strangers.insert(from, stranger)),
        }
    }

    /// Everybody computes at the same time.
    fn compute(&mut self) -> Result<(), Error> {
        let asked: Vec<u32> = self.facts.present().map(|(rank, _)| rank).collect();
        for &rank in asked.iter().filter(|&&rank| rank > 0) {
            self.link.send(rank, letter::write(Letter::Compute))?;
        }
        // Nothing leaves without a look at the library now and then.
        let _ = self.link.is_sent();
        self.facts.probes.insert(0, probe::run());
        let all = |facts: &Facts| asked.iter().all(|rank| facts.probes.contains_key(rank));
        self.collect(PROBES, all)?;
        let is_late = |rank: &u32| !self.facts.probes.contains_key(rank);
        let late: Vec<u32> = asked.into_iter().filter(is_late).collect();
        self.facts.late.extend(late);
        Ok(())
    }

    /// Messages between rank 0 and as many others as there is time for.
    fn exchange(&mut self) -> Result<(), Error> {
        let since = Instant::now();
        for rank in self.order() {
            if since.elapsed() > MESSAGES {
                break;
            }
            if !self.facts.late.contains(&rank) {
                match self.measure(rank)? {
                    Some(measured) => self.facts.links.push(measured),
                    None => drop(self.facts.late.insert(rank)),
                }
            }
        }
        Ok(())
    }

    /// The lowest rank of each node first, lest time runs out before all nodes were seen; then one of the own
    /// node, then the others.
    fn order(&self) -> Vec<u32> {
        let others = self.facts.present().filter(|(rank, _)| *rank > 0);
        let mut order: Vec<(u32, u32)> = others
            .map(|(rank, survey)| {
                let turn = if survey.node == rank { 0 } else { 1 };
                (turn, rank)
            })
            .collect();
        if let Some(near) = order.iter_mut().find(|(_, rank)| self.facts.is_near(*rank)) {
            near.0 = 0;
        }
        order.sort_unstable();
        order.into_iter().map(|(_, rank)| rank).collect()
    }

    fn measure(&mut self, rank: u32) -> Result<Option<Measured>, Error> {
        self.link.send(rank, letter::write(Letter::Attend))?;
        let since = Instant::now();
        while !self.attending.contains(&rank) {
            if since.elapsed() > ATTEND {
                return Ok(None);
            }
            match self.link.receive()? {
                Some((from, bytes)) => self.take(from, &bytes),
                None => thread::yield_now(),
            }
        }
        let (mut pings, mut blocks) = (Vec::new(), Vec::new());
        let since = Instant::now();
        while pings.len() < PINGS && (pings.len() < 3 || since.elapsed() < EACH) {
            match self.ping(rank, PING)? {
                Some(ping) => pings.push(ping),
                None => return Ok(None),
            }
        }
        let since = Instant::now();
        while blocks.len() < BLOCKS && (blocks.len() < 2 || since.elapsed() < EACH) {
            match self.ping(rank, BLOCK)? {
                Some(block) => blocks.push(block.trip),
                None => break,
            }
        }
        self.link.send(rank, letter::write(Letter::Rest))?;
        Ok(Measured::of(rank, &pings, &blocks))
    }

    /// Sends so many bytes and waits for the answer.
    fn ping(&mut self, rank: u32, bytes: usize) -> Result<Option<Ping>, Error> {
        let message = vec![0; bytes];
        let (since, left) = (Instant::now(), ping::clock());
        self.link.send(rank, message)?;
        let mut looks = 0u32;
        loop {
            if let Some((from, bytes)) = self.link.receive()? {
                match ping::read(&bytes).filter(|_| from == rank) {
                    Some(theirs) => {
                        let trip = since.elapsed().as_secs_f64();
                        return Ok(Some(Ping { trip, left, theirs }));
                    }
                    None => self.take(from, &bytes),
                }
            }
            looks += 1;
            if looks.is_multiple_of(LOOKS) {
                if since.elapsed() > ANSWER {
                    return Ok(None);
                }
                thread::yield_now();
            }
        }
    }
}
