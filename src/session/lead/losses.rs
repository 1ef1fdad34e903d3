//! Ranks that died or stand still.

use super::Lead;
use crate::engine::Time;
use crate::error::Error;
use crate::session::agent::Post;
use crate::session::call::LeadCall;
use crate::session::presence::Loss;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;

impl Lead {
    /// Asks silent ranks whether they are there, and gives up those that are not.
    pub(super) fn look_around(&mut self, now: Time, out: &mut Vec<Post>) {
        // Rank 0's main is through, or somebody has nothing to do.
        let waits = self.byes[0].is_some()
            || self.stopping.is_some()
            || self.calls.values().any(LeadCall::is_waiting)
            || self.held_up.is_some();
        let (pings, losses) = self.presence.tick(waits);
        out.extend(pings.into_iter().map(|rank| (rank, Msg::Ping, Rope::new())));
        for (rank, loss) in losses {
            self.give_up(rank, loss, now, out);
        }
    }

    pub(super) fn give_up(&mut self, rank: u32, loss: Loss, now: Time, out: &mut Vec<Post>) {
        let name = self.name(rank);
        let what = match loss {
            Loss::Died => format!("{name} has died"),
            Loss::Silent(time) => {
                let seconds = time.as_secs();
                format!("{name} has not answered for {seconds} s, so it is dead or stands still")
            }
        };
        self.given_up.push(rank);
        let mut gone = None;
        for call in self.calls.values_mut() {
            gone = call.lost(now, rank).err().or(gone);
        }
        for ranks in self.early.values_mut() {
            ranks.retain(|&(early, _)| early != rank);
        }
        self.early.retain(|_, ranks| !ranks.is_empty());
        for ended in self.ended.values_mut() {
            ended.told[rank as usize] = true;
        }
        self.ended.retain(|_, ended| ended.told.contains(&false));
        match gone {
            Some(why) => self.stop(&Error::User(format!("{what}; {why}")), out),
            // What it has said is all that was wanted of it.
            None if self.byes[rank as usize].is_some() => self.warn(&what),
            None => self.warn(&format!("{what}; the others go on without it")),
        }
    }
}
