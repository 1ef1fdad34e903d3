//! Audits: some grains are computed again, by another member, and what came out is compared.
//!
//! A member that computes a grain which is to be audited tells the digest of what came out, before it returns
//! the grain. Another member is asked for its own; where the two differ, a third. Which values count is not
//! decided here: a difference is the end of the run.
//!
//! Like the coordinator this has no clock and sends nothing: events go in, [`Action`]s come out. A member has a
//! few grains ahead at a time, so that those that are fast are asked for more. One that is lost, or does not answer
//! for long, is replaced by others, so that audits end as long as somebody answers. Where nobody else is there, a
//! member is asked to compute its own grains again.

mod members;
#[cfg(test)]
mod tests;

use super::span::Span;
use super::{MemberId, Time};
use members::Members;
use std::collections::{BTreeMap, BTreeSet};

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
        /// In the order in which they came.
        opinions: Vec<Opinion>,
        /// Whose value is known to count.
        counts: Option<MemberId>,
    },
    /// A check failed where failures are expected: nothing is known of the grain.
    Unchecked {
        /// Which.
        grain: u64,
        /// Who failed, and how.
        opinion: Opinion,
    },
    /// That member does not answer in time; others are asked.
    Late {
        /// Who.
        member: MemberId,
        /// With what, for one.
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
    /// Those of which nothing is known, since their checks failed.
    pub unchecked: u64,
}

impl Tally {
    /// Those of another call as well.
    pub fn add(&mut self, other: Tally) {
        self.grains += other.grains;
        self.alone += other.alone;
        self.unchecked += other.unchecked;
    }
}

/// A grain whose audit is not over.
#[derive(Debug)]
struct Open {
    opinions: Vec<Opinion>,
    /// The thread that came to the first.
    thread: u32,
    /// Whose value counts, once it has been returned.
    counts: Option<MemberId>,
    /// Who was asked last and has not answered.
    asked: Option<MemberId>,
}

impl Open {
    fn differs(self, grain: u64) -> Action {
        let (opinions, counts) = (self.opinions, self.counts);
        Action::Differ {
            grain,
            opinions,
            counts,
        }
    }
}

/// The audits of one call.
#[derive(Debug)]
pub struct Audit {
    open: BTreeMap<u64, Open>,
    /// Grains with one opinion that nobody was asked for, by whose it is.
    idle: BTreeMap<MemberId, BTreeSet<u64>>,
    /// Grains with two different opinions that nobody was asked for.
    contested: BTreeSet<u64>,
    members: Members,
    /// Members that the call may have.
    expected: usize,
    /// Checks may fail without meaning anything.
    tolerant: bool,
    /// Nobody else is waited for.
    all_done: bool,
    halted: bool,
    tally: Tally,
}

impl Audit {
    /// Of a call with so many members, of which none is there yet. Where it is `tolerant`, functions may fail.
    pub fn new(members: usize, tolerant: bool) -> Self {
        Audit {
            open: BTreeMap::new(),
            idle: BTreeMap::new(),
            contested: BTreeSet::new(),
            members: Members::default(),
            expected: members,
            tolerant,
            all_done: false,
            halted: false,
            tally: Tally::default(),
        }
    }

    /// A member is there.
    pub fn joined(&mut self, now: Time, member: MemberId, threads: u64, out: &mut Vec<Action>) {
        self.members.join(member, threads);
        self.feed(now, member, out);
        self.resolve(now, out);
    }

    /// A member is gone.
    pub fn lost(&mut self, now: Time, member: MemberId, out: &mut Vec<Action>) {
        for grain in self.members.leave(member) {
            self.put_back(grain, member);
        }
        // What it computed and never returned counts for nothing.
        let mut gone = Vec::new();
        for (&grain, open) in &mut self.open {
            if open.counts != Some(member) && open.opinions.iter().any(|o| o.member == member) {
                open.opinions.retain(|o| o.member != member);
                gone.push(grain);
            }
        }
        for grain in gone {
            self.contested.remove(&grain);
            if let Some(grains) = self.idle.get_mut(&member) {
                grains.remove(&grain);
            }
            match self.open.get(&grain) {
                Some(open) if open.opinions.is_empty() => self.close(grain),
                Some(open) if open.asked.is_none() => self.list(grain),
                _ => {}
            }
        }
        self.go_on(now, out);
    }

    /// A member computed a grain that is to be audited. Another's value `counts` already, or this may be the one.
    pub fn computed(
        &mut self,
        now: Time,
        member: MemberId,
        record: Record,
        counts: bool,
        out: &mut Vec<Action>,
    ) {
        let (grain, thread) = (record.grain, record.thread);
        if self.halted {
            return;
        }
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
            counts: None,
            asked: None,
        };
        self.open.insert(grain, open);
        self.list(grain);
        let other = self.members.free().find(|&other| other != member);
        if let Some(asked) = other.or(self.is_alone().then_some(member)) {
            self.feed(now, asked, out);
        }
    }

    /// What a member returned of these grains counts.
    pub fn returned(&mut self, member: MemberId, span: Span) {
        for (_, open) in self.open.range_mut(span.start..span.end) {
            open.counts = Some(member);
        }
    }

    /// A member computed a grain again.
    pub fn answered(&mut self, now: Time, member: MemberId, record: Record, out: &mut Vec<Action>) {
        let grain = record.grain;
        let opinion = self.opinion(member, record);
        self.members.answered(now, member, grain);
        if let Some(open) = self.open.get_mut(&grain) {
            open.asked.take_if(|asked| *asked == member);
            // One that was late with it is as good as the one that was asked after it.
            self.hear(now, grain, opinion, true, out);
        }
        self.feed(now, member, out);
        self.resolve(now, out);
    }

    /// All grains are done: who is not there yet is not waited for.
    pub fn all_done(&mut self, now: Time, out: &mut Vec<Action>) {
        self.all_done = true;
        self.go_on(now, out);
    }

    /// Nothing more is computed again: what is known to differ is told, the rest is given up.
    pub fn halt(&mut self, out: &mut Vec<Action>) {
        self.halted = true;
        for (grain, open) in std::mem::take(&mut self.open) {
            if open.opinions.len() > 1 {
                out.push(open.differs(grain));
            }
        }
        self.idle.clear();
        self.contested.clear();
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Time, out: &mut Vec<Action>) {
        let late = self.members.late(now);
        if late.is_empty() {
            return;
        }
        for (member, grains) in late {
            for (i, grain) in grains.into_iter().enumerate() {
                if i == 0 {
                    out.push(Action::Late { member, grain });
                }
                self.put_back(grain, member);
            }
        }
        self.go_on(now, out);
    }

    /// Whether no audit is under way.
    pub fn is_over(&self) -> bool {
        self.open.is_empty()
    }

    /// What was found to be right.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Whether members check themselves, as there are no others, or none that answers.
    fn is_alone(&self) -> bool {
        self.expected < 2 || (self.all_done && !self.members.are_several())
    }

    fn opinion(&mut self, member: MemberId, record: Record) -> Opinion {
        self.members.took(record.took);
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
        let same = opinion.outcome == open.opinions[0].outcome;
        let own = open.opinions.iter().any(|o| o.member == opinion.member);
        if own && !asked && (same || open.opinions.len() > 1) {
            // The same member once more, since its lease came to it again: that proves little.
            return;
        }
        let failed = matches!(opinion.outcome, Outcome::Failed(_));
        if failed && self.tolerant && open.opinions.len() == 1 {
            self.tally.unchecked += 1;
            out.push(Action::Unchecked { grain, opinion });
            return self.close(grain);
        }
        if same && open.opinions.len() == 1 {
            self.tally.grains += 1;
            self.tally.alone += u64::from(own);
            return self.close(grain);
        }
        open.opinions.push(opinion);
        if open.opinions.len() > 2 {
            return self.differ(grain, out);
        }
        open.asked = None;
        self.unlist(grain);
        self.list(grain);
        self.resolve(now, out);
    }

    fn differ(&mut self, grain: u64, out: &mut Vec<Action>) {
        self.unlist(grain);
        out.extend(self.open.remove(&grain).map(|open| open.differs(grain)));
    }

    fn close(&mut self, grain: u64) {
        self.unlist(grain);
        self.open.remove(&grain);
    }

    /// Somebody is to be asked for a grain.
    fn list(&mut self, grain: u64) {
        if let Some(open) = self.open.get(&grain) {
            match &open.opinions[..] {
                [one] => self.idle.entry(one.member).or_default().insert(grain),
                _ => self.contested.insert(grain),
            };
        }
    }

    fn unlist(&mut self, grain: u64) {
        self.contested.remove(&grain);
        for opinion in self.open.get(&grain).into_iter().flat_map(|o| &o.opinions) {
            if let Some(grains) = self.idle.get_mut(&opinion.member) {
                grains.remove(&grain);
            }
        }
    }

    /// A member was asked for it, and is not any more.
    fn put_back(&mut self, grain: u64, member: MemberId) {
        let asked = self.open.get_mut(&grain);
        if asked.is_some_and(|open| open.asked.take_if(|asked| *asked == member).is_some()) {
            self.list(grain);
        }
    }

    /// Whoever may be asked for more is.
    fn go_on(&mut self, now: Time, out: &mut Vec<Action>) {
        for member in self.members.free().collect::<Vec<_>>() {
            self.feed(now, member, out);
        }
        self.resolve(now, out);
    }

    /// Asks a member for what others have computed, as long as it may have more ahead.
    fn feed(&mut self, now: Time, member: MemberId, out: &mut Vec<Action>) {
        while !self.halted && self.members.is_free(member) {
            let mut others = self.idle.keys().copied().filter(|&whose| whose != member);
            let whose = others.next().or_else(|| self.is_alone().then_some(member));
            let Some((whose, grains)) = whose.and_then(|w| Some((w, self.idle.get_mut(&w)?)))
            else {
                return;
            };
            match grains.pop_first() {
                Some(grain) => self.ask(now, member, grain, out),
                None => drop(self.idle.remove(&whose)),
            }
        }
    }

    fn ask(&mut self, now: Time, member: MemberId, grain: u64, out: &mut Vec<Action>) {
        let Some(open) = self.open.get_mut(&grain) else {
            return;
        };
        open.asked = Some(member);
        self.members.ask(now, member, grain);
        let own = open.opinions.first().is_some_and(|o| o.member == member);
        let not = own.then_some(open.thread);
        let again = Again { grain, not };
        out.push(Action::Ask { member, again });
    }

    /// A third decides; else the first itself; else nobody.
    fn resolve(&mut self, now: Time, out: &mut Vec<Action>) {
        for grain in self.contested.clone() {
            let Some(open) = self.open.get(&grain) else {
                continue;
            };
            let opined = |member| open.opinions.iter().any(|o| o.member == member);
            let first = open.opinions[0].member;
            let others = self.members.all().any(|member| !opined(member));
            let chosen = match others {
                true => self.members.free().find(|&member| !opined(member)),
                false => self.members.is_free(first).then_some(first),
            };
            match chosen {
                Some(member) => {
                    self.contested.remove(&grain);
                    self.ask(now, member, grain, out);
                }
                // It is busy with others.
                None if others || self.members.answers(first) => {}
                None => self.differ(grain, out),
            }
        }
    }
}
