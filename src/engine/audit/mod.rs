//! Audits: some grains are computed again, by another member, and what came out is compared.
//!
//! A member that computes a grain which is to be audited tells the digest of what came out, before it returns
//! the grain. Another member is asked for its own; where the two differ, a third. Which values count is not
//! decided here: a difference is the end of the run.
//!
//! Like the coordinator this has no clock and sends nothing: events go in, [`Action`]s come out. A member that
//! is lost or late is replaced by another, so that an audit ends as long as somebody answers. Where nobody
//! else is there, a member is asked to compute its own grain again.

mod loads;
#[cfg(test)]
mod tests;

use super::{MemberId, SECOND, Time};
use loads::Loads;
use std::collections::{BTreeMap, BTreeSet};

/// A member has this long on top of what grains take.
const PATIENCE: Time = 2 * SECOND;
/// So many times what the longest grain took, for each that it has ahead.
const LENIENCE: u64 = 4;

/// What came out of a grain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A value with that SHA-256 of its encoding.
    Digest([u8; 32]),
    /// A panic or an error.
    Failed(String),
}

/// One member's result for a grain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// Whose.
    pub member: MemberId,
    /// What came out there.
    pub outcome: Outcome,
}

/// What came out of a grain that is audited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which.
    pub grain: u64,
    /// On which thread of the member.
    pub thread: u32,
    /// What.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Time,
}

/// A grain to be computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// Which.
    pub grain: u64,
    /// Not on this thread, if there is another.
    pub not: Option<u32>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// That member is to compute a grain again.
    Ask {
        /// Who.
        member: MemberId,
        /// What.
        again: Again,
    },
    /// Members do not agree: two opinions, and a third where there was somebody to ask.
    Differ {
        /// On what.
        grain: u64,
        /// The one that counts first.
        opinions: Vec<Opinion>,
    },
    /// That member does not answer in time; another is asked.
    Late {
        /// Who.
        member: MemberId,
        /// With what.
        grain: u64,
    },
}

/// How many grains were found to be right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub grains: u64,
    /// Those that the same member computed again, as there was no other.
    pub alone: u64,
}

impl Tally {
    /// Those of another call as well.
    pub fn add(&mut self, other: Tally) {
        self.grains += other.grains;
        self.alone += other.alone;
    }
}

/// A grain whose audit is not over.
#[derive(Debug)]
struct Open {
    /// The first is the one that counts.
    opinions: Vec<Opinion>,
    /// The thread that came to the first.
    thread: u32,
    /// Who was asked last, and until when there is patience.
    asked: Option<(MemberId, Time)>,
    /// Members that did not answer in time.
    late: BTreeSet<MemberId>,
}

/// The audits of one call.
#[derive(Debug)]
pub struct Audit {
    open: BTreeMap<u64, Open>,
    /// Those of them that nobody was asked for.
    idle: BTreeSet<u64>,
    loads: Loads,
    /// Members that the call may have.
    members: usize,
    /// Nobody else is waited for.
    all_done: bool,
    /// What the longest grain took.
    longest: Time,
    tally: Tally,
}

impl Audit {
    /// Of a call with so many members, of which none is there yet.
    pub fn new(members: usize) -> Self {
        Audit {
            open: BTreeMap::new(),
            idle: BTreeSet::new(),
            loads: Loads::default(),
            members,
            all_done: false,
            longest: 0,
            tally: Tally::default(),
        }
    }

    /// A member is there.
    pub fn joined(&mut self, now: Time, member: MemberId, threads: u64, out: &mut Vec<Action>) {
        self.loads.join(member, threads);
        self.ask_idle(now, out);
    }

    /// A member is gone.
    pub fn lost(&mut self, now: Time, member: MemberId, out: &mut Vec<Action>) {
        self.loads.leave(member);
        for (&grain, open) in &mut self.open {
            if open.asked.take_if(|(asked, _)| *asked == member).is_some() {
                self.idle.insert(grain);
            }
        }
        self.ask_idle(now, out);
    }

    /// A member computed a grain that is to be audited. What another came to before `counts` already, or this is
    /// the first.
    pub fn computed(
        &mut self,
        now: Time,
        member: MemberId,
        record: Record,
        counts: bool,
        out: &mut Vec<Action>,
    ) {
        let (grain, thread) = (record.grain, record.thread);
        let opinion = self.opinion(member, record);
        if self.open.contains_key(&grain) {
            return self.hear(now, grain, opinion, false, out);
        }
        if counts {
            // Another's counts, and was found to be right.
            return;
        }
        let open = Open {
            opinions: vec![opinion],
            thread,
            asked: None,
            late: BTreeSet::new(),
        };
        self.open.insert(grain, open);
        self.idle.insert(grain);
        self.ask(now, grain, out);
    }

    /// A member computed a grain again.
    pub fn answered(&mut self, now: Time, member: MemberId, record: Record, out: &mut Vec<Action>) {
        let grain = record.grain;
        let opinion = self.opinion(member, record);
        self.loads.answered(member);
        if let Some(open) = self.open.get_mut(&grain) {
            let asked = open.asked.take_if(|(asked, _)| *asked == opinion.member);
            // One that was late with it is as good as the one that was asked after it.
            self.hear(now, grain, opinion, asked.is_some(), out);
        }
    }

    /// All grains are done: who is not there yet is not waited for.
    pub fn all_done(&mut self, now: Time, out: &mut Vec<Action>) {
        self.all_done = true;
        self.ask_idle(now, out);
    }

    /// Whether members check themselves, as there are no others.
    fn is_alone(&self) -> bool {
        self.members < 2 || (self.all_done && self.loads.count() < 2)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Time, out: &mut Vec<Action>) {
        let mut late = Vec::new();
        for (&grain, open) in &mut self.open {
            if let Some((member, _)) = open.asked.take_if(|(_, until)| now >= *until) {
                late.push(grain);
                open.late.insert(member);
                out.push(Action::Late { member, grain });
            }
        }
        self.idle.extend(&late);
        for grain in late {
            self.ask(now, grain, out);
        }
    }

    /// Whether no audit is under way.
    pub fn is_over(&self) -> bool {
        self.open.is_empty()
    }

    /// What was found to be right.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    fn opinion(&mut self, member: MemberId, record: Record) -> Opinion {
        self.longest = self.longest.max(record.took);
        let outcome = record.outcome;
        Opinion { member, outcome }
    }

    fn hear(
        &mut self,
        now: Time,
        grain: u64,
        opinion: Opinion,
        asked: bool,
        out: &mut Vec<Action>,
    ) {
        let Some(open) = self.open.get_mut(&grain) else {
            return;
        };
        let first = &open.opinions[0];
        let own = open.opinions.iter().any(|o| o.member == opinion.member);
        if open.opinions.len() == 1 && opinion.outcome == first.outcome {
            if own && !asked {
                // The same member once more, since its lease came to it again: that proves little.
                return;
            }
            self.tally.grains += 1;
            self.tally.alone += u64::from(own);
            return self.close(grain);
        }
        open.opinions.push(opinion);
        if open.opinions.len() < 3 {
            open.asked = None;
            self.idle.insert(grain);
            self.ask(now, grain, out);
        } else {
            let opinions = std::mem::take(&mut open.opinions);
            out.push(Action::Differ { grain, opinions });
            self.close(grain);
        }
    }

    fn close(&mut self, grain: u64) {
        self.open.remove(&grain);
        self.idle.remove(&grain);
    }

    fn ask_idle(&mut self, now: Time, out: &mut Vec<Action>) {
        for grain in self.idle.clone() {
            self.ask(now, grain, out);
        }
    }

    /// Asks a member that has no opinion; where there is none, and none to wait for, the first.
    fn ask(&mut self, now: Time, grain: u64, out: &mut Vec<Action>) {
        let alone = self.is_alone();
        let Some(open) = self.open.get_mut(&grain) else {
            return;
        };
        let opined = |member| open.opinions.iter().any(|o| o.member == member);
        let others = |member| !opined(member) && !open.late.contains(&member);
        let first = open.opinions[0].member;
        // A difference that is there already does not wait for those who may come.
        let own = alone || open.opinions.len() > 1 || !open.late.is_empty();
        let chosen = self
            .loads
            .least(others)
            .or_else(|| self.loads.least(|member| own && member == first))
            .or_else(|| self.loads.least(|member| own && !opined(member)));
        let Some(member) = chosen else {
            if own && open.opinions.len() > 1 {
                // Nobody is left to be asked.
                let opinions = std::mem::take(&mut open.opinions);
                out.push(Action::Differ { grain, opinions });
                self.close(grain);
            }
            return;
        };
        self.idle.remove(&grain);
        let ahead = self.loads.ask(member);
        // Each time that somebody is late there is more patience.
        let patience = PATIENCE + LENIENCE.saturating_mul(self.longest).saturating_mul(ahead);
        let patience = patience.saturating_mul(1 << open.late.len().min(20));
        open.asked = Some((member, now.saturating_add(patience)));
        let not = (member == first).then_some(open.thread);
        let again = Again { grain, not };
        out.push(Action::Ask { member, again });
    }
}
