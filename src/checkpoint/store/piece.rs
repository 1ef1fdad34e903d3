//! Files of rows that never change.

use super::basic::{self, broken, text};
use super::opened::opened;
use super::{tables, values};
use crate::checkpoint::identity::Identity;
use crate::checkpoint::rows::Rows;
use crate::engine::span::SpanSet;
use std::path::Path;

/// Writes a piece; its user block is left empty.
///
/// # Errors
/// In libhdf5's words.
pub fn write_piece(
    path: &Path,
    identity: &Identity,
    done: &SpanSet,
    rows: &Rows,
) -> Result<(), String> {
    basic::write(path, |file| {
        text(file, "key", &identity.key)?;
        basic::number(file, "occurrence", identity.occurrence)?;
        text(file, "rows", identity.rows.name())?;
        basic::put(file, "done", &tables::spans(done))?;
        values::write(file, rows)
    })
}

/// Reads a piece.
///
/// # Errors
/// What is wrong.
pub fn read_piece(path: &Path) -> Result<(SpanSet, Rows), String> {
    let read = || {
        let file = opened(path)?;
        let done = tables::set(basic::get(&file, "done")?).ok_or_else(|| broken(&file, "done"))?;
        Ok((done, values::read(&file)?))
    };
    read().map_err(|e: hdf5::Error| e.to_string())
}
