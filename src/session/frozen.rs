//! Values that jobs share, on their way to ranks: each goes to a rank once, before the first of its jobs that need it
//! or, where it comes later than these, as soon as it is here.

use super::agent::Post;
use crate::wire::message::{Msg, Seq};
use crate::wire::rope::Rope;
use std::collections::{BTreeMap, BTreeSet};

/// Of one call, by number.
#[derive(Default)]
pub struct Frozen(BTreeMap<u64, Value>);

#[derive(Default)]
struct Value {
    /// None as long as it is on its way here.
    bytes: Option<Rope>,
    /// Ranks that have it, or wait for it.
    ranks: BTreeSet<u32>,
}

impl Frozen {
    /// A value that is from `rank`, which has it.
    pub fn made(&mut self, id: u64, bytes: Rope, rank: u32) {
        let ranks = BTreeSet::from([rank]);
        let bytes = Some(bytes);
        self.0.insert(id, Value { bytes, ranks });
    }

    /// A value has come: ranks that wait for it have it now.
    pub fn arrived(&mut self, seq: Seq, id: u64, bytes: Rope, out: &mut Vec<Post>) {
        let value = self.0.entry(id).or_default();
        let post = |&rank: &u32| (rank, Msg::Frozen(seq, id), bytes.clone());
        out.extend(value.ranks.iter().map(post));
        value.bytes = Some(bytes);
    }

    /// A rank has jobs that need these.
    pub fn needed(&mut self, seq: Seq, rank: u32, ids: &[u64], out: &mut Vec<Post>) {
        for &id in ids {
            let value = self.0.entry(id).or_default();
            if value.ranks.insert(rank)
                && let Some(bytes) = &value.bytes
            {
                out.push((rank, Msg::Frozen(seq, id), bytes.clone()));
            }
        }
    }
}
