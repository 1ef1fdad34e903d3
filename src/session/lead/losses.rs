//! Ranks that died or stand still.

use super::Lead;
use crate::engine::Time;
use crate::error::Error;
use crate::session::agent::Post;
use crate::session::call::LeadCall;
use crate::session::presence::Loss;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use std::time::Duration;

impl Lead {
    /// Asks silent ranks whether they are there, and gives up those that are not.
    pub(super) fn look_around(&mut self, now: Time, out: &mut Vec<Post>) {
        // Rank 0's main is through, or somebody has nothing to do.
        let waits = self.byes[0].is_some()
            || self.stopping.is_some()
            || self.calls.values().any(LeadCall::is_waiting)
            || self.held_up.is_some();
        let seen = self.presence.tick(waits);
        let ping = |rank| (rank, Msg::Ping, Rope::new());
        out.extend(seen.pings.into_iter().map(ping));
        for (rank, time) in seen.silent {
            self.warn(&format!(
                "{}; the others go on meanwhile",
                self.silence(rank, time)
            ));
        }
        for rank in seen.back {
            self.warn(&format!("{} answers again", self.name(rank)));
        }
        for (rank, loss) in seen.losses {
            if self.is_guest(rank) {
                self.dismiss(rank, lost(loss));
                continue;
            }
            self.give_up(rank, loss, now, out);
        }
    }

    /// The run is stopped from outside. A launcher that has lost a host does that, too, so who does not answer
    /// is told now: there may be no time left to be sure.
    pub(super) fn tell_unanswered(&mut self) {
        for (rank, time) in self.presence.unanswered() {
            self.warn(&self.silence(rank, time));
        }
    }

    fn silence(&self, rank: u32, time: Duration) -> String {
        let seconds = time.as_secs();
        format!(
            "{} has not answered for {seconds} s: it stands still, or its host or network is down",
            self.name(rank)
        )
    }

    pub(super) fn give_up(&mut self, rank: u32, loss: Loss, now: Time, out: &mut Vec<Post>) {
        let what = loss.told(&self.name(rank));
        self.given_up.push(rank);
        match self.drop_rank(rank, now) {
            Some(why) => self.stop(&Error::User(format!("{what}; {why}")), out),
            // What it has said is all that was wanted of it.
            None if self.byes[rank as usize].is_some() => self.warn(&what),
            None => self.warn(&format!("{what}; the others go on without it")),
        }
    }
}

/// Why a guest is no more.
fn lost(loss: Loss) -> String {
    match loss {
        Loss::Died => "it has died".into(),
        Loss::Silent(time) => format!("it has not answered for {} s", time.as_secs()),
    }
}
