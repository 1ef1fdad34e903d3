//! The stay of a job that has joined a run: what it hears, and how it leaves.

use super::joining::chief::{Chief, Heard, Verdict};
use super::service::{AT_ONCE, PATIENCE, Service};
use crate::comm::Transport;
use crate::error::Error;
use crate::say;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use std::fmt::Display;
use std::time::{Duration, Instant};

/// The exit code of a job whose run is out of reach: once that is resumed, it may join it again.
const STRANDED: u8 = 75;

/// A stay.
pub(super) struct Visit {
    /// Of the run's rank 0.
    host: String,
    /// What has begun may take so long when it leaves.
    grace: Duration,
    /// It begins to leave by itself.
    until: Option<Instant>,
    leaving: Option<Instant>,
    /// When it said that it is gone.
    said: Option<Instant>,
}

impl<T: Transport> Service<T> {
    /// This job has joined a run on `host`, and may leave it: what has begun may take so long then. It does so by
    /// itself in time to be gone after `limit`.
    pub fn visits(&mut self, host: &str, grace: Duration, limit: Option<Duration>) {
        let until = limit.map(|limit| self.began + limit.saturating_sub(grace));
        self.visit = Some(Visit {
            host: host.to_owned(),
            grace,
            until,
            leaving: None,
            said: None,
        });
    }

    /// The job has several ranks, and this is its rank 0.
    #[cfg_attr(not(feature = "mpi"), expect(dead_code, reason = "such jobs have MPI"))]
    pub fn leads(&mut self, chief: Chief) {
        self.chief = Some(chief);
    }

    /// What the run says to a job of several ranks; returns whether there was anything.
    pub(super) fn hear_run(&mut self) -> Result<bool, Error> {
        let now = self.now();
        for n in 0..AT_ONCE {
            let Some(chief) = self.chief.as_mut().filter(|_| self.exit.is_none()) else {
                return Ok(n > 0);
            };
            match chief.hear(now, &mut self.out) {
                Ok(Heard::Nothing) => {
                    if let Some(why) = chief.broken() {
                        self.stranded(&why);
                    }
                    return Ok(n > 0);
                }
                Ok(Heard::Something) => {}
                Ok(Heard::Verdict(Verdict::Over(code))) => {
                    self.tell_all(&Msg::Exit(code));
                    return Ok(true);
                }
                Ok(Heard::Verdict(Verdict::Stopped(code))) => self.tell_all(&Msg::Stop(code)),
                Err(error @ Error::Damaged(_)) => self.stranded(&error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// All ranks of this job are told, this one included.
    fn tell_all(&mut self, msg: &Msg) {
        let ranks = 0..self.mailer.size();
        self.out
            .extend(ranks.map(|rank| (rank, msg.clone(), Rope::new())));
    }

    pub(super) fn begin_to_leave(&mut self, why: impl Display) -> Result<(), Error> {
        let Some(visit) = self.visit.as_mut().filter(|v| v.leaving.is_none()) else {
            return Ok(());
        };
        visit.leaving = Some(Instant::now());
        say::line(format_args!(
            "grange: {why}: this job leaves the run, which goes on"
        ));
        match &mut self.chief {
            Some(chief) => chief.leave(&mut self.out)?,
            None => self.agent.leave(&mut self.out),
        }
        Ok(())
    }

    /// One that leaves a run says so when what it had begun is done, or has had its time.
    pub(super) fn leave(&mut self) -> Result<(), Error> {
        let due = |visit: &Visit| visit.until.is_some_and(|until| Instant::now() >= until);
        if self.visit.as_ref().is_some_and(due) {
            self.begin_to_leave("the time limit")?;
        }
        let Some(visit) = &mut self.visit else {
            return Ok(());
        };
        let Some(since) = visit.leaving else {
            return Ok(());
        };
        let unsent = match &mut self.chief {
            Some(chief) => chief.unsent(),
            None => self.mailer.unsent(),
        };
        let through = match &self.chief {
            Some(chief) => chief.is_through(),
            None => self.agent.is_through(),
        };
        match visit.said {
            None if through || since.elapsed() > visit.grace => {
                visit.said = Some(Instant::now());
                match &mut self.chief {
                    Some(chief) => chief.say(&Msg::Leave)?,
                    None => self.out.push((0, Msg::Leave, Rope::new())),
                }
            }
            Some(said) if unsent == 0 || said.elapsed() > PATIENCE => self.end_visit(0),
            _ => {}
        }
        Ok(())
    }

    /// The run that this job has joined is out of reach.
    pub(super) fn stranded(&mut self, why: &str) {
        let Some(visit) = self.visit.as_ref().filter(|_| self.exit.is_none()) else {
            return;
        };
        if visit.said.is_some() {
            return self.end_visit(0);
        }
        say::error(&format_args!(
            "this job is no part of the run on {} any more: {why}",
            visit.host
        ));
        match self.chief {
            Some(_) => self.end_visit(STRANDED),
            None => self.mailer.transport().abort(STRANDED),
        }
    }

    /// It is over for all ranks of this job.
    fn end_visit(&mut self, code: u8) {
        match self.chief {
            Some(_) => self.tell_all(&Msg::Exit(code)),
            None => self.exit = Some(code),
        }
    }
}
