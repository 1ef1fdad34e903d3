//! Whether checkpoints could be written to the working directory.

use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// A file system that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What came of writing a small file, which is gone again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// A file can be written and, if HDF5 is built in, is locked by it.
    Writable,
    /// No file can be written, for this reason.
    Closed(String),
    /// A file can be written, but not by HDF5, for this reason.
    Hdf5Fails(String),
    /// The file system does not answer.
    Silent,
}

/// Tries the working directory. A file system that hangs holds up a thread of its own.
pub fn look() -> Storage {
    let (sender, receiver) = mpsc::channel();
    let tried = thread::Builder::new().spawn(move || sender.send(attempt(Path::new("."))));
    if let Err(error) = tried {
        return Storage::Closed(error.to_string());
    }
    match receiver.recv_timeout(PATIENCE) {
        Ok(storage) => storage,
        Err(RecvTimeoutError::Timeout) => Storage::Silent,
        Err(RecvTimeoutError::Disconnected) => Storage::Closed("it could not be tried".into()),
    }
}

/// A file that goes with this.
struct Trial(PathBuf);

impl Drop for Trial {
    fn drop(&mut self) {
        // What is left is small, and has a name that tells whose it is.
        let _ = fs::remove_file(&self.0);
    }
}

fn attempt(folder: &Path) -> Storage {
    let host = hostname::get().unwrap_or_default();
    // Ranks of several hosts may share the folder.
    let name = format!(
        ".grange-doctor-{}-{}.h5",
        host.to_string_lossy().replace('/', "-"),
        std::process::id()
    );
    let path = folder.join(name);
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    let mut file = match file {
        Ok(file) => file,
        Err(error) => return Storage::Closed(error.to_string()),
    };
    let trial = Trial(path);
    if let Err(error) = file.write_all(&[0; 4096]) {
        return Storage::Closed(error.to_string());
    }
    drop(file);
    hdf5_in(&trial.0)
}

#[cfg(feature = "hdf5")]
fn hdf5_in(path: &Path) -> Storage {
    let written = hdf5::File::create(path).and_then(|file| {
        let data = file.new_dataset_builder().with_data(&[1u64]);
        data.create("trial").map(drop)?;
        file.close()
    });
    match written {
        Ok(()) => Storage::Writable,
        Err(error) => Storage::Hdf5Fails(error.to_string()),
    }
}

#[cfg(not(feature = "hdf5"))]
fn hdf5_in(_path: &Path) -> Storage {
    Storage::Writable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left() {
        let folder = std::env::temp_dir().join(format!("grange-storage-{}", std::process::id()));
        let closed = attempt(&folder);
        assert!(matches!(closed, Storage::Closed(_)), "{closed:?}");
        fs::create_dir(&folder).unwrap();
        assert_eq!(attempt(&folder), Storage::Writable);
        // Fails where the file is still there.
        fs::remove_dir(&folder).unwrap();
    }
}
