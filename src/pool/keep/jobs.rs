//! Jobs that a checkpoint knows: a driver that runs again gets their results at once.
//!
//! A job has a key: the user's, or one made of where it was submitted. The driver's own submissions are
//! numbered; those of a job, or of its callback, are numbered under the key of that job, so that the order in
//! which jobs end, which differs from run to run, does not matter. What is known under a key counts only for
//! the same input, bit for bit.

use crate::checkpoint::{CallId, Checkpoint, Identity, PieceId, RowKind, Rows};
use crate::engine::span::SpanSet;
use crate::error::Error;
use crate::exec::jobs::record::{Child, Ending, Record};
use crate::wire::rope::Rope;
use crate::wire::{hash, value};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often it is asked whether a checkpoint is due.
const LOOK: Duration = Duration::from_millis(50);
/// Rows that wait are handed over from this size on.
const ENOUGH: usize = 1 << 20;
/// Pieces of what was known that are in memory: results are asked for in about the order of the pieces.
const CACHED: usize = 4;
/// A row's CBOR array: hash of the input, rank, nanoseconds, what it submitted, value.
const FIVE: u8 = 0x85;

/// What identifies a job over any number of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(u64);

impl Key {
    /// The user's own.
    pub fn named(text: &str) -> Self {
        Key(hash::of(format!("key {text}").as_bytes()))
    }

    /// The `n`th that was submitted by `parent`: a job or its callback; by the driver if there is none.
    pub fn numbered(parent: Option<Key>, of: &str, n: u64) -> Self {
        let parent = parent.map_or(0, |key| key.0);
        Key(hash::of(format!("{parent:x} {of} {n}").as_bytes()))
    }
}

/// A call's jobs in a checkpoint.
pub struct KeepJobs {
    checkpoint: Arc<Checkpoint>,
    call: CallId,
    /// Where each job is: the piece, and the row in it.
    known: HashMap<u64, (u32, u32)>,
    pieces: Vec<PieceId>,
    /// Pieces in memory, the last one used at the end; the number after the last piece stands for what is in
    /// the file itself.
    cached: VecDeque<(u32, Arc<Rows>)>,
    recent: Arc<Rows>,
    waiting: Rows,
    dirty: bool,
    looked: Instant,
}

impl KeepJobs {
    /// The jobs of the call of that identity.
    ///
    /// # Errors
    /// When the checkpoint knows another call in its place, or is damaged.
    pub fn new(checkpoint: Arc<Checkpoint>, mut identity: Identity) -> Result<Self, Error> {
        identity.rows = RowKind::Jobs;
        let (call, found) = checkpoint.begin(&identity)?;
        let mut keep = KeepJobs {
            checkpoint,
            call,
            known: HashMap::new(),
            pieces: found.pieces,
            cached: VecDeque::new(),
            recent: Arc::new(found.rows),
            waiting: Rows::default(),
            dirty: false,
            looked: Instant::now(),
        };
        for piece in 0..=keep.pieces.len() as u32 {
            let rows = keep.rows(piece)?;
            for (row, (_, key, _)) in (0..).zip(rows.iter()) {
                keep.known.insert(key, (piece, row));
            }
        }
        Ok(keep)
    }

    /// How many are known.
    pub fn jobs(&self) -> usize {
        self.known.len()
    }

    /// Where they are kept.
    pub fn path(&self) -> String {
        self.checkpoint.path().display().to_string()
    }

    fn rows(&mut self, piece: u32) -> Result<Arc<Rows>, Error> {
        let Some(id) = self.pieces.get(piece as usize) else {
            return Ok(self.recent.clone());
        };
        if let Some(at) = self.cached.iter().position(|(n, _)| *n == piece)
            && let Some(found) = self.cached.remove(at)
        {
            self.cached.push_back(found.clone());
            return Ok(found.1);
        }
        let rows = Arc::new(self.checkpoint.read(id)?);
        self.cached.push_back((piece, rows.clone()));
        if self.cached.len() > CACHED {
            self.cached.pop_front();
        }
        Ok(rows)
    }

    /// What became of the job with that key and an input of that hash, as the record of job `job`.
    ///
    /// # Errors
    /// When the checkpoint is damaged.
    pub fn find(&mut self, key: Key, input: u64, job: u64) -> Result<Option<Record>, Error> {
        let Some((piece, row)) = self.known.get(&key.0).copied() else {
            return Ok(None);
        };
        let rows = self.rows(piece)?;
        let Some((_, _, bytes)) = rows.get(row as usize) else {
            return Ok(None);
        };
        let mut rope = Rope::from(bytes.to_vec());
        if rope.take(1).as_deref() != Some(&[FIVE]) {
            return Err(Error::Checkpoint(format!(
                "{} has a job that is none",
                self.path()
            )));
        }
        let of: u64 = value::read(&mut rope)?;
        if of != input {
            return Ok(None);
        }
        let (rank, nanoseconds) = (value::read(&mut rope)?, value::read(&mut rope)?);
        let children: Vec<Vec<u8>> = value::read(&mut rope)?;
        let child = |input| Child {
            input,
            needs: Vec::new(),
        };
        Ok(Some(Record {
            job,
            rank,
            nanoseconds,
            ending: Ending::Value,
            payload: rope.take(rope.len()).unwrap_or_default(),
            children: children.into_iter().map(child).collect(),
        }))
    }

    /// A job has ended well. One whose own jobs have frozen values is not kept: these have other numbers in
    /// another run.
    ///
    /// # Errors
    /// When a value cannot be written.
    pub fn record(&mut self, key: Key, input: u64, record: &Record) -> Result<(), Error> {
        let frozen = record.children.iter().any(|child| !child.needs.is_empty());
        if record.ending != Ending::Value || frozen {
            return Ok(());
        }
        let children: Vec<&[u8]> = record.children.iter().map(|c| &c.input[..]).collect();
        let mut bytes = vec![FIVE];
        value::append(&mut bytes, &input)?;
        value::append(&mut bytes, &record.rank)?;
        value::append(&mut bytes, &record.nanoseconds)?;
        value::append(&mut bytes, &children)?;
        bytes.extend_from_slice(&record.payload);
        self.waiting.push(0, key.0, &bytes);
        self.dirty = true;
        Ok(())
    }

    /// When to look again whether a checkpoint is due, if there is anything to write.
    pub fn next_look(&self) -> Option<Instant> {
        self.dirty.then(|| self.looked + LOOK)
    }

    /// Hands over what has come if it is time, or `now`, and has it written; `complete` when no more will come.
    ///
    /// # Errors
    /// When the checkpoint has been taken over.
    pub fn hand_over(&mut self, now: bool, complete: bool) -> Result<(), Error> {
        if !now && (!self.dirty || self.looked.elapsed() < LOOK) {
            return Ok(());
        }
        self.looked = Instant::now();
        if !now && self.waiting.bytes() < ENOUGH && !self.checkpoint.is_due() {
            return Ok(());
        }
        self.dirty = false;
        let rows = std::mem::take(&mut self.waiting);
        self.checkpoint
            .append(self.call, &SpanSet::new(), rows, complete);
        if now || self.checkpoint.is_due() {
            self.checkpoint.write();
        }
        self.checkpoint.refused().map_or(Ok(()), Err)
    }
}
