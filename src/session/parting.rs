//! The end of a run: everybody has left before rank 0 does.

use super::joining::peers::Peers;
use super::mark;
use super::presence::Presence;
use super::service::{LOOK, Service};
use crate::comm::Transport;
use crate::comm::backoff::Backoff;
use crate::comm::launcher;
use crate::comm::mail::Arrival;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Sends that are not complete by then are abandoned.
const DRAIN: Duration = Duration::from_secs(5);
/// Ranks that have not left by then are ended, whatever they are at.
const LEAVING: Duration = Duration::from_secs(12);
/// What guests have not been told by then, they are not.
const GUESTS: Duration = Duration::from_secs(1);
/// A stopped rank of this machine goes on after that: the run is over.
const RESUMED: Duration = Duration::from_secs(1);

impl<T: Transport> Service<T> {
    /// Lets the last messages leave. Nobody wants values any more, but what the MPI library has of them must
    /// be received before it finalizes: the others say when they are through, and rank 0 waits for that.
    pub(super) fn drain(&mut self, backoff: &mut Backoff, code: u8) {
        self.mailer.abandon();
        match (self.lead.take(), self.chief.take()) {
            (Some(lead), _) => {
                mark::leave(code);
                self.see_off(backoff, &lead.presence, code);
            }
            (None, Some(chief)) => {
                let presence = chief.close();
                self.see_off(backoff, &presence, code);
            }
            (None, None) => {
                let _ = self.mailer.send(0, &Msg::Farewell, Rope::new());
                self.pass(backoff, DRAIN, |mailer, _| mailer.unsent() == 0);
            }
        }
    }

    /// Waits until all ranks have left; those that do not are helped on.
    fn see_off(&mut self, backoff: &mut Backoff, presence: &Presence, code: u8) {
        let mut left: BTreeSet<u32> = (1..self.mailer.size()).collect();
        self.pass(backoff, GUESTS, |mailer, from| {
            from.map(|rank| left.remove(&rank));
            mailer.unsent_to_guests() == 0
        });
        self.mailer.see_guests_off();
        self.pass(backoff, GUESTS, |mailer, from| {
            from.map(|rank| left.remove(&rank));
            mailer.are_guests_off()
        });
        let since = Instant::now();
        let mut looked = since;
        self.pass(backoff, LEAVING, |mailer, from| {
            from.map(|rank| left.remove(&rank));
            let late = since.elapsed() > RESUMED;
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                left.retain(|&rank| !presence.is_dead(rank));
                left.iter()
                    .filter(|&&rank| late || presence.is_given_up(rank))
                    .for_each(|&rank| presence.resume(rank));
            }
            // A rank that was given up and cannot be helped on has had its time.
            let gone = |&rank: &u32| presence.is_given_up(rank) && !presence.is_here(rank);
            let over = left.is_empty() || late && left.iter().all(gone);
            over && mailer.unsent() == 0
        });
        left.retain(|&rank| !presence.is_dead(rank));
        if !left.is_empty() {
            self.end(presence, &left, code);
        }
    }

    /// Ends ranks that stand still for ever, for which the launcher would wait.
    fn end(&mut self, presence: &Presence, ranks: &BTreeSet<u32>, code: u8) {
        // A launcher that lets ranks die takes no abort for the end of the others, and others take the death
        // of one for a failure of the run.
        if launcher::lets_ranks_die() {
            ranks.iter().for_each(|&rank| presence.kill(rank));
        } else {
            self.mailer.transport().abort(code);
        }
    }

    /// Receives until `is_over`, which is told who has said farewell, or for so long.
    fn pass(
        &mut self,
        backoff: &mut Backoff,
        patience: Duration,
        mut is_over: impl FnMut(&mut Peers<T>, Option<u32>) -> bool,
    ) {
        let since = Instant::now();
        let mut from = None;
        while !is_over(&mut self.mailer, from.take()) && since.elapsed() < patience {
            match self.mailer.receive() {
                Ok(Some(Arrival::Letter(letter))) if letter.msg == Msg::Farewell => {
                    from = Some(letter.from);
                }
                Ok(Some(_)) => {}
                _ => {
                    self.mailer.transport().ring();
                    backoff.wait(false);
                }
            }
        }
    }
}
