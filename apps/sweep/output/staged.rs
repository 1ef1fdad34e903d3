//! A file that appears under its name when it is whole.

use super::unusable;
use grange::Error;
use std::path::{Path, PathBuf};
use std::{fs, process};

/// A name beside a file's own to write it under. What is there is removed when this is dropped.
pub struct Staged {
    path: PathBuf,
    part: PathBuf,
}

impl Staged {
    /// # Errors
    /// When the file is there already and is not to be replaced.
    pub fn new(path: &Path, force: bool) -> Result<Self, Error> {
        if path.is_dir() {
            return Err(unusable(path, "it is a directory"));
        }
        if !force && path.symlink_metadata().is_ok() {
            return Err(unusable(path, "it is there already; --force replaces it"));
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", process::id()));
        Ok(Staged {
            path: path.to_owned(),
            part: path.with_file_name(name),
        })
    }

    /// Where to write.
    pub fn part(&self) -> &Path {
        &self.part
    }

    /// An error of writing there.
    pub fn unusable(&self, problem: impl std::fmt::Display) -> Error {
        unusable(&self.path, problem)
    }

    /// All is written.
    pub fn commit(self) -> Result<(), Error> {
        fs::rename(&self.part, &self.path)
            .map_err(|e| Error::user(format!("{}: {e}", self.path.display())))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a commit there is nothing.
        let _ = fs::remove_file(&self.part);
    }
}
