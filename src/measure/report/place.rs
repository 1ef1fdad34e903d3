//! Where a report or a trace goes.

use super::{Document, FORMAT};
use crate::error::Error;
use crate::measure::trace;
use crate::pool::keep::files::real;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A report as JSON.
    Json,
    /// A report as HDF5.
    Hdf5,
    /// A trace for a viewer.
    Trace,
}

/// A file that is to be written at the end. One that is there is replaced if it is of the same kind.
#[derive(Clone, Debug)]
pub struct Place {
    path: PathBuf,
    format: Format,
}

impl Place {
    /// A report there; its form is told by the name.
    ///
    /// # Errors
    /// When the name tells no form, or HDF5 is not built in.
    pub fn report(path: &Path) -> Result<Self, Error> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let format = match extension.as_deref() {
            Some("json") => Format::Json,
            Some("h5" | "hdf5") if cfg!(feature = "hdf5") => Format::Hdf5,
            Some("h5" | "hdf5") => {
                return Err(Error::Usage(format!(
                    "--report {}: this program is built without HDF5 (feature `hdf5`); FILE.json works",
                    path.display()
                )));
            }
            _ => {
                return Err(Error::Usage(format!(
                    "--report {}: it takes FILE.h5, FILE.hdf5 or FILE.json",
                    path.display()
                )));
            }
        };
        let path = real(path);
        Ok(Place { path, format })
    }

    /// A trace there.
    ///
    /// # Errors
    /// When its name is not that of a JSON file.
    pub fn trace(path: &Path) -> Result<Self, Error> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        if extension.as_deref() != Some("json") {
            return Err(Error::Usage(format!(
                "--trace {}: it takes FILE.json",
                path.display()
            )));
        }
        let path = real(path);
        let format = Format::Trace;
        Ok(Place { path, format })
    }

    /// Before the run: whether it can be written, as far as can be known, and whether what is there may go.
    ///
    /// # Errors
    /// When not.
    pub fn check(&self) -> Result<(), Error> {
        self.is_free().map_err(Error::Usage)?;
        let part = self.part();
        let tried = File::create(&part).and_then(|_| fs::remove_file(&part));
        let shown = self.path.display();
        tried.map_err(|e| Error::Usage(format!("{shown} cannot be written: {e}")))
    }

    /// Whether nothing is there but what may go.
    fn is_free(&self) -> Result<(), String> {
        let shown = self.path.display();
        match fs::metadata(&self.path) {
            Err(_) => Ok(()),
            Ok(is) if is.is_dir() => Err(format!("{shown} is a directory; it takes a file")),
            Ok(is) if !is.is_file() => Err(format!("{shown} is no plain file, as it takes one")),
            Ok(_) if self.is_ours() => Ok(()),
            Ok(_) => Err(format!(
                "{shown} is there, and is no {} of grange; it is not overwritten",
                match self.format {
                    Format::Trace => "trace",
                    _ => "report",
                }
            )),
        }
    }

    fn is_ours(&self) -> bool {
        let (begins, mark): (&[u8], &str) = match self.format {
            Format::Json => (b"{\"format\":", FORMAT),
            Format::Hdf5 => (b"\x89HDF", FORMAT),
            Format::Trace => (b"{\"displayTimeUnit\":", trace::MARK),
        };
        let mut head = Vec::new();
        let read = File::open(&self.path).and_then(|f| f.take(1 << 16).read_to_end(&mut head));
        let has = || head.windows(mark.len()).any(|w| w == mark.as_bytes());
        read.is_ok() && (head.is_empty() || (head.starts_with(begins) && has()))
    }

    /// Whether both would be one file.
    pub fn is(&self, other: &Path) -> bool {
        self.path == real(other)
    }

    fn part(&self) -> PathBuf {
        let mut name = OsString::from(self.path.as_os_str());
        name.push(format!(".writing-{}", std::process::id()));
        name.into()
    }

    /// Writes it; what was there before goes when all of it is there.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn write(&self, document: &Document) -> Result<(), Error> {
        let part = self.part();
        // Something may have come there meanwhile.
        let written = self
            .is_free()
            .and_then(|()| self.write_to(&part, document))
            .and_then(|()| fs::rename(&part, &self.path).map_err(|e| e.to_string()));
        written.map_err(|what| {
            let _ = fs::remove_file(&part);
            Error::user(format!("cannot write {}: {what}", self.path.display()))
        })
    }

    fn write_to(&self, part: &Path, document: &Document) -> Result<(), String> {
        let text = |write: &dyn Fn(&mut BufWriter<File>) -> io::Result<()>| {
            let attempt = || {
                let mut file = BufWriter::new(File::create(part)?);
                write(&mut file)?;
                file.flush()
            };
            attempt().map_err(|e: io::Error| e.to_string())
        };
        match self.format {
            Format::Json => text(&|file| document.write_json(file)),
            Format::Trace => text(&|file| trace::write(document, file)),
            #[cfg(feature = "hdf5")]
            Format::Hdf5 => super::hdf5::write(document, part),
            #[cfg(not(feature = "hdf5"))]
            Format::Hdf5 => Err("built without HDF5".into()),
        }
    }
}
