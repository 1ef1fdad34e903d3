//! What a file has inside, by libhdf5. Files come here only after a look at their sum.

pub(crate) mod basic;
mod opened;
mod piece;
mod tables;
mod values;

#[cfg(test)]
pub use opened::patiently;
pub use piece::{read_piece, write_piece};

use super::identity::{Identity, RowKind};
use super::state::{Call, Chunk, Image, PieceId};
use basic::{Outcome, broken, flag, flag_of, number, number_of, text, text_of};
use hdf5::{File, Group};
use std::path::Path;
use std::sync::Arc;
use tables::{FailureRow, PieceRow, SessionRow};

/// Writes a file; its user block is left empty. `pieces` is the name of the folder of pieces.
///
/// # Errors
/// In libhdf5's words.
pub fn write_main(path: &Path, image: &Image, pieces: &str) -> Result<(), String> {
    basic::write(path, |file| main(file, image, pieces))
}

/// Reads a file.
///
/// # Errors
/// What is wrong.
pub fn read_main(path: &Path) -> Result<Image, String> {
    let file = opened::opened(path).map_err(|e| e.to_string())?;
    image(&file).map_err(|e| e.to_string())
}

fn main(file: &File, image: &Image, pieces: &str) -> Outcome<()> {
    text(file, "program", &image.program)?;
    text(file, "program version", &image.version)?;
    text(file, "grange version", env!("CARGO_PKG_VERSION"))?;
    number(file, "created", image.created)?;
    number(file, "generation", image.generation)?;
    number(file, "token", image.token)?;
    let rows: Vec<SessionRow> = image.sessions.iter().map(SessionRow::of).collect();
    let sessions = basic::put(file, "sessions", &rows)?;
    text(
        &sessions,
        "units",
        "start and end: s since 1970-01-01 00:00:00 UTC",
    )?;
    let calls = file.create_group("calls")?;
    for (i, one) in image.calls.iter().enumerate() {
        call(&calls.create_group(&format!("{i:04}"))?, one, pieces)?;
    }
    Ok(())
}

fn image(file: &File) -> Outcome<Image> {
    let rows: Vec<SessionRow> = basic::get(file, "sessions")?;
    let calls = file.group("calls")?;
    let count = calls.len();
    Ok(Image {
        program: text_of(file, "program")?,
        version: text_of(file, "program version")?,
        created: number_of(file, "created")?,
        generation: number_of(file, "generation")?,
        token: number_of(file, "token")?,
        sessions: rows.iter().map(SessionRow::session).collect(),
        calls: (0..count)
            .map(|i| call_of(&calls.group(&format!("{i:04}"))?))
            .collect::<Outcome<_>>()?,
    })
}

fn call(group: &Group, call: &Call, pieces: &str) -> Outcome<()> {
    let id = &call.identity;
    text(group, "key", &id.key)?;
    number(group, "occurrence", id.occurrence)?;
    text(group, "place", &id.place)?;
    text(group, "items", &id.items.to_string())?;
    text(group, "grain", &id.grain.to_string())?;
    number(group, "grains", id.grains)?;
    text(group, "types", &id.types)?;
    number(group, "inputs", id.inputs)?;
    text(group, "version", &id.version)?;
    text(group, "rows", id.rows.name())?;
    flag(group, "complete", call.complete)?;
    number(group, "done_grains", call.done.grains())?;
    basic::put(group, "done", &tables::spans(&call.done))?;
    basic::put(group, "tail_done", &tables::spans(&call.tail_done()))?;
    let failures: Vec<FailureRow> = call.failures.iter().map(FailureRow::of).collect();
    basic::put(group, "failures", &failures)?;
    values::write(group, &call.rows())?;
    let rows: Vec<PieceRow> = call.pieces.iter().map(PieceRow::of).collect();
    basic::put(group, "pieces", &rows)?;
    let links = group.create_group("piece_files")?;
    for piece in &call.pieces {
        // So that other programs read on from here; grange goes by the table.
        links.link_external(&format!("{pieces}/{}", piece.name), "/", &piece.name)?;
    }
    Ok(())
}

fn call_of(group: &Group) -> Outcome<Call> {
    let large = |name: &str| -> Outcome<u128> {
        let digits = text_of(group, name)?;
        digits.parse().map_err(|_| broken(group, name))
    };
    let rows = text_of(group, "rows")?;
    let identity = Identity {
        key: text_of(group, "key")?,
        occurrence: number_of(group, "occurrence")?,
        place: text_of(group, "place")?,
        items: large("items")?,
        grain: large("grain")?,
        grains: number_of(group, "grains")?,
        types: text_of(group, "types")?,
        inputs: number_of(group, "inputs")?,
        version: text_of(group, "version")?,
        rows: RowKind::of(&rows).ok_or_else(|| broken(group, "rows"))?,
    };
    let failures: Vec<FailureRow> = basic::get(group, "failures")?;
    let failures: Vec<_> = failures.iter().map(FailureRow::failure).collect();
    let pieces: Vec<PieceRow> = basic::get(group, "pieces")?;
    let pieces: Vec<PieceId> = pieces.iter().map(PieceId::from).collect();
    if !pieces.iter().all(PieceId::is_inside) {
        return Err(broken(group, "pieces"));
    }
    let done = tables::set(basic::get(group, "done")?).ok_or_else(|| broken(group, "done"))?;
    let tail = tables::set(basic::get(group, "tail_done")?);
    let tail = Chunk {
        done: tail.ok_or_else(|| broken(group, "tail_done"))?,
        rows: Arc::new(values::read(group)?),
    };
    Ok(Call {
        identity: Arc::new(identity),
        done: Arc::new(done),
        complete: flag_of(group, "complete")?,
        tail: vec![tail],
        pieces,
        earlier: failures.len(),
        failures: Arc::new(failures),
    })
}
