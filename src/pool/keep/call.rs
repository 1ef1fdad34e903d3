//! One call's part in a checkpoint.

use crate::checkpoint::{CallId, Checkpoint, Failure, Identity, Known, PieceId, RowKind, Rows};
use crate::engine::span::{Span, SpanSet};
use crate::error::Error;
use crate::exec::task::{self, Task};
use crate::session::spec;
use crate::session::stopping::Flags;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often it is asked whether a checkpoint is due.
const LOOK: Duration = Duration::from_millis(50);
/// Rows that wait are handed over from this size on, so that they are not held twice.
const ENOUGH: usize = 1 << 20;

/// What goes to and comes from a checkpoint on behalf of a call.
pub struct Keep {
    checkpoint: Arc<Checkpoint>,
    flags: Arc<Flags>,
    call: CallId,
    kept: task::Kept,
    /// What was known at the beginning and is not handed out yet.
    rows: Option<Rows>,
    pieces: VecDeque<PieceId>,
    /// Grains that are in the checkpoint or on their way, where parts tell; else those that are done.
    done: SpanSet,
    /// Grains that failed and were set aside, and what there is to say of them.
    aside: SpanSet,
    failures: Vec<Failure>,
    /// What was set aside before.
    again: usize,
    /// It was over before.
    complete: bool,
    /// Not handed over yet.
    fresh: SpanSet,
    waiting: Rows,
    /// What is known is not what this call makes: it stays as it is.
    foreign: bool,
    /// Something has changed since it was last handed over.
    dirty: bool,
    looked: Instant,
}

impl Keep {
    /// The call of that identity.
    ///
    /// # Errors
    /// When the checkpoint knows another call in its place.
    pub fn new(
        checkpoint: Arc<Checkpoint>,
        flags: Arc<Flags>,
        mut identity: Identity,
        kept: task::Kept,
    ) -> Result<Self, Error> {
        identity.rows = match kept {
            task::Kept::Nodes | task::Kept::Root => RowKind::Nodes,
            task::Kept::Items => RowKind::Items,
            task::Kept::Hits | task::Kept::Nothing => RowKind::Hits,
        };
        let (call, known) = checkpoint.begin(&identity)?;
        let Known {
            done,
            rows,
            pieces,
            failures,
            complete,
        } = known;
        Ok(Keep {
            checkpoint,
            flags,
            call,
            kept,
            rows: Some(rows),
            pieces: pieces.into(),
            done,
            aside: SpanSet::new(),
            again: failures.len(),
            complete,
            failures: Vec::new(),
            fresh: SpanSet::new(),
            waiting: Rows::default(),
            foreign: false,
            dirty: false,
            looked: Instant::now(),
        })
    }

    /// What the coordinator is to know.
    pub fn spec(&self) -> spec::Kept {
        let hits = self.kept == task::Kept::Hits;
        let rows = self.rows.iter().flat_map(Rows::iter);
        spec::Kept {
            done: self.done.clone(),
            hit: rows.filter(|_| hits).map(|(_, grain, _)| grain).min(),
            covers: hits,
        }
    }

    /// What a run that resumes has to say: how much is done of so many grains.
    pub fn resumes(&self, grains: u64) -> Option<String> {
        if self.complete {
            return Some("it is done".into());
        }
        if self.done.is_empty() {
            return None;
        }
        let percent = 100.0 * self.done.grains() as f64 / grains.max(1) as f64;
        let again = match self.again {
            0 => String::new(),
            n => format!("; what failed in {n} grain(s) is tried again"),
        };
        Some(format!("{percent:.1} % is done{again}"))
    }

    /// Where it is kept.
    pub fn path(&self) -> String {
        self.checkpoint.path().display().to_string()
    }

    /// Grains of which something is kept.
    pub fn grains(&self) -> u64 {
        self.done.grains()
    }

    /// The next parts of what was known at the beginning.
    pub fn restored<T: Task>(&mut self, task: &T) -> Result<Option<Vec<T::Part>>, Error> {
        let before = std::mem::replace(&mut self.foreign, true);
        let path = self.checkpoint.path().display().to_string();
        let unfit = |e: Error| {
            Error::Checkpoint(format!("{path} has other values than this call makes: {e}"))
        };
        let rows = match self.pieces.pop_front() {
            Some(piece) => Some(self.checkpoint.read(&piece)?),
            None => self.rows.take(),
        };
        let parts = rows.map(|rows| task.parts_of(&rows).map_err(unfit));
        let parts = parts.transpose()?;
        self.foreign = before;
        Ok(parts)
    }

    /// Whether all that was known has been handed out.
    pub fn is_restored(&self) -> bool {
        self.rows.is_none() && self.pieces.is_empty()
    }

    /// A part has come, of these grains.
    pub fn arrived<T: Task>(&mut self, task: &T, part: &T::Part) -> Result<(), Error> {
        self.dirty = true;
        if self.kept != task::Kept::Items {
            return Ok(());
        }
        let Some(span) = task.grains_of(part) else {
            return Ok(());
        };
        // Some of it may have come before; the reader drops what it has twice.
        if self.done.covers(span) {
            return Ok(());
        }
        task.rows_of(part, &mut self.waiting)?;
        self.done.insert(span);
        self.fresh.insert(span);
        Ok(())
    }

    /// Grains are done, of which no values tell it.
    pub fn covered(&mut self, grains: &SpanSet) {
        self.dirty = true;
        for span in grains.iter() {
            self.done.insert(span);
        }
    }

    /// The run is about to end: it waits for what is handed over now.
    pub fn last_words(&self) {
        self.flags.writing.store(true, Ordering::Relaxed);
    }

    /// Whether its parts are handed over one by one.
    pub fn is_piecemeal(&self) -> bool {
        self.kept == task::Kept::Items
    }

    /// A grain failed and is set aside: a run that resumes is to try it again.
    pub fn set_aside(&mut self, failure: &Failure) {
        self.dirty = true;
        self.aside
            .insert(Span::new(failure.grain, failure.grain + 1));
        self.failures.push(failure.clone());
        self.checkpoint.set_aside(self.call, self.failures.clone());
    }

    /// Whether something was set aside.
    pub fn has_gaps(&self) -> bool {
        !self.aside.is_empty()
    }

    /// When to look again whether a checkpoint is due, if there is anything to write.
    pub fn next_look(&self) -> Option<Instant> {
        self.dirty.then(|| self.looked + LOOK)
    }

    /// Whether what there is should be handed over now.
    pub fn is_due(&mut self) -> bool {
        if !self.dirty || self.looked.elapsed() < LOOK {
            return false;
        }
        self.looked = Instant::now();
        self.waiting.bytes() >= ENOUGH || self.checkpoint.is_due()
    }

    /// Hands over what has come, and has it written if it is time. `snapshot` gives all rows that there are,
    /// with their grains, where they are not handed over one by one.
    pub fn hand_over(
        &mut self,
        snapshot: &dyn Fn() -> Result<(SpanSet, Rows), Error>,
        complete: bool,
    ) -> Result<(), Error> {
        if self.foreign {
            return Ok(());
        }
        self.dirty = false;
        match self.kept {
            task::Kept::Nothing => {}
            task::Kept::Root if !complete => {}
            task::Kept::Items => {
                let (fresh, rows) = (
                    std::mem::take(&mut self.fresh),
                    std::mem::take(&mut self.waiting),
                );
                self.checkpoint.append(self.call, &fresh, rows, complete);
            }
            task::Kept::Nodes | task::Kept::Root => {
                let (done, rows) = snapshot()?;
                self.done = done.clone();
                self.checkpoint.replace(self.call, done, rows, complete);
            }
            task::Kept::Hits => {
                let (_, rows) = snapshot()?;
                for span in self.aside.iter() {
                    self.done.remove(span);
                }
                self.checkpoint
                    .replace(self.call, self.done.clone(), rows, complete);
            }
        }
        if self.checkpoint.is_due() {
            self.checkpoint.write();
        }
        self.checkpoint.refused().map_or(Ok(()), Err)
    }

    /// All of `grains` are done.
    pub fn all(&mut self, grains: u64) {
        self.done.insert(Span::new(0, grains));
    }
}
