//! Files that appear under their names when they are whole.

use grange::Error;
use std::path::{Path, PathBuf};
use std::{fs, process};

/// Where to write what is to be `path`.
pub fn part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", process::id()));
    path.with_file_name(name)
}

/// The part is whole, or will not be.
///
/// # Errors
/// When it is not, or cannot take its name.
pub fn commit<E: std::fmt::Display>(path: &Path, written: Result<(), E>) -> Result<(), Error> {
    let part = part(path);
    let done = match written {
        Ok(()) => fs::rename(&part, path).map_err(|e| e.to_string()),
        Err(error) => Err(error.to_string()),
    };
    done.map_err(|problem| {
        let _ = fs::remove_file(&part);
        Error::user(format!("{}: {problem}", path.display()))
    })
}

/// Writes a file.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    commit(path, fs::write(part(path), bytes))
}
