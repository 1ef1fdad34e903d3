//! Rows as text with commas, which spreadsheets read.

use super::{Sink, Staged};
use crate::row::{Cell, Column};
use csv::Writer;
use grange::Error;
use grange::params::Value;
use std::io::{self, Write};

/// When a row is to be seen.
#[derive(Clone, Copy, PartialEq)]
pub enum When {
    AtOnce,
    Later,
}

pub struct Csv<W: Write> {
    writer: Writer<W>,
    /// Until there is a row: a run that is refused prints nothing.
    header: Option<Vec<String>>,
    when: When,
    staged: Option<Staged>,
}

impl<W: Write> Csv<W> {
    pub fn new(to: W, columns: &[Column], when: When, staged: Option<Staged>) -> Self {
        Csv {
            writer: Writer::from_writer(to),
            header: Some(columns.iter().map(|column| column.name.clone()).collect()),
            when,
            staged,
        }
    }

    fn begin(&mut self) -> Result<bool, Error> {
        match self.header.take() {
            Some(header) => self.record(header.into_iter()),
            None => Ok(true),
        }
    }

    fn record(&mut self, fields: impl Iterator<Item = String>) -> Result<bool, Error> {
        let written = self.writer.write_record(fields).map_err(io::Error::from);
        let written = written.and_then(|()| match self.when {
            When::AtOnce => self.writer.flush(),
            When::Later => Ok(()),
        });
        match written {
            Ok(()) => Ok(true),
            // A reader that has gone away (`| head`) is no error; a file cannot do so.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(Error::user(format!("cannot write the results: {error}"))),
        }
    }
}

impl<W: Write> Sink for Csv<W> {
    fn row(&mut self, values: &[Value], cells: &[Cell]) -> Result<bool, Error> {
        if !self.begin()? {
            return Ok(false);
        }
        let values = values.iter().map(Value::to_string);
        let cells = cells.iter().map(|cell| match cell {
            Cell::Float(number) => format!("{number:?}"),
            Cell::Text(text) => text.clone(),
            Cell::Empty => String::new(),
        });
        self.record(values.chain(cells))
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        if !self.begin()? {
            return Ok(());
        }
        self.writer
            .flush()
            .map_err(|e| Error::user(format!("cannot write the results: {e}")))?;
        self.staged.map_or(Ok(()), Staged::commit)
    }
}
