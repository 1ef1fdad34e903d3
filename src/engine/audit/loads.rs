//! Who has how many grains to compute again, for each of its threads.

use crate::engine::MemberId;
use std::collections::{BTreeMap, BTreeSet};

/// Members, ordered by what they have ahead.
#[derive(Debug, Default)]
pub struct Loads {
    members: BTreeMap<MemberId, Load>,
    /// By grains ahead of a thousand threads.
    order: BTreeSet<(u64, MemberId)>,
}

#[derive(Clone, Copy, Debug)]
struct Load {
    threads: u64,
    ahead: u64,
}

impl Load {
    fn place(&self) -> u64 {
        self.ahead.saturating_mul(1000) / self.threads.max(1)
    }
}

impl Loads {
    /// A member is there.
    pub fn join(&mut self, member: MemberId, threads: u64) {
        self.change(member, |_| Some(Load { threads, ahead: 0 }));
    }

    /// A member is gone.
    pub fn leave(&mut self, member: MemberId) {
        self.change(member, |_| None);
    }

    /// A member is asked for a grain. Returns how many each of its threads has ahead now, rounded up.
    pub fn ask(&mut self, member: MemberId) -> u64 {
        let more = |load: Load| {
            let ahead = load.ahead + 1;
            Load { ahead, ..load }
        };
        self.change(member, |load| load.map(more));
        let load = self.members.get(&member);
        load.map_or(1, |load| load.ahead.div_ceil(load.threads.max(1)))
    }

    /// A member has answered for a grain.
    pub fn answered(&mut self, member: MemberId) {
        let fewer = |load: Load| {
            let ahead = load.ahead.saturating_sub(1);
            Load { ahead, ..load }
        };
        self.change(member, |load| load.map(fewer));
    }

    /// The member with the least ahead among those that `may`.
    pub fn least(&self, may: impl Fn(MemberId) -> bool) -> Option<MemberId> {
        let mut members = self.order.iter().map(|&(_, member)| member);
        members.find(|&member| may(member))
    }

    /// How many members there are.
    pub fn count(&self) -> usize {
        self.members.len()
    }

    fn change(&mut self, member: MemberId, change: impl FnOnce(Option<Load>) -> Option<Load>) {
        let old = self.members.remove(&member);
        if let Some(load) = old {
            self.order.remove(&(load.place(), member));
        }
        if let Some(load) = change(old) {
            self.order.insert((load.place(), member));
            self.members.insert(member, load);
        }
    }
}
