//! Rows of the tables that other programs see as records.

use super::basic::unicode;
use crate::checkpoint::state::{Failure, PieceId, Session};
use crate::engine::span::{Span, SpanSet};
use hdf5::H5Type;
use hdf5::types::VarLenUnicode;

/// A run of grains.
#[derive(Clone, Debug, H5Type)]
#[repr(C)]
pub struct SpanRow {
    start: u64,
    end: u64,
}

/// The runs of a set.
pub fn spans(set: &SpanSet) -> Vec<SpanRow> {
    set.iter()
        .map(|Span { start, end }| SpanRow { start, end })
        .collect()
}

/// The set of runs, if none runs backwards.
pub fn set(rows: Vec<SpanRow>) -> Option<SpanSet> {
    rows.into_iter()
        .map(|row| (row.start <= row.end).then(|| Span::new(row.start, row.end)))
        .collect()
}

/// See [`Session`].
#[derive(Clone, Debug, H5Type)]
#[repr(C)]
pub struct SessionRow {
    start: f64,
    end: f64,
    ranks: u32,
    threads: u32,
    hosts: VarLenUnicode,
    ended: VarLenUnicode,
}

impl SessionRow {
    /// As a row.
    pub fn of(session: &Session) -> Self {
        SessionRow {
            start: session.start,
            end: session.end,
            ranks: session.ranks,
            threads: session.threads,
            hosts: unicode(&session.hosts),
            ended: unicode(&session.ended),
        }
    }

    /// What it says.
    pub fn session(&self) -> Session {
        Session {
            start: self.start,
            end: self.end,
            ranks: self.ranks,
            threads: self.threads,
            hosts: self.hosts.as_str().to_owned(),
            ended: self.ended.as_str().to_owned(),
        }
    }
}

/// See [`Failure`]; an item is a decimal number, or nothing.
#[derive(Clone, Debug, H5Type)]
#[repr(C)]
pub struct FailureRow {
    grain: u64,
    rank: u32,
    item: VarLenUnicode,
    host: VarLenUnicode,
    text: VarLenUnicode,
}

impl FailureRow {
    /// As a row.
    pub fn of(failure: &Failure) -> Self {
        let item = failure.item.map(|item| item.to_string());
        FailureRow {
            grain: failure.grain,
            rank: failure.rank,
            item: unicode(&item.unwrap_or_default()),
            host: unicode(&failure.host),
            text: unicode(&failure.text),
        }
    }

    /// What it says.
    pub fn failure(&self) -> Failure {
        Failure {
            grain: self.grain,
            item: self.item.as_str().parse().ok(),
            rank: self.rank,
            host: self.host.as_str().to_owned(),
            text: self.text.as_str().to_owned(),
        }
    }
}

/// See [`PieceId`].
#[derive(Clone, Debug, H5Type)]
#[repr(C)]
pub struct PieceRow {
    rows: u64,
    name: VarLenUnicode,
    sha256: VarLenUnicode,
}

impl PieceRow {
    /// As a row.
    pub fn of(piece: &PieceId) -> Self {
        PieceRow {
            rows: piece.rows,
            name: unicode(&piece.name),
            sha256: unicode(&piece.sha256),
        }
    }
}

impl From<&PieceRow> for PieceId {
    fn from(row: &PieceRow) -> Self {
        PieceId {
            rows: row.rows,
            name: row.name.as_str().to_owned(),
            sha256: row.sha256.as_str().to_owned(),
        }
    }
}
