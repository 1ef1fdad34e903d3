//! Whether all ranks reach the same calls, and leave main after as many.

use super::{Bye, Lead};
use crate::engine::Time;
use crate::error::Error;
use crate::say;
use crate::session::agent::Post;
use crate::wire::message::{Msg, Place, Seq};
use std::time::Instant;

impl Lead {
    pub(super) fn arrive(
        &mut self,
        rank: u32,
        seq: Seq,
        place: Place,
        now: Time,
        out: &mut Vec<Post>,
    ) {
        if self.late[rank as usize] {
            return;
        }
        let guest = self.is_guest(rank);
        // It is out of what it was stuck in.
        self.stuck[rank as usize] = None;
        if let Some(bye) = self.byes[0].as_ref().filter(|b| b.calls <= seq) {
            if !bye.text.is_empty() || guest {
                // Rank 0 left because of an error, which says more and is about to end the run.
                return;
            }
            let text = format!(
                "ranks are out of step: {} reached {}, but rank 0 has left main after {} call(s)",
                self.name(rank),
                place.text,
                bye.calls
            );
            return self.stop(&Error::OutOfStep(text), out);
        }
        let mine = self
            .calls
            .get(&seq)
            .map(|c| &c.spec.place)
            .or_else(|| self.ended.get(&seq).map(|e| &e.place));
        let Some(mine) = mine else {
            if seq >= self.begun {
                self.early.entry(seq).or_default().push((rank, place));
            }
            return;
        };
        if *mine != place && guest {
            let mine = mine.text.clone();
            return self.dismiss_stray(rank, &place, &mine);
        }
        if *mine != place {
            let text = format!(
                "ranks are out of step: {} reached {} where rank 0 reached {} (call {seq})",
                self.name(rank),
                place.text,
                match mine.text == place.text {
                    true => "it with another grain, schedule, setting or type",
                    false => &mine.text,
                }
            );
            return self.stop(&Error::OutOfStep(text), out);
        }
        if let Some(call) = self.calls.get_mut(&seq) {
            call.join(now, rank, out);
        } else if let Some(ended) = self.ended.get_mut(&seq) {
            ended.told[rank as usize] = true;
            let since = now.saturating_sub(ended.done);
            out.push((rank, Msg::End(seq, since), ended.result.clone()));
            if !ended.told.contains(&false) && !self.keeps_answers() {
                self.ended.remove(&seq);
            }
        }
    }

    pub(super) fn bye(&mut self, rank: u32, bye: Bye, now: Time, out: &mut Vec<Post>) {
        let (calls, code, text) = (bye.calls, bye.code, bye.text.clone());
        self.byes[rank as usize] = Some(bye);
        self.stuck[rank as usize] = None;
        if self.stopping.is_some() || self.exit.is_some() {
            return;
        }
        if self.is_guest(rank) {
            if !text.is_empty() {
                self.dismiss(rank, format!("it failed: {text}"));
            }
            return;
        }
        if !text.is_empty() {
            // Ranks mostly meet the same error together; only one of them is to tell it.
            let own = rank == 0;
            let text = if own {
                text
            } else {
                format!("{}: {text}", self.name(rank))
            };
            if own {
                say::error(&text);
            }
            let told = (!own).then_some(text);
            match &mut self.failing {
                Some((_, c, t)) if own => (*c, *t) = (code, told),
                Some(_) => {}
                None => self.failing = Some((Instant::now(), code, told)),
            }
            return;
        }
        if rank == 0 {
            let other = (1..self.ranks).find(|&r| {
                self.byes[r]
                    .as_ref()
                    .is_some_and(|b| b.calls != calls && b.text.is_empty())
            });
            let early = self.early.iter().next_back().and_then(|(seq, who)| {
                let own = |(rank, _): &&(u32, Place)| (*rank as usize) < self.ranks;
                Some((*seq, who.iter().find(own)?.clone()))
            });
            if let Some((seq, (r, place))) = early.filter(|(seq, _)| *seq >= calls) {
                self.arrive(r, seq, place, now, out);
            } else if let Some(r) = other {
                let n = self.byes[r].as_ref().map_or(0, |b| b.calls);
                let text = format!(
                    "ranks are out of step: {} left main after {n} call(s), rank 0 after {calls}",
                    self.name(r as u32)
                );
                self.stop(&Error::OutOfStep(text), out);
            }
        } else if self.begun > calls {
            let place = self.calls.get(&calls).map(|c| c.spec.place.clone());
            let place = place.or_else(|| self.ended.get(&calls).map(|e| e.place.clone()));
            let place = place.unwrap_or(Place {
                fingerprint: 0,
                text: format!("call {calls}"),
            });
            self.left_early(rank, &place, out);
        }
    }

    pub(super) fn left_early(&mut self, rank: u32, place: &Place, out: &mut Vec<Post>) {
        let bye = self.byes[rank as usize].as_ref();
        if bye.is_some_and(|b| !b.text.is_empty()) {
            // It left because of an error, which says more.
            return;
        }
        let calls = bye.map_or(0, |b| b.calls);
        let text = format!(
            "ranks are out of step: {} has left main after {calls} call(s), but rank 0 reached {}",
            self.name(rank),
            place.text
        );
        self.stop(&Error::OutOfStep(text), out);
    }
}
