//! Checkpoints: what a run has done, in a file that outlives it.
//!
//! # Files
//! - `FILE.h5`: the checkpoint, an HDF5 file with a user block of 512 bytes.
//! - `FILE.h5.previous`: the one before; used where the first is damaged.
//! - `FILE.h5.pieces/000001.h5`, ...: rows of calls that have many. A piece never changes.
//! - `FILE.h5.lock`: who writes, while somebody does.
//! - `FILE.h5.writing-TOKEN`: what is being written. It is renamed when it is whole and on the disk.
//! - `FILE.h5.old`, `.old.2`, ...: what was there before a restart, with its own `.previous` and `.pieces`.
//!
//! # User block
//! Lines of text, then spaces and a line break to 512 bytes: `grange checkpoint`, `format 1`, `sha256` and the
//! sum of all bytes after the user block, `generation` and how often the file was written, `token` and the
//! number of the lock's owner that wrote it. Pieces have the same.
//!
//! # Inside
//! - `/`: attributes `program`, `program version`, `grange version`, `created` (seconds since 1970),
//!   `generation`, `token`.
//! - `/sessions`: a table of the runs: `start`, `end` (of the last write, until it ended), `ranks`, `threads`,
//!   `hosts` (spaces between), `ended` ("running" until it did).
//! - `/calls/0000`, ...: a group for each call. Attributes: `key`, `occurrence`, `place`, `items`, `grain`,
//!   `grains`, `types`, `inputs`, `version`, `rows` ("nodes", "items", "hits" or "jobs"), `complete` (0 or 1),
//!   `done_grains`; `items` and `grain` are decimal text. In it:
//!   - `done`: a table of the runs of grains that are done, from `start` to before `end`.
//!   - `failures`: a table of grains set aside: `grain`, `item` (decimal text, may be empty), `rank`, `host`,
//!     `text`.
//!   - `level`, `index`, `values`: the rows that no piece has; `tail_done` their grains, as in `done`.
//!   - `pieces`: a table of the pieces, oldest first: `name`, `sha256`, `rows`.
//!   - `piece_files`: links to the pieces, by name.
//! - A piece: attributes `key`, `occurrence`, `rows`; `done`, `level`, `index`, `values` as in a call.
//!
//! # Values
//! Where all rows have the same shape, made of numbers, truth values, nothing, lists and maps, `values` has the
//! attribute `shape` (JSON) and a data set for each number: `value`, or in lists and tuples `value.0`,
//! `value.1`, ..., in structs `value.name`, and so on inwards. Whole numbers are u64; i64 where one is negative;
//! where one is larger than these two data sets, `.hi` and `.lo` (the number is hi · 2⁶⁴ + lo). Else `cbor` has the
//! values in RFC 8949 one after the other and `end` where each ends. Either way they are read back to the bit.

#[cfg(any(feature = "hdf5", feature = "fuzzing", test))]
mod columns;
mod files;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod header;
mod identity;
mod lock;
mod open;
mod owner;
mod rows;
#[cfg(any(feature = "hdf5", feature = "fuzzing", test))]
mod shape;
mod shared;
mod state;
#[cfg(feature = "hdf5")]
pub(crate) mod store;
#[cfg(not(feature = "hdf5"))]
#[path = "without.rs"]
mod store;
#[cfg(all(test, feature = "hdf5"))]
mod tests;
mod writer;

pub use identity::{Identity, RowKind};
pub use rows::Rows;
pub use state::{Failure, PieceId};

use crate::engine::span::SpanSet;
use crate::error::Error;
use crate::exec::lock as guard;
use files::Files;
use header::Fault;
use shared::{Order, Shared};
use state::Call;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The end of a session whose values an audit found wrong: the file is not resumed.
pub const WRONG: &str = "an audit found that values differ";

/// What is known of a call from earlier sessions.
#[derive(Debug, Default)]
pub struct Known {
    /// The grains that are done.
    pub done: SpanSet,
    /// Whether the call has its result.
    pub complete: bool,
    /// Its rows, less those of the pieces.
    pub rows: Rows,
    /// The rest of its rows, oldest first.
    pub pieces: Vec<PieceId>,
    /// What failed and is not done.
    pub failures: Vec<Failure>,
}

/// What a session is, for the history.
#[derive(Clone, Debug)]
pub struct About {
    /// The program's name, and after a space its version if it has one.
    pub program: String,
    /// How many ranks it has.
    pub ranks: u32,
    /// How many threads a rank has.
    pub threads: u32,
    /// The names of its hosts.
    pub hosts: Vec<String>,
    /// Whether to begin anew, whatever is there.
    pub restart: bool,
    /// How long to wait between two writes.
    pub every: Duration,
    /// Whether to say nothing on standard error.
    pub quiet: bool,
}

/// A call of an open checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallId(usize);

/// An open checkpoint. Methods return fast (no file I/O) unless they say otherwise.
///
/// One that is dropped without [`Checkpoint::finish`] gives the lock back, and writes nothing more.
#[derive(Debug)]
pub struct Checkpoint {
    files: Files,
    every: Duration,
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<Result<(), Error>>>>,
}

impl Checkpoint {
    /// Opens or begins (file I/O; may wait some seconds for a dying owner).
    ///
    /// # Errors
    /// When the file cannot be used: it is another program's or somebody's now, damaged, or cannot be written.
    pub fn open(path: &Path, about: About) -> Result<Self, Error> {
        open::open(path, about, lock::Patience::default())
    }

    /// A call begins: what is known of it.
    ///
    /// # Errors
    /// When the file has that key and occurrence with another identity.
    pub fn begin(&self, identity: &Identity) -> Result<(CallId, Known), Error> {
        let identity = identity.storable();
        let mut state = guard(&self.shared.state);
        let calls = &mut state.image.calls;
        let is_it = |call: &Call| call.identity.is_same_call(&identity);
        let Some(at) = calls.iter().position(is_it) else {
            calls.push(Call::new(identity));
            return Ok((CallId(calls.len() - 1), Known::default()));
        };
        let call = &mut calls[at];
        let differences = identity.differences(&call.identity);
        if !differences.is_empty() {
            return Err(Error::Usage(format!(
                "{} has another call as {} (number {} of that name): {}; --restart begins afresh",
                self.files.name(),
                identity.key,
                u64::from(identity.occurrence) + 1,
                differences.join("; ")
            )));
        }
        call.identity = Arc::new(identity);
        let call = call.clone();
        // What is large is copied without the others waiting.
        drop(state);
        let known = Known {
            rows: call.rows(),
            done: Arc::unwrap_or_clone(call.done),
            complete: call.complete,
            pieces: call.pieces,
            failures: Arc::unwrap_or_clone(call.failures),
        };
        Ok((CallId(at), known))
    }

    /// Rows of a piece (file I/O); each piece can be read at any time while the checkpoint is open.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read(&self, piece: &PieceId) -> Result<Rows, Error> {
        let path = self.files.piece(&piece.name);
        let read = || match header::check(&path) {
            Ok(header) if header.sha256 == piece.sha256 => {
                let (_, rows) = store::read_piece(&path)?;
                let all = rows.len() as u64 == piece.rows;
                all.then_some(rows).ok_or("it lacks rows".to_owned())
            }
            Ok(_) => Err("it is another than it was".into()),
            Err(fault) => Err(fault.words()),
        };
        read().map_err(|what| {
            Error::Checkpoint(format!(
                "{} lacks its piece {}: {what}; --restart begins afresh",
                self.files.name(),
                path.display()
            ))
        })
    }

    /// All that is known of a call now; for Nodes and Hits.
    pub fn replace(&self, call: CallId, done: SpanSet, rows: Rows, complete: bool) {
        self.change(call, |call| call.replace(done, rows, complete));
    }

    /// More of a call: these grains, these rows; for Items and Jobs.
    pub fn append(&self, call: CallId, done: &SpanSet, rows: Rows, complete: bool) {
        self.change(call, |call| call.append(done, rows, complete));
    }

    /// Grains of a call that failed. What failed in earlier sessions is forgotten once its grain is done.
    pub fn set_aside(&self, call: CallId, failures: Vec<Failure>) {
        self.change(call, |call| call.set_aside(failures));
    }

    fn change(&self, call: CallId, change: impl FnOnce(&mut Call)) {
        if let Some(call) = guard(&self.shared.state).image.calls.get_mut(call.0) {
            change(call);
        }
    }

    /// Whether it is time to hand over what there is and to write: `every` has passed since the last write
    /// began, and none is under way.
    pub fn is_due(&self) -> bool {
        let state = guard(&self.shared.state);
        state.is_idle() && state.began.elapsed() >= self.every
    }

    /// Has the writer thread write what was handed over.
    pub fn write(&self) {
        self.shared.order(|state| state.wanted = true);
    }

    /// Writes what was handed over, the end of the session included, and waits for it; then gives the lock
    /// back. Only the first call does anything. (file I/O)
    ///
    /// # Errors
    /// When the last write fails, or another run has taken the file over.
    pub fn finish(&self, ended: &str) -> Result<(), Error> {
        let Some(writer) = guard(&self.writer).take() else {
            return Ok(());
        };
        self.shared.order(|state| {
            state.order = Order::Finish;
            if let Some(session) = state.image.sessions.last_mut() {
                session.ended = identity::storable(ended);
            }
        });
        let stopped = |_| {
            Err(Error::user(
                "the thread that writes the checkpoint panicked",
            ))
        };
        writer.join().unwrap_or_else(stopped)
    }

    /// When it was written, from and to, the first times if there are very many.
    pub fn writes(&self) -> Vec<(Instant, Instant)> {
        guard(&self.shared.state).writes.clone()
    }

    /// When what is in the file was last written by this session, if it was.
    pub fn written(&self) -> Option<Instant> {
        guard(&self.shared.state).written
    }

    /// Why nothing can be kept any more, once: another job has taken the file over.
    pub fn refused(&self) -> Option<Error> {
        let mut state = guard(&self.shared.state);
        let refused = state.refusal.is_some();
        let told = std::mem::replace(&mut state.told, refused);
        state.refusal.clone().filter(|_| !told)
    }

    /// The file, as it was named.
    pub fn path(&self) -> &Path {
        &self.files.shown
    }
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        if let Some(writer) = guard(&self.writer).take() {
            self.shared.order(|state| state.order = Order::Stop);
            let _ = writer.join();
        }
    }
}

impl Fault {
    /// What is wrong, for within a sentence.
    fn words(&self) -> String {
        match self {
            Fault::Absent => "it is not there".into(),
            Fault::Foreign => "it is no checkpoint of grange".into(),
            Fault::Newer(format) => format!("it is of a newer format ({format})"),
            Fault::Damaged(what) => what.clone(),
            Fault::Unreadable(error) => format!("it cannot be read: {error}"),
        }
    }
}
