//! Opening a file that somebody may still have a lock on.

use hdf5::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// A lock that is not gone by then is somebody's.
const PATIENCE: Duration = Duration::from_secs(3);
/// It goes without a sign.
const LOOK: Duration = Duration::from_millis(10);

/// Opens a file to be read.
pub fn opened(path: &Path) -> hdf5::Result<File> {
    patiently(|| File::open(path))
}

/// Opens a file. libhdf5 locks what it opens, and a program that was started in the meantime has the descriptor, and
/// so the lock, until it begins to run: that is waited for.
pub fn patiently(open: impl Fn() -> hdf5::Result<File>) -> hdf5::Result<File> {
    let since = Instant::now();
    loop {
        match open() {
            Err(e)
                if since.elapsed() < PATIENCE && e.to_string().contains("unable to lock file") =>
            {
                thread::sleep(LOOK);
            }
            opened => return opened,
        }
    }
}
