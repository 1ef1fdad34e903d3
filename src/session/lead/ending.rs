//! How a run ends, well or not.

use super::{GRACE, Lead, WRITING};
use crate::error::Error;
use crate::say;
use crate::session::agent::Post;
use crate::session::audit;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use std::time::{Duration, Instant};

/// Ranks whose main returned an error get this long to do so all together.
const TOGETHER: Duration = Duration::from_secs(1);

impl Lead {
    /// An error ends the run: told once, here, and then everywhere by its code.
    pub fn stop(&mut self, error: &Error, out: &mut Vec<Post>) {
        if self.stopping.is_none() && self.exit.is_none() {
            match error {
                Error::Stopped(_) => {}
                Error::Interrupted(text) => say::line(format_args!("grange: {text}")),
                _ => say::error(error),
            }
            self.stopping = Some((Instant::now(), error.code()));
            self.ending = None;
            self.calls.clear();
            out.extend(
                (0..self.threads.len() as u32)
                    .map(|rank| (rank, Msg::Stop(error.code()), Rope::new())),
            );
        }
    }

    pub(super) fn consider_exit(&mut self, out: &mut Vec<Post>) {
        if self.exit.is_some() {
            return;
        }
        let all = (0..self.byes.len())
            .all(|r| self.byes[r].is_some() || (r > 0 && self.is_left_behind(r)));
        if let Some((since, code)) = self.stopping {
            let writing = self.rules.is_writing() && since.elapsed() < WRITING;
            if all || (since.elapsed() > GRACE && !writing) {
                self.leave(code, out);
            }
            return;
        }
        if let Some((since, code, text)) = &self.failing {
            let code = *code;
            if all || since.elapsed() > TOGETHER {
                if let Some(text) = text {
                    say::error(text);
                }
                self.stop(&Error::Stopped(code), out);
            }
            return;
        }
        if all && let Some(bye) = &self.byes[0] {
            let code = bye.code;
            for (rank, items) in self.stuck.clone().iter().enumerate() {
                if let (Some(items), None) = (items, &self.byes[rank])
                    && rank < self.ranks
                    && !self.presence.is_given_up(rank as u32)
                {
                    self.warn(&format!(
                        "{} is still busy with {items}, which others have done; leaving it behind",
                        self.name(rank as u32)
                    ));
                }
            }
            self.leave(code, out);
        }
    }

    /// Nobody waits for it at the end.
    pub(super) fn is_left_behind(&self, rank: usize) -> bool {
        rank >= self.ranks || self.stuck[rank].is_some() || self.presence.is_given_up(rank as u32)
    }

    pub(super) fn leave(&mut self, code: u8, out: &mut Vec<Post>) {
        if self.byes[0].is_none() {
            // Main does not come out to do it itself.
            self.rules.kept.last_words();
        }
        if let Some(tally) = self.audited.filter(|_| self.stopping.is_none()) {
            say::line(format_args!("{}", audit::told(tally)));
        }
        self.exit = Some(code);
        out.extend((1..self.threads.len() as u32).map(|rank| (rank, Msg::Exit(code), Rope::new())));
    }
}
