//! What the run says to a job of several ranks.

use super::{Chief, Verdict};
use crate::comm::mail::Arrival;
use crate::engine::Time;
use crate::error::Error;
use crate::session::agent::Post;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;

impl Chief {
    /// Deals with the next thing that the run says. Gives what it decided, if so, or that there was nothing.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn hear(&mut self, now: Time, out: &mut Vec<Post>) -> Result<Heard, Error> {
        match self.up.receive()? {
            None => Ok(Heard::Nothing),
            Some(Arrival::Part(_)) => Ok(Heard::Something),
            Some(Arrival::Letter(letter)) => {
                let verdict = self.told(letter.msg, letter.body, now, out)?;
                Ok(verdict.map_or(Heard::Something, Heard::Verdict))
            }
        }
    }

    fn told(
        &mut self,
        msg: Msg,
        body: Rope,
        now: Time,
        out: &mut Vec<Post>,
    ) -> Result<Option<Verdict>, Error> {
        match msg {
            Msg::Lease(seq, lease, span) => {
                let mut damaged = Ok(());
                self.with_call(seq, |call, up| {
                    damaged = call.leased(now, lease, span, body, out, up);
                })?;
                damaged.map_err(|damaged| Error::Damaged(damaged.to_string()))?;
            }
            Msg::Recall(seq, lease) if !self.calls.contains_key(&seq) => {
                let back = Vec::new();
                self.say(&Msg::GiveBack { seq, lease, back })?;
            }
            Msg::Recall(seq, lease) => self.with_call(seq, |call, up| {
                call.change(out, up, |sub, out| sub.recalled(now, lease, out));
            })?,
            Msg::Halt(seq) => self.with_call(seq, |call, up| call.halt(false, out, up))?,
            Msg::Cut(seq, grain) => self.with_call(seq, |call, up| {
                call.change(out, up, |sub, out| sub.cut(now, grain, out));
                let cut = |rank| (rank, Msg::Cut(seq, grain), Rope::new());
                out.extend(call.ranks().map(cut));
            })?,
            Msg::Again(seq, grains) => {
                // Another rank of this job than the last that was asked, so that all take part.
                self.again = self.again.wrapping_add(1);
                let turn = self.again;
                self.with_call(seq, |call, _| call.again(grains, turn, out))?;
            }
            Msg::Drop { seq, job, .. } => self.with_call(seq, |call, up| {
                let mut holders = Vec::new();
                call.change(out, up, |sub, out| holders = sub.cancel(now, job, out));
                let drop = |(rank, lease)| (rank, Msg::Drop { seq, lease, job }, Rope::new());
                out.extend(holders.into_iter().map(drop));
            })?,
            Msg::Workers(seq, workers) => {
                self.with_call(seq, |call, _| call.set_workers(workers, out))?;
            }
            Msg::Frozen(seq, id) => self.with_call(seq, |call, _| call.frozen(id, body, out))?,
            Msg::End(seq, since) => self.ended(seq, since, body, out),
            Msg::Tell => self.look(out),
            Msg::Ping => self.say(&Msg::Pong)?,
            Msg::Stop(code) => return Ok(Some(Verdict::Stopped(code))),
            Msg::Exit(code) => return Ok(Some(Verdict::Over(code))),
            _ => {}
        }
        Ok(None)
    }
}

/// What came from the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// Something that was dealt with.
    Something,
    /// Something that is to be done by all.
    Verdict(Verdict),
}
