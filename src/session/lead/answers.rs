//! Results of calls that are over, for ranks that have not come so far.

use super::Lead;
use crate::engine::Time;
use crate::session::agent::Post;
use crate::wire::message::{Msg, Place, Seq};
use crate::wire::rope::Rope;

/// Answers that not every rank has got are kept up to this size: beyond it, those of stuck ranks are
/// dropped, and rank 0's main waits for the others.
pub(super) const KEPT: u64 = 64 << 20;

/// A call that is over; kept until every rank has its answer.
pub(super) struct Ended {
    pub(super) place: Place,
    pub(super) result: Rope,
    pub(super) told: Vec<bool>,
    /// When all its grains were done.
    pub(super) done: Time,
}

impl Lead {
    /// Rank 0's main has the result of a call: everybody gets it.
    pub fn result(&mut self, seq: Seq, result: Rope, now: Time, out: &mut Vec<Post>) {
        let Some(call) = self.calls.get_mut(&seq) else {
            return;
        };
        let tally = call.audited(now, out);
        if call.is_wrong() {
            // What is said of it ends the run.
            return;
        }
        if let Some(tally) = tally {
            self.audited.get_or_insert_default().add(tally);
        }
        let Some(call) = self.calls.remove(&seq) else {
            return;
        };
        self.ending = call.deadline.map(|at| (call.spec.clone(), at));
        let mut told = vec![false; self.threads.len()];
        let done = call.done().unwrap_or(now);
        let over = Msg::End(seq, now.saturating_sub(done));
        self.held_up = Some((seq, result.clone()));
        told[0] = true;
        (1..told.len()).for_each(|r| told[r] = self.presence.is_given_up(r as u32));
        for &rank in call.joined.iter().filter(|&&rank| rank > 0) {
            told[rank as usize] = true;
            out.push((rank, over.clone(), result.clone()));
        }
        if told.contains(&false) || self.keeps_answers() {
            self.ended.insert(
                seq,
                Ended {
                    place: call.spec.place.clone(),
                    result,
                    told,
                    done,
                },
            );
        }
        self.forget_answers();
        self.forget_for_guests();
    }

    /// Bytes of answers that ranks have not got; those of guests wait for nobody.
    pub(super) fn kept(&self) -> u64 {
        let wanted = |e: &&Ended| e.told[..self.ranks].contains(&false);
        self.ended
            .values()
            .filter(wanted)
            .map(|e| e.result.len())
            .sum()
    }

    /// Drops answers for which only stuck ranks might still come, the oldest first, when they get too many.
    pub(super) fn forget_answers(&mut self) {
        let mut size = self.kept();
        let (stuck, ranks) = (&self.stuck, self.ranks);
        let only_stuck = |e: &Ended| {
            let told = &e.told[..ranks];
            told.contains(&false) && (0..ranks).all(|r| told[r] || stuck[r].is_some())
        };
        while size > KEPT
            && let Some((&seq, _)) = self
                .ended
                .iter()
                .find(|(_, e)| e.told[..ranks].contains(&false))
            && only_stuck(&self.ended[&seq])
            && let Some(gone) = self.ended.remove(&seq)
        {
            size -= gone.result.len();
            for (rank, told) in gone.told.iter().enumerate() {
                self.late[rank] |= !told;
            }
        }
    }
}
