//! Rows as columns of an HDF5 file, which h5py, pandas, MATLAB and Julia read.
//!
//! In the group `/sweep` each column is a data set of one dimension: 64-bit integers or floats, or UTF-8 text.
//! A number that a failed row does not have is a NaN.

use super::{Sink, Staged};
use crate::row::{Cell, Column};
use grange::params::{Kind, Value};
use grange::{Error, versions};
use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, File, Group, H5Type, Location};

/// Rows that are written at once.
const BLOCK: usize = 1024;

pub struct Hdf5 {
    series: Vec<Series>,
    rows: usize,
    file: File,
    staged: Staged,
}

/// A column with what is not yet written of it.
struct Series {
    set: Dataset,
    waiting: Waiting,
}

enum Waiting {
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<VarLenUnicode>),
}

fn failed(error: hdf5::Error) -> Error {
    Error::user(format!("cannot write the results: {error}"))
}

impl Hdf5 {
    pub fn new(staged: Staged, columns: Vec<Column>) -> Result<Self, Error> {
        // To HDF5 these are paths.
        let path = |name: &str| name.contains('/') || name == ".";
        if let Some(column) = columns.iter().find(|column| path(&column.name)) {
            return Err(Error::Usage(format!(
                "HDF5 cannot have a column of the name '{}'",
                column.name
            )));
        }
        let file = File::create(staged.part()).map_err(|e| staged.unusable(e))?;
        let series = create(&file, &columns).map_err(failed)?;
        Ok(Hdf5 {
            series,
            rows: 0,
            file,
            staged,
        })
    }

    fn write(&mut self) -> hdf5::Result<()> {
        for series in &mut self.series {
            series.write(self.rows)?;
        }
        Ok(())
    }
}

fn create(file: &File, columns: &[Column]) -> hdf5::Result<Vec<Series>> {
    let group = file.create_group("sweep")?;
    let words: Vec<String> = std::env::args().collect();
    note(&group, "version", &versions::text())?;
    note(&group, "command", &shell_words::join(words))?;
    columns
        .iter()
        .map(|column| {
            let (set, waiting) = match column.kind {
                Kind::Integer => (set::<i64>(&group, column)?, Waiting::Integers(Vec::new())),
                Kind::Float => (set::<f64>(&group, column)?, Waiting::Floats(Vec::new())),
                Kind::Text => (
                    set::<VarLenUnicode>(&group, column)?,
                    Waiting::Texts(Vec::new()),
                ),
            };
            if !column.unit.is_empty() {
                note(&set, "units", column.unit)?;
            }
            Ok(Series { set, waiting })
        })
        .collect()
}

fn set<T: H5Type>(group: &Group, column: &Column) -> hdf5::Result<Dataset> {
    group
        .new_dataset::<T>()
        .chunk(BLOCK)
        .shape((0..,))
        .create(column.name.as_str())
}

fn note(of: &Location, name: &str, value: &str) -> hdf5::Result<()> {
    of.new_attr::<VarLenUnicode>()
        .create(name)?
        .write_scalar(&text(value))
}

/// A NUL would end a text, so it is shown as the symbol for it.
fn text(text: &str) -> VarLenUnicode {
    text.replace('\0', "\u{2400}").parse().unwrap_or_default()
}

impl Series {
    fn push(&mut self, cell: &Cell) {
        match (&mut self.waiting, cell) {
            (Waiting::Integers(list), cell) => list.push(match cell {
                Cell::Text(digits) => digits.parse().unwrap_or_default(),
                _ => 0,
            }),
            (Waiting::Floats(list), cell) => list.push(match cell {
                Cell::Float(number) => *number,
                Cell::Text(digits) => digits.parse().unwrap_or(f64::NAN),
                Cell::Empty => f64::NAN,
            }),
            (Waiting::Texts(list), cell) => list.push(match cell {
                Cell::Text(words) => text(words),
                Cell::Float(number) => text(&number.to_string()),
                Cell::Empty => VarLenUnicode::default(),
            }),
        }
    }

    /// Appends what waits, so that there are `rows`.
    fn write(&mut self, rows: usize) -> hdf5::Result<()> {
        self.set.resize((rows,))?;
        match &mut self.waiting {
            Waiting::Integers(list) => append(&self.set, rows, list),
            Waiting::Floats(list) => append(&self.set, rows, list),
            Waiting::Texts(list) => append(&self.set, rows, list),
        }
    }
}

fn append<T: H5Type>(set: &Dataset, rows: usize, list: &mut Vec<T>) -> hdf5::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    set.write_slice(list.as_slice(), rows - list.len()..rows)?;
    list.clear();
    Ok(())
}

impl Sink for Hdf5 {
    fn row(&mut self, values: &[Value], cells: &[Cell]) -> Result<bool, Error> {
        let values = values.iter().map(|value| Cell::Text(value.to_string()));
        let cells = values.chain(cells.iter().cloned());
        for (series, cell) in self.series.iter_mut().zip(cells) {
            series.push(&cell);
        }
        self.rows += 1;
        if self.rows.is_multiple_of(BLOCK) {
            self.write().map_err(failed)?;
        }
        Ok(true)
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.write().map_err(failed)?;
        let Hdf5 {
            series,
            file,
            staged,
            ..
        } = *self;
        drop(series);
        file.close().map_err(failed)?;
        staged.commit()
    }
}
