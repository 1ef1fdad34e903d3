//! Columns of compound tables of HDF5, each by its name: the library picks them out and converts the numbers.

use super::hdf5::line;
use super::read::incomplete;
use super::spans::{self, Span};
use hdf5::types::{TypeDescriptor, VarLenArray, VarLenAscii, VarLenUnicode};
use hdf5::{Dataset, H5Type};
use serde_json::Value;

/// Names and types of a table's columns.
pub fn columns_of(table: &Dataset) -> Result<Vec<(String, TypeDescriptor)>, String> {
    let kind = table.dtype().and_then(|kind| kind.to_descriptor());
    match kind.map_err(|e| incomplete(line(&e)))? {
        TypeDescriptor::Compound(kind) => {
            Ok(kind.fields.into_iter().map(|f| (f.name, f.ty)).collect())
        }
        _ => Err(incomplete(format!(
            "'{}' has no columns",
            table.name().trim_start_matches('/')
        ))),
    }
}

/// One column of a table whatever else is in it, as values of one type.
macro_rules! cells {
    ($table:expr, $name:ident, $type:ty) => {{
        #[derive(H5Type, Clone)]
        #[repr(C)]
        struct Row {
            $name: $type,
        }
        let rows = $table.read_raw::<Row>();
        rows.map(|rows| {
            rows.into_iter()
                .map(|row| row.$name)
                .collect::<Vec<$type>>()
        })
    }};
}

/// One column of a table, as values of the type that it has.
macro_rules! any_cells {
    ($table:expr, $name:ident, $kind:expr) => {{
        use TypeDescriptor as T;
        let table = $table;
        match $kind {
            T::Integer(_) => cells!(table, $name, i64).map(|list| to_values(list)),
            T::Unsigned(_) => cells!(table, $name, u64).map(|list| to_values(list)),
            T::Float(_) => cells!(table, $name, f64).map(|list| to_values(list)),
            T::VarLenUnicode => cells!(table, $name, VarLenUnicode)
                .map(|list| to_values(list.iter().map(|text| text.as_str()))),
            T::VarLenAscii => cells!(table, $name, VarLenAscii)
                .map(|list| to_values(list.iter().map(|text| text.as_str()))),
            T::VarLenArray(_) => cells!(table, $name, VarLenArray<u64>)
                .map(|list| to_values(list.iter().map(|cores| cores.to_vec()))),
            other => Err(format!("values of type {other:?} are not read").into()),
        }
    }};
}

fn to_values<T: Into<Value>>(list: impl IntoIterator<Item = T>) -> Vec<Value> {
    list.into_iter().map(Into::into).collect()
}

/// The cells of a column, or nothing if no report has a column of that name.
pub fn column(
    table: &Dataset,
    name: &str,
    kind: &TypeDescriptor,
) -> Result<Option<Vec<Value>>, String> {
    macro_rules! by_name {
        ($($known:ident)*) => {
            match name {
                $(stringify!($known) => any_cells!(table, $known, kind),)*
                _ => return Ok(None),
            }
        };
    }
    let cells: hdf5::Result<Vec<Value>> = by_name!(
        rank host threads cores grains items useful_seconds overhead_seconds waiting_seconds tail_seconds
        gather_seconds serial_seconds startup_seconds shutdown_seconds lost_seconds items_per_second
        clock_offset_seconds clock_error_seconds call what began all_done ended thread kind text lower_seconds upper_seconds count
    );
    let cells = cells.map_err(|e| incomplete(format!("column '{name}': {}", line(&e))))?;
    Ok(Some(cells))
}

/// The rows of the table of spans.
pub fn spans(table: &Dataset) -> Result<Vec<Span>, String> {
    #[derive(H5Type, Clone)]
    #[repr(C)]
    struct Row {
        call: u64,
        rank: u64,
        thread: u64,
        began: f64,
        ended: f64,
        busy_seconds: f64,
    }
    let there = columns_of(table)?;
    // HDF5 would leave out silently what is not there.
    for name in spans::COLUMNS {
        if !there.iter().any(|(column, _)| column == name) {
            return Err(incomplete(format!(
                "the table spans has no column '{name}'"
            )));
        }
    }
    let rows = table.read_raw::<Row>();
    let rows = rows.map_err(|e| incomplete(format!("spans: {}", line(&e))))?;
    let span = |row: Row| Span {
        call: row.call,
        rank: row.rank,
        thread: row.thread,
        began: row.began,
        ended: row.ended,
        busy: row.busy_seconds,
    };
    Ok(rows.into_iter().map(span).collect())
}
