//! Jobs that join: ranks beyond those that the run began with, which come and go.
//!
//! To the calls a guest is one more rank. But nobody waits for it, what goes wrong on it is no matter of the run,
//! and it needs the results of all calls that are over, since its main begins at the beginning.

use super::{KEPT, Lead};
use crate::engine::Time;
use crate::say;
use crate::session::joining::knock::Knock;
use crate::wire::message::Place;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an answer takes beside its bytes.
const ENTRY: u64 = 256;

/// What is known of jobs that join.
#[derive(Default)]
pub(super) struct Guests {
    /// Some may come.
    welcome: bool,
    /// Why none can join any more, if so.
    closed: Option<String>,
    /// Those that are no more.
    gone: BTreeSet<u32>,
    /// To be let go, and why.
    dismissed: Vec<(u32, String)>,
}

/// How a guest is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// It has said so, after all it had begun.
    Left,
    /// It is gone.
    Lost,
}

impl Lead {
    /// Jobs may join from now on.
    pub fn open_doors(&mut self) {
        self.guests.welcome = true;
    }

    /// Whether that rank has joined a run that had begun.
    pub(super) fn is_guest(&self, rank: u32) -> bool {
        rank as usize >= self.ranks
    }

    /// Whether a guest of that number is no more.
    pub(super) fn has_left(&self, rank: u32) -> bool {
        self.guests.gone.contains(&rank)
    }

    /// A job joins, as one rank whatever it has; gives its number.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn admit(&mut self, knock: &Knock) -> Result<u32, String> {
        let Knock {
            host,
            threads,
            ranks,
            ..
        } = knock;
        if let Some(why) = &self.guests.closed {
            return Err(why.clone());
        }
        if self.byes[0].is_some() || self.stopping.is_some() || self.exit.is_some() {
            return Err("the run is about to end".into());
        }
        if self.interrupted.is_some() {
            return Err("the run is being stopped".into());
        }
        let rank = self.threads.len() as u32;
        let mut all: Vec<u32> = self.threads.to_vec();
        all.push(*threads);
        self.threads = Arc::new(all);
        let mut all: Vec<String> = self.hosts.to_vec();
        all.push(host.clone());
        self.hosts = Arc::new(all);
        self.byes.push(None);
        self.stuck.push(None);
        self.late.push(false);
        self.presence.admit();
        for ended in self.ended.values_mut() {
            ended.told.push(false);
        }
        for call in self.calls.values_mut() {
            call.admit(self.threads.clone(), self.hosts.clone());
        }
        let ranks = match ranks {
            0 | 1 => String::new(),
            n => format!(" of {n} ranks"),
        };
        self.tell(format_args!(
            "joined: {host}, {}{ranks}",
            threads_of(*threads)
        ));
        Ok(rank)
    }

    /// A guest is no more: what it had goes to others.
    pub fn part(&mut self, rank: u32, how: Parting, why: &str, now: Time) {
        if !self.guests.gone.insert(rank) {
            return;
        }
        self.presence.leave(rank);
        self.given_up.push(rank);
        self.drop_rank(rank, now);
        let host = &self.hosts[rank as usize];
        match how {
            _ if self.byes[0].is_some() || self.stopping.is_some() => {}
            Parting::Left => self.tell(format_args!("left: {host}")),
            Parting::Lost => self.tell(format_args!("lost: {host}: {why}")),
        }
    }

    /// What goes wrong on a guest ends its visit.
    pub(super) fn dismiss(&mut self, rank: u32, why: impl Into<String>) {
        self.guests.dismissed.push((rank, why.into()));
    }

    /// Guests that are to be let go, each with the reason.
    pub fn take_dismissed(&mut self) -> Vec<(u32, String)> {
        std::mem::take(&mut self.guests.dismissed)
    }

    /// A guest reached a call at another place than rank 0 did.
    pub(super) fn dismiss_stray(&mut self, rank: u32, place: &Place, mine: &str) {
        let text = format!(
            "it reached {} where the run reached {mine}: start the same program with the same arguments",
            place.text
        );
        self.dismiss(rank, text);
    }

    /// Whether an answer is kept though all ranks have it.
    pub(super) fn keeps_answers(&self) -> bool {
        self.guests.welcome && self.guests.closed.is_none()
    }

    /// Answers that only a guest may want are kept up to a size.
    pub(super) fn forget_for_guests(&mut self) {
        let size = |e: &super::Ended| e.result.len() + ENTRY;
        let mut kept: u64 = self.ended.values().map(size).sum();
        if !self.guests.welcome || kept <= KEPT {
            return;
        }
        let ranks = self.ranks;
        let mut gone = Vec::new();
        for (&seq, ended) in &self.ended {
            if kept <= KEPT {
                break;
            }
            if !ended.told[..ranks].contains(&false) {
                kept -= size(ended);
                gone.push(seq);
            }
        }
        for seq in gone {
            let Some(ended) = self.ended.remove(&seq) else {
                continue;
            };
            let why = format!(
                "the result of {} is not kept any more, since results of more than {} MiB are",
                ended.place.text,
                KEPT >> 20
            );
            let waits = |&(rank, told): &(usize, &bool)| rank >= ranks && !told;
            let missing = ended.told.iter().enumerate().filter(waits);
            for rank in missing.map(|(rank, _)| rank as u32).collect::<Vec<_>>() {
                if !self.presence.is_given_up(rank) {
                    self.dismiss(rank, why.clone());
                }
            }
            self.guests.closed = Some(why);
        }
    }

    /// A line for people, unless they want none.
    fn tell(&self, text: std::fmt::Arguments<'_>) {
        if !self.quiet {
            say::line(format_args!("grange: {text}"));
        }
    }

    /// Takes a rank out of everything that waits for it.
    ///
    /// Returns why the run cannot go on without it, if so.
    pub(super) fn drop_rank(&mut self, rank: u32, now: Time) -> Option<String> {
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
        if !self.keeps_answers() {
            self.ended.retain(|_, ended| ended.told.contains(&false));
        }
        gone
    }
}

fn threads_of(n: u32) -> String {
    match n {
        1 => "1 thread".into(),
        n => format!("{n} threads"),
    }
}
