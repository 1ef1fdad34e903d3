//! Who is there to compute grains again, and what each owes.

use crate::engine::{MILLISECOND, MemberId, SECOND, Time};
use std::collections::{BTreeMap, BTreeSet};

/// A member has this long to answer, on top of what grains take.
const PATIENCE: Time = 2 * SECOND;
/// And so many times what the longest grain took: what it is at comes first.
const LENIENCE: u64 = 4;
/// A member has about so much ahead: long against a round trip, short against the end of a call.
const AHEAD: Time = 20 * MILLISECOND;
/// But never more grains than that.
const MOST: u64 = 1024;

/// Members, and the grains that they were asked for and have not answered.
#[derive(Debug, Default)]
pub struct Members {
    all: BTreeMap<MemberId, Member>,
    /// Those that may be asked for more.
    free: BTreeSet<MemberId>,
    /// Those that owe an answer and are not late.
    owing: BTreeSet<MemberId>,
    /// Who was asked last: the next is asked next.
    last: MemberId,
    /// What the longest grain took.
    longest: Time,
    /// A decaying mean of what grains take.
    mean: Time,
}

#[derive(Debug)]
struct Member {
    threads: u64,
    owes: BTreeSet<u64>,
    /// When it last answered, or was asked when it owed nothing.
    since: Time,
    late: bool,
}

impl Members {
    /// A member is there.
    pub fn join(&mut self, member: MemberId, threads: u64) {
        let new = Member {
            threads,
            owes: BTreeSet::new(),
            since: 0,
            late: false,
        };
        self.all.insert(member, new);
        self.free.insert(member);
    }

    /// A member is gone. Gives what it owed.
    pub fn leave(&mut self, member: MemberId) -> BTreeSet<u64> {
        self.free.remove(&member);
        self.owing.remove(&member);
        let left = self.all.remove(&member);
        left.map(|left| left.owes).unwrap_or_default()
    }

    /// A grain took so long.
    pub fn took(&mut self, time: Time) {
        self.longest = self.longest.max(time);
        self.mean = match self.mean {
            0 => time,
            mean => mean - mean / 16 + time / 16,
        };
    }

    /// Whether there is more than one that is not late.
    pub fn are_several(&self) -> bool {
        self.all().take(2).count() > 1
    }

    /// Those that are not late.
    pub fn all(&self) -> impl Iterator<Item = MemberId> {
        let all = self.all.iter().filter(|(_, of)| !of.late);
        all.map(|(&member, _)| member)
    }

    /// Whether a member is there, and not late.
    pub fn answers(&self, member: MemberId) -> bool {
        self.all.get(&member).is_some_and(|of| !of.late)
    }

    /// Whether a member may be asked for more.
    pub fn is_free(&self, member: MemberId) -> bool {
        self.free.contains(&member)
    }

    /// Members that may be asked for more, beginning after the one that was asked last.
    pub fn free(&self) -> impl Iterator<Item = MemberId> {
        let after = self.free.range(self.last.saturating_add(1)..);
        let before = self.free.range(..=self.last);
        after.chain(before).copied()
    }

    /// A member is asked for a grain.
    pub fn ask(&mut self, now: Time, member: MemberId, grain: u64) {
        let ahead = AHEAD / self.mean.max(1);
        if let Some(of) = self.all.get_mut(&member) {
            if of.owes.is_empty() {
                of.since = now;
            }
            of.owes.insert(grain);
            self.owing.insert(member);
            self.last = member;
            let window = of.threads.max(1) * (2 + ahead);
            if of.owes.len() as u64 >= window.min(MOST) {
                self.free.remove(&member);
            }
        }
    }

    /// A member has answered for a grain.
    pub fn answered(&mut self, now: Time, member: MemberId, grain: u64) {
        let Some(of) = self.all.get_mut(&member) else {
            return;
        };
        (of.since, of.late) = (now, false);
        of.owes.remove(&grain);
        match of.owes.is_empty() {
            true => self.owing.remove(&member),
            false => self.owing.insert(member),
        };
        self.free.insert(member);
    }

    /// Members that have owed answers for too long, each with what it owes; they are asked no more before they
    /// answer.
    pub fn late(&mut self, now: Time) -> Vec<(MemberId, BTreeSet<u64>)> {
        let patience = PATIENCE.saturating_add(LENIENCE.saturating_mul(self.longest));
        let mut late = Vec::new();
        for &member in &self.owing {
            if let Some(of) = self.all.get_mut(&member)
                && now >= of.since.saturating_add(patience)
            {
                of.late = true;
                late.push((member, std::mem::take(&mut of.owes)));
            }
        }
        for (member, _) in &late {
            self.owing.remove(member);
            self.free.remove(member);
        }
        late
    }
}
