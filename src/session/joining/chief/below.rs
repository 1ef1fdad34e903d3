//! What ranks of the job say to its rank 0.

use super::{ANSWERS, Chief};
use crate::engine::Time;
use crate::error::Error;
use crate::session::agent::Post;
use crate::wire::message::{Msg, Place, Seq};
use crate::wire::rope::Rope;
use std::time::Instant;

impl Chief {
    /// A message from a rank, rank 0 included.
    ///
    /// # Errors
    /// When what is passed on is too long.
    pub fn receive(
        &mut self,
        from: u32,
        msg: Msg,
        body: Rope,
        now: Time,
        out: &mut Vec<Post>,
    ) -> Result<(), Error> {
        if self.presence.is_given_up(from) && msg != Msg::Ping {
            // It is back, too late: it leaves with the others.
            return Ok(());
        }
        match msg {
            Msg::Arrive(seq, place) => self.arrive(from, seq, &place, out),
            Msg::Ask {
                seq,
                rate,
                backlog,
                lease,
            } => self.with_call(seq, |call, up| {
                call.asked(now, (from, lease), (rate, backlog), out, up);
            }),
            Msg::Return { seq, done, hit } => self.with_call(seq, |call, up| {
                call.returned(now, from, &done, (hit, body), out, up);
            }),
            Msg::GiveBack { seq, lease, back } => self.with_call(seq, |call, up| {
                call.change(out, up, |sub, out| {
                    sub.gave_back(now, from, lease, &back, out)
                });
            }),
            Msg::Failed { seq, jobs } => self.with_call(seq, |call, up| {
                for (lease, spans) in jobs {
                    call.change(out, up, |sub, out| {
                        sub.failed(now, from, lease, &spans, out)
                    });
                }
            }),
            Msg::Halted(seq, returns) => {
                self.with_call(seq, |call, _| call.rank_halted(from, returns))
            }
            // The run knows what is to come of these. What was audited it hears of before it is done.
            Msg::Aside(..) | Msg::Computed(..) | Msg::Checked(..) | Msg::Look => self.say(&msg),
            Msg::Stuck(..) | Msg::Endless(..) | Msg::Left(_) => self.say(&msg),
            Msg::Fail(seq, text) => {
                self.fail(Msg::Fail(seq, format!("{}, {text}", self.name(from))))
            }
            Msg::Bye { calls, code, text } => {
                self.byes.insert(from);
                if !text.is_empty() {
                    let text = format!("{}: {text}", self.name(from));
                    return self.fail(Msg::Bye { calls, code, text });
                }
                self.consider_bye()
            }
            Msg::Told(text) => {
                if let Some((_, told)) = &mut self.look {
                    told[from as usize] = Some(text);
                }
                self.tell_look()
            }
            Msg::Ping => {
                out.push((from, Msg::Pong, Rope::new()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Part of a message from a rank.
    pub fn heard(&mut self, from: u32, now: Time) {
        self.presence.heard(from);
        for call in self.calls.values_mut() {
            call.heard(now, from);
        }
    }

    pub(super) fn arrive(
        &mut self,
        rank: u32,
        seq: Seq,
        place: &Place,
        out: &mut Vec<Post>,
    ) -> Result<(), Error> {
        if self.is_out(rank) {
            return Ok(());
        }
        let mine = self.calls.get(&seq).map(|call| &call.spec.place);
        let Some(mine) = mine.or_else(|| self.ended.get(&seq).map(|ended| &ended.place)) else {
            if seq >= self.begun {
                self.early
                    .entry(seq)
                    .or_default()
                    .push((rank, place.clone()));
            }
            return Ok(());
        };
        if mine != place {
            let text = format!(
                "its ranks are out of step: {} reached {} where its rank 0 reached {}",
                self.name(rank),
                place.text,
                mine.text
            );
            return self.fail(Msg::Fail(seq, text));
        }
        if let Some(call) = self.calls.get_mut(&seq) {
            call.join(rank, out);
        } else {
            self.answer(rank, seq, out);
        }
        Ok(())
    }

    /// Something failed here, which is told once: it ends the visit.
    fn fail(&mut self, msg: Msg) -> Result<(), Error> {
        match std::mem::replace(&mut self.told_bye, true) {
            true => Ok(()),
            false => self.say(&msg),
        }
    }

    /// When main has returned on all ranks, the run hears it.
    pub(super) fn consider_bye(&mut self) -> Result<(), Error> {
        let over = |rank| self.byes.contains(&rank) || self.is_out(rank);
        let all = (0..self.threads.len() as u32).all(over);
        if all && !std::mem::replace(&mut self.told_bye, true) {
            let (calls, code, text) = (self.begun, 0, String::new());
            return self.say(&Msg::Bye { calls, code, text });
        }
        Ok(())
    }

    /// The run hears what all ranks are at, once they have told or it is time.
    pub(super) fn tell_look(&mut self) -> Result<(), Error> {
        let Some((since, told)) = &self.look else {
            return Ok(());
        };
        if told.contains(&None) && since.elapsed() < ANSWERS {
            return Ok(());
        }
        let at = |(rank, told): (usize, &Option<String>)| {
            let text = told.as_deref().unwrap_or("does not answer");
            format!("its rank {rank}: {text}")
        };
        let all: Vec<String> = told.iter().enumerate().map(at).collect();
        self.look = None;
        self.say(&Msg::Told(all.join("; ")))
    }

    /// The run wants to know what ranks are at.
    pub(super) fn look(&mut self, out: &mut Vec<Post>) {
        let ranks = self.threads.len();
        self.look = Some((Instant::now(), vec![None; ranks]));
        out.extend((0..ranks as u32).map(|rank| (rank, Msg::Tell, Rope::new())));
    }
}
