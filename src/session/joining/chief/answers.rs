//! Results of calls that are over, for ranks of this job that have not come so far.

use super::Chief;
use crate::session::agent::Post;
use crate::wire::message::{Msg, Place, Seq};
use crate::wire::rope::Rope;

/// Answers that not every rank has got are kept up to this size. Beyond it, ranks that still lack the oldest are left
/// behind: their part in the run is over.
const KEPT: u64 = 64 << 20;

/// A call that is over.
pub(super) struct Ended {
    pub(super) place: Place,
    result: Rope,
    told: Vec<bool>,
}

impl Chief {
    /// The run has the result of a call: every rank gets it.
    pub(super) fn ended(&mut self, seq: Seq, since: u64, result: Rope, out: &mut Vec<Post>) {
        let Some(call) = self.calls.remove(&seq) else {
            return;
        };
        let waits = |rank: usize| !self.is_out(rank as u32);
        let mut told: Vec<bool> = (0..self.threads.len()).map(|rank| !waits(rank)).collect();
        for rank in call.ranks() {
            told[rank as usize] = true;
            out.push((rank, Msg::End(seq, since), result.clone()));
        }
        if told.contains(&false) {
            let place = call.spec.place.clone();
            let ended = Ended {
                place,
                result,
                told,
            };
            self.ended.insert(seq, ended);
            self.forget_answers();
        }
    }

    /// A rank has come to a call that is over.
    pub(super) fn answer(&mut self, rank: u32, seq: Seq, out: &mut Vec<Post>) {
        let Some(ended) = self.ended.get_mut(&seq) else {
            return;
        };
        ended.told[rank as usize] = true;
        out.push((rank, Msg::End(seq, 0), ended.result.clone()));
        self.ended.retain(|_, ended| ended.told.contains(&false));
    }

    /// Nobody waits for that rank any more.
    pub(super) fn forget_rank(&mut self, rank: u32) {
        for ended in self.ended.values_mut() {
            ended.told[rank as usize] = true;
        }
        self.ended.retain(|_, ended| ended.told.contains(&false));
    }

    fn forget_answers(&mut self) {
        while self.ended.values().map(|e| e.result.len()).sum::<u64>() > KEPT
            && let Some((_, oldest)) = self.ended.first_key_value()
        {
            let missing = |(rank, told): (usize, &bool)| (!told).then_some(rank as u32);
            let late: Vec<u32> = oldest.told.iter().enumerate().filter_map(missing).collect();
            for rank in late {
                self.late.insert(rank);
                self.forget_rank(rank);
            }
        }
    }
}
