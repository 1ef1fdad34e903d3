//! What there is to keep: shared by those who hand it over and the thread that writes it.

use super::identity::{Identity, RowKind};
use super::rows::Rows;
use crate::engine::span::SpanSet;
use std::sync::Arc;

/// What a piece is cut off at, and rows gathered to.
pub const PIECE: usize = 8 << 20;
const CHUNK: usize = 1 << 20;

/// All that a file has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    /// The program's name, without its version.
    pub program: String,
    /// Its version.
    pub version: String,
    /// When the file began, in seconds since 1970.
    pub created: f64,
    /// Grows by one with each write.
    pub generation: u64,
    /// Of the lock's owner that wrote it.
    pub token: u64,
    /// The runs that wrote it.
    pub sessions: Vec<Session>,
    /// The calls.
    pub calls: Vec<Call>,
}

/// One run of the program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// When it began, in seconds since 1970.
    pub start: f64,
    /// When it ended, or wrote last.
    pub end: f64,
    /// How many ranks it had.
    pub ranks: u32,
    /// How many threads a rank had.
    pub threads: u32,
    /// The names of its hosts, with spaces between.
    pub hosts: String,
    /// How it ended; "running" until it does.
    pub ended: String,
}

/// What is known of a call. What is large is shared, so that a copy of it takes no time.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Which it is.
    pub identity: Arc<Identity>,
    /// The grains that are done.
    pub done: Arc<SpanSet>,
    /// Whether it has its result.
    pub complete: bool,
    /// Rows that no piece has.
    pub tail: Vec<Chunk>,
    /// The pieces.
    pub pieces: Vec<PieceId>,
    /// What was set aside.
    pub failures: Arc<Vec<Failure>>,
    /// So many of these are of earlier sessions.
    pub earlier: usize,
}

/// Rows and the grains that they are of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// The grains.
    pub done: SpanSet,
    /// The rows.
    pub rows: Arc<Rows>,
}

/// A file of rows that never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceId {
    /// Its file's name in the folder of pieces.
    pub name: String,
    /// The sum of its bytes.
    pub sha256: String,
    /// How many rows it has.
    pub rows: u64,
}

/// A grain that failed and was set aside.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Its number.
    pub grain: u64,
    /// The item that failed, if that is known.
    pub item: Option<u128>,
    /// Where.
    pub rank: u32,
    /// Where.
    pub host: String,
    /// Why.
    pub text: String,
}

impl PieceId {
    /// Whether its name is that of a file in the folder of pieces, and not somewhere else.
    #[cfg(feature = "hdf5")]
    pub fn is_inside(&self) -> bool {
        let mut parts = std::path::Path::new(&self.name).components();
        matches!(parts.next(), Some(std::path::Component::Normal(_))) && parts.next().is_none()
    }
}

impl Call {
    /// Of which nothing is known yet.
    pub fn new(identity: Identity) -> Self {
        Call {
            identity: Arc::new(identity),
            done: Arc::default(),
            complete: false,
            tail: Vec::new(),
            pieces: Vec::new(),
            failures: Arc::default(),
            earlier: 0,
        }
    }

    /// Whether it is of that kind.
    pub fn kind(&self) -> RowKind {
        self.identity.rows
    }

    /// All rows that no piece has.
    pub fn rows(&self) -> Rows {
        let mut rows = Rows::default();
        self.tail.iter().for_each(|chunk| rows.extend(&chunk.rows));
        rows
    }

    /// The grains of the rows that no piece has.
    #[cfg(feature = "hdf5")]
    pub fn tail_done(&self) -> SpanSet {
        self.tail
            .iter()
            .flat_map(|chunk| chunk.done.iter())
            .collect()
    }

    /// All that is known now.
    pub fn replace(&mut self, done: SpanSet, rows: Rows, complete: bool) {
        self.forgive(&done);
        self.tail = vec![Chunk {
            done: done.clone(),
            rows: Arc::new(rows),
        }];
        self.pieces.clear();
        self.done = Arc::new(done);
        self.complete = complete;
    }

    /// More of it.
    pub fn append(&mut self, done: &SpanSet, rows: Rows, complete: bool) {
        self.forgive(done);
        let all = Arc::make_mut(&mut self.done);
        for span in done.iter() {
            all.insert(span);
        }
        self.complete = complete;
        let room = |chunk: &&mut Chunk| chunk.rows.bytes() < CHUNK;
        // What the writer is looking at is left alone.
        match self.tail.last_mut().filter(room) {
            Some(Chunk { done: d, rows: r }) if Arc::strong_count(r) == 1 => {
                for span in done.iter() {
                    d.insert(span);
                }
                if let Some(r) = Arc::get_mut(r) {
                    r.append(rows);
                }
            }
            _ => self.tail.push(Chunk {
                done: done.clone(),
                rows: Arc::new(rows),
            }),
        }
    }

    /// Adds failures. One of the same item takes the place of what is there.
    pub fn set_aside(&mut self, failures: Vec<Failure>) {
        let list = Arc::make_mut(&mut self.failures);
        for new in failures {
            let same = |old: &Failure| (old.grain, old.item) == (new.grain, new.item);
            if let Some(at) = list.iter().position(same) {
                list.remove(at);
                self.earlier -= usize::from(at < self.earlier);
            }
            list.push(new);
        }
    }

    /// Drops what failed in earlier sessions and is done now.
    fn forgive(&mut self, done: &SpanSet) {
        let is_new = |grain| done.holding(grain).is_some() && self.done.holding(grain).is_none();
        let earlier = &self.failures[..self.earlier];
        if !earlier.iter().any(|failure| is_new(failure.grain)) {
            return;
        }
        let (before, now) = self.failures.split_at(self.earlier);
        let mut kept: Vec<_> = before
            .iter()
            .filter(|f| !is_new(f.grain))
            .cloned()
            .collect();
        self.earlier = kept.len();
        kept.extend_from_slice(now);
        self.failures = Arc::new(kept);
    }

    /// The oldest rows, if there are enough for a piece.
    pub fn cut(&self) -> Option<Vec<Chunk>> {
        let mut sizes = self.tail.iter().map(|chunk| chunk.rows.bytes());
        if !self.kind().is_many() || sizes.clone().sum::<usize>() <= PIECE {
            return None;
        }
        let mut total = 0;
        let full = sizes.position(|size| {
            total += size;
            total > PIECE
        })?;
        Some(self.tail[..=full].to_vec())
    }

    /// These rows are in a piece now. Says whether they still were what comes first.
    pub fn shed(&mut self, chunks: &[Chunk], piece: PieceId) -> bool {
        let same = |(a, b): (&Chunk, &Chunk)| Arc::ptr_eq(&a.rows, &b.rows);
        let first = self.tail.len() >= chunks.len() && self.tail.iter().zip(chunks).all(same);
        if first {
            self.tail.drain(..chunks.len());
            self.pieces.push(piece);
        }
        first
    }
}
