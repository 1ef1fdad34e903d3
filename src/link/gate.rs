//! Who is at the door: how many, from where, and who was refused.

use super::failure::Failure;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Refusals that are told at once, before they are counted only.
const BURST: u32 = 10;
/// Then one after so long.
const PACE: Duration = Duration::from_secs(1);

/// How many connections there were, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Let in.
    pub welcome: u64,
    /// With another secret.
    pub secret: u64,
    /// Of another version.
    pub version: u64,
    /// That sent something else.
    pub rubbish: u64,
    /// Too slow, or silent.
    pub slow: u64,
    /// Closed before they were let in.
    pub broken: u64,
    /// Too many at once.
    pub crowd: u64,
    /// That the operating system failed at.
    pub system: u64,
}

impl Counts {
    /// All that were refused.
    pub fn refused(&self) -> u64 {
        let Counts {
            welcome: _,
            secret,
            version,
            rubbish,
            slow,
            broken,
            crowd,
            system,
        } = self;
        secret + version + rubbish + slow + broken + crowd + system
    }

    fn count(&mut self, failure: &Failure) {
        let which = match failure {
            Failure::Secret => &mut self.secret,
            Failure::Version { .. } => &mut self.version,
            Failure::Rubbish | Failure::Damaged | Failure::Nonsense(_) => &mut self.rubbish,
            Failure::Slow(_) => &mut self.slow,
            Failure::Half | Failure::Gone | Failure::Busy => &mut self.broken,
            Failure::Crowd => &mut self.crowd,
            _ => &mut self.system,
        };
        *which += 1;
    }
}

/// A connection that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// From where; not known when the operating system did not give it.
    pub from: Option<SocketAddr>,
    /// Why.
    pub why: Failure,
    /// So many others were refused since the last one that was told.
    pub untold: u64,
}

/// Connections that are not let in yet, and what was counted.
#[derive(Debug, Default)]
pub struct Gate {
    next: u64,
    pending: BTreeMap<u64, (IpAddr, TcpStream)>,
    pub counts: Counts,
    told: u32,
    last: Option<Instant>,
    untold: u64,
}

impl Gate {
    /// Takes note of one at the door; under which number, unless there are too many.
    pub fn enter(
        &mut self,
        from: IpAddr,
        stream: TcpStream,
        most: usize,
        each: usize,
    ) -> Result<u64, Failure> {
        let same = self.pending.values().filter(|(ip, _)| *ip == from).count();
        if self.pending.len() >= most || same >= each {
            return Err(Failure::Crowd);
        }
        self.next += 1;
        self.pending.insert(self.next, (from, stream));
        Ok(self.next)
    }

    /// It is no longer there.
    pub fn leave(&mut self, number: u64) {
        self.pending.remove(&number);
    }

    /// How many are there.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Sends all away.
    pub fn clear(&self) {
        for (_, stream) in self.pending.values() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Counts a refusal; what to tell of it, if anything.
    pub fn refuse(&mut self, from: Option<SocketAddr>, why: Failure) -> Option<Refusal> {
        self.counts.count(&why);
        let now = Instant::now();
        let calm = self.last.is_none_or(|last| now - last >= PACE);
        if calm {
            self.told = self.told.saturating_sub(1);
        }
        if !calm && self.told >= BURST {
            self.untold += 1;
            return None;
        }
        self.told = (self.told + 1).min(BURST);
        self.last = Some(now);
        let untold = std::mem::take(&mut self.untold);
        Some(Refusal { from, why, untold })
    }
}
