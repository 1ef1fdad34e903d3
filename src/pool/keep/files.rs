//! The checkpoints of a run.

use crate::checkpoint::{About, Checkpoint};
use crate::error::Error;
use crate::exec::lock;
use crate::say;
use crate::session::stopping::Flags;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A checkpoint is written this often.
pub const EVERY: Duration = Duration::from_secs(30);

/// How checkpoints are kept, unless a call says otherwise.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Where calls are kept that do not say.
    pub path: Option<PathBuf>,
    /// How often it is written.
    pub every: Duration,
    /// Whether to begin afresh.
    pub restart: bool,
    /// What else is to be the same, such as the program's arguments.
    pub version: String,
}

impl Default for Manner {
    fn default() -> Self {
        Manner {
            path: None,
            every: EVERY,
            restart: false,
            version: String::new(),
        }
    }
}

/// The checkpoints that are open.
pub struct Files {
    open: Mutex<BTreeMap<PathBuf, Arc<Checkpoint>>>,
    flags: Arc<Flags>,
    /// When checkpoints were written that are closed.
    writes: Mutex<Vec<(Instant, Instant)>>,
}

impl Files {
    /// None yet.
    pub fn new(flags: Arc<Flags>) -> Self {
        Files {
            open: Mutex::default(),
            flags,
            writes: Mutex::default(),
        }
    }

    /// When checkpoints were written, once they are closed.
    pub fn writes(&self) -> Vec<(Instant, Instant)> {
        lock(&self.writes).clone()
    }

    /// What the comm thread may know.
    pub fn flags(&self) -> Arc<Flags> {
        self.flags.clone()
    }

    /// The checkpoint at `path`, which is opened if it is not.
    pub fn open(
        &self,
        path: &Path,
        about: impl FnOnce() -> About,
    ) -> Result<Arc<Checkpoint>, Error> {
        // However it is written.
        let real = real(path);
        let mut open = lock(&self.open);
        if let Some(checkpoint) = open.get(&real) {
            return Ok(checkpoint.clone());
        }
        // A run that is stopped while it waits for the file's owner is one that can be resumed.
        self.flags.any.store(true, Ordering::Relaxed);
        let checkpoint = Arc::new(Checkpoint::open(path, about())?);
        open.insert(real, checkpoint.clone());
        Ok(checkpoint)
    }

    /// The time since the checkpoint was written that was written longest ago, if any has been.
    pub fn age(&self) -> Option<Duration> {
        let open = lock(&self.open);
        let written = open.values().filter_map(|checkpoint| checkpoint.written());
        written.min().map(|at| at.elapsed())
    }

    /// Writes the last words of all and closes them; `why` the session ended. Tells what cannot be written.
    pub fn finish(&self, why: &str) -> Result<(), Error> {
        // What it has may be wrong: it is not to be resumed.
        let why = match self.flags.wrong.load(Ordering::Relaxed) {
            true => crate::checkpoint::WRONG,
            false => why,
        };
        let open = std::mem::take(&mut *lock(&self.open));
        self.flags.writing.store(true, Ordering::Relaxed);
        let mut failed = None;
        for checkpoint in open.into_values() {
            let finished = checkpoint.finish(why);
            lock(&self.writes).extend(checkpoint.writes());
            if let Err(error) = finished {
                match failed {
                    None => failed = Some(error),
                    Some(_) => say::error(&error),
                }
            }
        }
        self.flags.writing.store(false, Ordering::Relaxed);
        failed.map_or(Ok(()), Err)
    }
}

/// The one path of a file that is there or is to be.
pub fn real(path: &Path) -> PathBuf {
    let whole = path.canonicalize().or_else(|error| {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize();
        match (folder, path.file_name()) {
            (Ok(folder), Some(name)) => Ok(folder.join(name)),
            _ => Err(error),
        }
    });
    whole.unwrap_or_else(|_| path.to_owned())
}
