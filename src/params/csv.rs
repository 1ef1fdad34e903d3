//! Text with commas and quotes, as spreadsheets write it.

use super::axis::Axis;
use super::value::Value;
use crate::error::Error;
use csv::{Error as CsvError, ErrorKind, Reader, ReaderBuilder, StringRecord};
use std::io::Read;

/// The fields of one line.
///
/// # Errors
/// With what is wrong, to follow the line itself in a message.
pub fn line(text: &str) -> Result<Vec<String>, &'static str> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = reader.records();
    match (lines.next(), lines.next()) {
        (Some(Ok(fields)), None) => Ok(fields.iter().map(str::to_owned).collect()),
        (None, _) => Err("has no values"),
        _ => Err("has a line break, which belongs in double quotes"),
    }
}

/// The columns of a file whose first line names them.
pub fn columns(from: impl Read) -> Result<Vec<Axis>, Error> {
    let mut reader = ReaderBuilder::new().from_reader(from);
    let names: Vec<String> = header(&mut reader)?;
    let mut columns: Vec<Vec<Value>> = names.iter().map(|_| Vec::new()).collect();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(told)? {
        for (column, field) in columns.iter_mut().zip(&record) {
            column.push(Value::parse(field));
        }
    }
    names
        .iter()
        .zip(columns)
        .map(|(name, values)| {
            Axis::new(name, values).map_err(|error| Error::Usage(format!("line 1: {error}")))
        })
        .collect()
}

fn header(reader: &mut Reader<impl Read>) -> Result<Vec<String>, Error> {
    let header = reader.headers().map_err(told)?;
    if header.is_empty() {
        return Err(Error::Usage("no line that names the parameters".into()));
    }
    Ok(header.iter().map(str::to_owned).collect())
}

/// One line, with the number of the line that is wrong.
fn told(error: CsvError) -> Error {
    let line = error
        .position()
        .map_or(String::new(), |at| format!("line {}: ", at.line()));
    let problem = match error.kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("{len} field(s) instead of {expected_len}"),
        ErrorKind::Utf8 { .. } => "not UTF-8 text".into(),
        _ => error.to_string(),
    };
    Error::Usage(line + &problem)
}
