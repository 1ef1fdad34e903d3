//! Which ranks are there, as rank 0 sees it.
//!
//! Every rank's comm thread answers, whatever the user's code is at, so one that does not is dead or stands
//! still. Few MPI libraries tell, so silence does; of ranks on the same machine the system says it sooner.

use crate::comm::process::{Process, State};
use std::time::{Duration, Instant};

/// Without a word for this long, ask whether it is there.
const PING: Duration = Duration::from_secs(2);
/// Without a word for this long although it was asked, something is the matter: worth a word where the run
/// ends anyway.
const ODD: Duration = Duration::from_secs(3);
/// Without a word for this long, people are told, and it is given up once somebody waits for it.
const SILENCE: Duration = Duration::from_secs(10);
/// A launcher that does not let the others live has ended them by then.
const DEAD: Duration = Duration::from_millis(700);
/// How often the system is asked.
const LOOK: Duration = Duration::from_millis(100);
/// A pause of this process itself is not silence of the others.
const LONGEST_STEP: Duration = Duration::from_millis(50);

/// Why a rank is given up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Its process is over.
    Died,
    /// It has not said a word for so long.
    Silent(Duration),
}

impl Loss {
    /// For people: what has become of the rank of that name.
    pub fn told(self, name: &str) -> String {
        match self {
            Loss::Died => format!("{name} has died"),
            Loss::Silent(time) => {
                let seconds = time.as_secs();
                format!("{name} has not answered for {seconds} s, so it is dead or stands still")
            }
        }
    }
}

/// What is to be done about ranks, after a look at them.
#[derive(Debug, Default)]
pub struct Seen {
    /// To be asked whether they are there.
    pub pings: Vec<u32>,
    /// Silent for so long, while nobody waits for them; said once.
    pub silent: Vec<(u32, Duration)>,
    /// Not silent any more, which had been said.
    pub back: Vec<u32>,
    /// To be given up.
    pub losses: Vec<(u32, Loss)>,
}

/// What is known of all ranks.
#[derive(Debug)]
pub struct Presence {
    ranks: Vec<Rank>,
    /// How long this process has been awake.
    awake: Duration,
    stepped: Instant,
    looked: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Rank {
    /// When it was last heard.
    heard: Duration,
    pinged: bool,
    /// People know that it is silent.
    told: bool,
    /// If it is on this machine.
    process: Option<Process>,
    /// Since when its process has been over.
    dead: Option<Duration>,
    given_up: bool,
}

impl Rank {
    fn new(process: Option<Process>) -> Self {
        Rank {
            heard: Duration::ZERO,
            pinged: false,
            told: false,
            process,
            dead: None,
            given_up: false,
        }
    }
}

impl Presence {
    /// Ranks with these processes, where they are seen from here.
    pub fn new(processes: Vec<Option<Process>>) -> Self {
        Presence {
            ranks: processes.into_iter().map(Rank::new).collect(),
            awake: Duration::ZERO,
            stepped: Instant::now(),
            looked: Duration::ZERO,
        }
    }

    /// One more is there.
    pub fn admit(&mut self) {
        let heard = self.awake;
        self.ranks.push(Rank {
            heard,
            ..Rank::new(None)
        });
    }

    /// It leaves, and nobody waits for it.
    pub fn leave(&mut self, rank: u32) {
        self.ranks[rank as usize].given_up = true;
    }

    /// A rank said something.
    pub fn heard(&mut self, rank: u32) {
        let awake = self.awake;
        let rank = &mut self.ranks[rank as usize];
        (rank.heard, rank.pinged) = (awake, false);
    }

    /// The MPI library says that a rank is dead.
    pub fn died(&mut self, rank: u32) {
        let awake = self.awake;
        if let Some(of) = self.ranks.get_mut(rank as usize) {
            of.dead.get_or_insert(awake);
        }
    }

    /// Nobody waits for it any more.
    pub fn is_given_up(&self, rank: u32) -> bool {
        self.ranks[rank as usize].given_up
    }

    /// Time has passed. Ranks that are silent are given up only if somebody `waits`.
    pub fn tick(&mut self, waits: bool) -> Seen {
        let now = Instant::now();
        let step = (now - self.stepped).min(LONGEST_STEP);
        self.stepped = now;
        self.pass(step, waits)
    }

    fn pass(&mut self, step: Duration, waits: bool) -> Seen {
        self.awake += step;
        let look = self.awake >= self.looked + LOOK;
        if look {
            self.looked = self.awake;
        }
        let mut seen = Seen::default();
        // Rank 0 is this one.
        for (rank, of) in (0u32..).zip(&mut self.ranks).skip(1) {
            if of.given_up {
                continue;
            }
            if look && of.dead.is_none() && of.process.is_some_and(|p| p.state() == State::Gone) {
                of.dead = Some(self.awake);
            }
            let silent = self.awake - of.heard;
            if of.dead.is_some_and(|since| self.awake >= since + DEAD) {
                seen.losses.push((rank, Loss::Died));
            } else if silent >= SILENCE && waits && of.pinged {
                seen.losses.push((rank, Loss::Silent(silent)));
            } else if silent >= SILENCE && of.pinged && !of.told {
                of.told = true;
                seen.silent.push((rank, silent));
            } else if silent >= PING && !of.pinged {
                of.pinged = true;
                seen.pings.push(rank);
            } else if silent < PING && of.told {
                of.told = false;
                seen.back.push(rank);
            }
        }
        for &(rank, _) in &seen.losses {
            self.ranks[rank as usize].given_up = true;
        }
        seen
    }

    /// Ranks that do not answer, of which nobody has been told, each with how long; told from now on.
    pub fn unanswered(&mut self) -> Vec<(u32, Duration)> {
        let mut found = Vec::new();
        for (rank, of) in (0u32..).zip(&mut self.ranks).skip(1) {
            let silent = self.awake - of.heard;
            if silent >= ODD && of.pinged && !of.told && !of.given_up {
                of.told = true;
                found.push((rank, silent));
            }
        }
        found
    }

    /// Whether the process is known to be over.
    pub fn is_dead(&self, rank: u32) -> bool {
        let of = &self.ranks[rank as usize];
        of.dead.is_some() || of.process.is_some_and(|p| p.state() == State::Gone)
    }

    /// Whether its process is seen from here.
    pub fn is_here(&self, rank: u32) -> bool {
        self.ranks[rank as usize].process.is_some()
    }

    /// Ends a stop, where that can be done from here: the run is over, and the rank is to leave.
    pub fn resume(&self, rank: u32) {
        let process = self.ranks[rank as usize].process;
        if let Some(stopped) = process.filter(|p| p.state() == State::Stopped) {
            stopped.resume();
        }
    }

    /// Ends its process, where that can be done from here.
    pub fn kill(&self, rank: u32) {
        if let Some(process) = self.ranks[rank as usize].process {
            process.kill();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many seconds pass, with nothing heard. What there was to tell: ranks by second.
    fn pass(presence: &mut Presence, seconds: u32, waits: bool) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
        let (mut silent, mut back, mut lost) = Default::default();
        for _ in 0..seconds * 20 {
            let seen = presence.pass(LONGEST_STEP, waits);
            Vec::extend(&mut silent, seen.silent.into_iter().map(|(rank, _)| rank));
            Vec::extend(&mut back, seen.back);
            Vec::extend(&mut lost, seen.losses.into_iter().map(|(rank, _)| rank));
        }
        (silent, back, lost)
    }

    #[test]
    fn silence_is_told_once_though_nobody_waits() {
        let mut presence = Presence::new(vec![None; 3]);
        assert_eq!(pass(&mut presence, 9, false), (vec![], vec![], vec![]));
        presence.heard(1);
        assert_eq!(pass(&mut presence, 2, false), (vec![2], vec![], vec![]));
        assert_eq!(pass(&mut presence, 5, false), (vec![], vec![], vec![]));
        presence.heard(1);
        presence.heard(2);
        assert_eq!(pass(&mut presence, 1, false), (vec![], vec![2], vec![]));
        assert_eq!(pass(&mut presence, 10, true), (vec![], vec![], vec![1, 2]));
    }

    #[test]
    fn at_a_stop_a_shorter_silence_is_worth_a_word() {
        let mut presence = Presence::new(vec![None; 3]);
        pass(&mut presence, 2, false);
        presence.heard(1);
        assert_eq!(presence.unanswered(), []);
        pass(&mut presence, 2, false);
        let ranks = |found: Vec<(u32, Duration)>| found.iter().map(|&(r, _)| r).collect::<Vec<_>>();
        assert_eq!(ranks(presence.unanswered()), [2]);
        assert_eq!(ranks(presence.unanswered()), [0; 0]);
    }
}
