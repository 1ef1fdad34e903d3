//! What an earlier study left in its folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// All that a study writes.
const OUTPUTS: [&str; 11] = [
    super::NAME,
    "scaling.csv",
    "fits.csv",
    "scaling.h5",
    "index.html",
    "speedup.svg",
    "speedup.png",
    "efficiency.svg",
    "efficiency.png",
    "time.svg",
    "time.png",
];

/// Which of them are there.
pub fn outputs(folder: &Path) -> Vec<&'static str> {
    OUTPUTS
        .into_iter()
        .filter(|name| folder.join(name).exists())
        .collect()
}

/// Moves them into a folder of their own, of which it gives the name; the last is the file with the runs, without
/// which the others are nothing.
pub fn put_aside(folder: &Path) -> io::Result<Option<PathBuf>> {
    // The file that is locked is there in any case.
    let runs = folder.join(super::NAME);
    let names = outputs(folder);
    if names.len() == 1 && runs.metadata()?.len() == 0 {
        return Ok(None);
    }
    let mut number = 1u32;
    let aside = loop {
        let aside = folder.join(format!("earlier-{number}"));
        match fs::create_dir(&aside) {
            Ok(()) => break aside,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    };
    for name in names.into_iter().rev() {
        fs::rename(folder.join(name), aside.join(name))?;
    }
    Ok(Some(aside))
}
