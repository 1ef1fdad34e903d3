//! Where rows go: standard output, or a file that is there when all of it is.

mod csv;
#[cfg(feature = "hdf5")]
mod hdf5;
mod json;
mod staged;

use crate::Args;
use crate::row::{Cell, Column};
use grange::params::Value;
use grange::{Error, Pool};
use staged::Staged;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Takes rows in order.
pub trait Sink {
    /// One row: its parameters and its results. `false` when nobody reads them any more.
    fn row(&mut self, values: &[Value], cells: &[Cell]) -> Result<bool, Error>;

    /// That was the last one.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// A file to write to, of a kind that its name tells.
#[derive(Clone, Debug)]
pub struct Target {
    path: PathBuf,
    format: Format,
}

#[derive(Clone, Copy, Debug)]
enum Format {
    Csv,
    #[cfg(feature = "hdf5")]
    Hdf5,
}

impl Target {
    /// For the command line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        let extension = path.extension().map(|e| e.to_ascii_lowercase());
        let format = match extension.as_ref().and_then(|e| e.to_str()) {
            Some("csv") => Format::Csv,
            #[cfg(feature = "hdf5")]
            Some("h5" | "hdf5") => Format::Hdf5,
            #[cfg(not(feature = "hdf5"))]
            Some("h5" | "hdf5") => return Err("this program was built without HDF5".into()),
            _ => return Err("its name ends neither in .csv nor in .h5".into()),
        };
        Ok(Target { path, format })
    }
}

/// Opens what the command line asks for. On rank 0.
pub fn open<'a>(
    pool: &'a Pool,
    args: &Args,
    columns: Vec<Column>,
) -> Result<Box<dyn Sink + 'a>, Error> {
    let Some(target) = &args.output else {
        return if args.common.json {
            Ok(Box::new(json::Json::new(pool, args, columns)))
        } else {
            Ok(Box::new(csv::Csv::new(
                grange::cli::Stdout,
                &columns,
                csv::When::AtOnce,
                None,
            )))
        };
    };
    let staged = Staged::new(&target.path, args.force)?;
    match target.format {
        Format::Csv => {
            let file = File::create(staged.part()).map_err(|e| staged.unusable(e))?;
            Ok(Box::new(csv::Csv::new(
                file,
                &columns,
                csv::When::Later,
                Some(staged),
            )))
        }
        #[cfg(feature = "hdf5")]
        Format::Hdf5 => Ok(Box::new(hdf5::Hdf5::new(staged, columns)?)),
    }
}

fn unusable(path: &Path, problem: impl std::fmt::Display) -> Error {
    Error::Usage(format!("--output {}: {problem}", path.display()))
}
