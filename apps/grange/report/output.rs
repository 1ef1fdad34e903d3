//! Where a page is written: under its name when it is whole, and not over what somebody else wrote.

use crate::figures::GENERATOR;
use crate::staged;
use grange::Error;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Where in a page its maker stands, at most.
const HEAD: u64 = 1024;

/// Writes a page.
///
/// # Errors
/// When something else is there already and is not to be replaced, when it is one of the `inputs`, or when it
/// cannot be written.
pub fn write(
    path: &Path,
    html: &str,
    force: bool,
    inputs: &[std::path::PathBuf],
) -> Result<(), Error> {
    let refused = |problem: String| Error::Usage(format!("--output {}: {problem}", path.display()));
    if path.is_dir() {
        return Err(refused("it is a folder".into()));
    }
    let same = |input: &&std::path::PathBuf| {
        let found = fs::canonicalize(input).ok();
        found.is_some() && found == fs::canonicalize(path).ok()
    };
    if inputs.iter().any(|input| same(&input)) {
        return Err(refused("it is the report itself".into()));
    }
    if !force && path.symlink_metadata().is_ok() && !is_ours(path) {
        return Err(refused(
            "it is there already and no page of grange; --force replaces it".into(),
        ));
    }
    let part = staged::part(path);
    let written = fs::write(&part, html).and_then(|()| fs::rename(&part, path));
    written.map_err(|e| {
        // Where nothing was written there is nothing to remove.
        let _ = fs::remove_file(&part);
        refused(e.to_string())
    })
}

fn is_ours(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && String::from_utf8_lossy(&head).contains(GENERATOR)
}
