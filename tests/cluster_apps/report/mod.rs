//! `grange report`: pages of reports, and what is said of files that are none.

mod bad_input;
mod browser;
#[cfg(feature = "hdf5")]
mod hdf5;
mod pages;
mod sample;

use crate::GRANGE;
use crate::support::run::Run;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// `grange report` with these arguments.
fn page_of<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    // A file that this process has just written may still be locked by processes that other tests start, until
    // they are programs of their own.
    let run = Run::new(GRANGE).env("HDF5_USE_FILE_LOCKING", "FALSE");
    run.arg("report").args(args)
}

/// A file of that name with a report.
fn written(folder: &Path, name: &str, report: &Value) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, report.to_string()).unwrap();
    path
}
