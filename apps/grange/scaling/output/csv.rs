//! Tables as text with commas, which spreadsheets read.

use super::table::Table;
use crate::staged;
use csv::Writer;
use grange::Error;
use std::path::Path;

/// Writes `table` to `path`.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, table: &Table) -> Result<(), Error> {
    let bytes = bytes(table).map_err(|e| Error::user(format!("{}: {e}", path.display())))?;
    staged::write(path, &bytes)
}

fn bytes(table: &Table) -> Result<Vec<u8>, csv::Error> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|column| &column.name))?;
    let rows = table.columns.first().map_or(0, |column| column.cells.len());
    for row in 0..rows {
        writer.write_record(table.columns.iter().map(|column| column.cells.text(row)))?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}
