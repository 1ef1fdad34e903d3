//! All that a comm thread talks to: the ranks that the run began with, and on rank 0 those that have joined.

use super::line::{Closing, Line};
use crate::comm::Transport;
use crate::comm::mail::{Arrival, Mailer};
use crate::error::Error;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use std::collections::BTreeMap;

/// A mailer for the ranks and one for each guest.
pub struct Peers<T> {
    ranks: Mailer<T>,
    guests: BTreeMap<u32, Mailer<Line>>,
    /// The guest whose turn is next.
    turn: u32,
    /// Guests whose line is no good any more, each with why.
    broken: Vec<(u32, String)>,
    /// Guests that hear why they are let go.
    closing: Vec<Closing>,
}

impl<T: Transport> Peers<T> {
    /// Without guests.
    pub fn new(ranks: Mailer<T>) -> Self {
        Peers {
            ranks,
            guests: BTreeMap::new(),
            turn: 0,
            broken: Vec::new(),
            closing: Vec::new(),
        }
    }

    /// A guest is there.
    pub fn admit(&mut self, rank: u32, mailer: Mailer<Line>) {
        self.guests.insert(rank, mailer);
    }

    /// A guest is no more; it is told why, if it still hears that.
    pub fn dismiss(&mut self, rank: u32, why: &str) {
        if let Some(mailer) = self.guests.remove(&rank) {
            self.closing.retain(|closing| !closing.is_over());
            self.closing.push(mailer.into_transport().close(why));
        }
    }

    /// Guests whose line broke.
    pub fn take_broken(&mut self) -> Vec<(u32, String)> {
        std::mem::take(&mut self.broken)
    }

    /// The transport between ranks.
    pub fn transport(&mut self) -> &mut T {
        self.ranks.transport()
    }

    /// This process's rank.
    pub fn rank(&self) -> u32 {
        self.ranks.rank()
    }

    /// How many ranks the run began with.
    pub fn size(&self) -> u32 {
        self.ranks.size()
    }

    /// Whether messages come only by polling.
    pub fn polled(&mut self) -> bool {
        self.ranks.transport().polled()
    }

    /// Sends a message, at some time; to a guest that is no more it goes nowhere.
    ///
    /// # Errors
    /// When the transport refuses.
    pub fn send(&mut self, to: u32, msg: &Msg, body: Rope) -> Result<(), Error> {
        if to < self.ranks.size() {
            return self.ranks.send(to, msg, body);
        }
        if let Some(guest) = self.guests.get_mut(&to)
            && let Err(error) = guest.send(to, msg, body)
        {
            self.broken.push((to, error.to_string()));
        }
        Ok(())
    }

    /// The next thing that has arrived.
    ///
    /// # Errors
    /// When the transport between ranks fails or a message from one is damaged; what comes from a guest breaks
    /// its line only.
    pub fn receive(&mut self) -> Result<Option<Arrival>, Error> {
        if let Some(arrival) = self.ranks.receive()? {
            return Ok(Some(arrival));
        }
        if self.guests.is_empty() {
            return Ok(None);
        }
        let from = self.guests.range(self.turn..).map(|(&rank, _)| rank);
        let order: Vec<u32> = from
            .chain(self.guests.range(..self.turn).map(|(&rank, _)| rank))
            .collect();
        for rank in order {
            let Some(mailer) = self.guests.get_mut(&rank) else {
                continue;
            };
            match mailer.receive() {
                Ok(Some(arrival)) => {
                    self.turn = rank + 1;
                    return Ok(Some(arrival));
                }
                // All that it has said is dealt with.
                Ok(None) => {
                    if let Some(why) = mailer.transport().broken() {
                        self.broken.push((rank, why));
                    }
                }
                Err(error) => self.broken.push((rank, error.to_string())),
            }
        }
        Ok(None)
    }

    /// Messages to ranks that have not left yet.
    pub fn unsent(&mut self) -> usize {
        self.ranks.unsent()
    }

    /// Messages to guests that have not left yet.
    pub fn unsent_to_guests(&mut self) -> usize {
        self.guests.values_mut().map(Mailer::unsent).sum()
    }

    /// Bytes of bodies to ranks that have not left yet.
    pub fn unsent_bytes(&self) -> u64 {
        self.ranks.unsent_bytes()
    }

    /// See [`Mailer::abandon`].
    pub fn abandon(&mut self) {
        self.ranks.abandon();
        self.guests.values_mut().for_each(Mailer::abandon);
    }

    /// See [`Mailer::forget`].
    pub fn forget(&mut self, rank: u32) {
        if rank < self.ranks.size() {
            self.ranks.forget(rank);
        }
    }

    /// Whether all guests that were let go know.
    pub fn are_guests_off(&self) -> bool {
        self.closing.iter().all(Closing::is_over)
    }

    /// All guests are told that the run is over.
    pub fn see_guests_off(&mut self) {
        for rank in self.guests.keys().copied().collect::<Vec<_>>() {
            self.dismiss(rank, "the run is over");
        }
    }
}
