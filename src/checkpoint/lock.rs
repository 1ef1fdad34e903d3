//! One run at a time: a lock file with a token, that an owner who lost it can tell it by.
//!
//! Locks of the operating system do not work on every shared file system; files and names do. The owner renews
//! a counter at the lock's end through the handle that it made the lock with, so that it never touches
//! another's.

use super::owner::Owner;
use crate::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often the owner renews its lock.
pub const BEAT: Duration = Duration::from_secs(2);

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For an owner on this host that may be about to end.
    pub dying: Duration,
    /// For a sign of life of an owner elsewhere.
    pub silent: Duration,
    /// Between two looks.
    pub look: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            dying: Duration::from_secs(5),
            silent: 5 * BEAT,
            look: Duration::from_millis(100),
        }
    }
}

/// A lock that is held, or was.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    me: Owner,
    file: File,
    beat: u64,
}

/// Whose a lock is.
#[derive(Debug, PartialEq)]
pub enum Hold {
    /// One's own.
    Mine,
    /// Another's, if it can be read.
    Lost(Option<Owner>),
}

impl Lock {
    /// Takes the lock of `shown`. `newest` is the highest token in the files.
    ///
    /// # Errors
    /// When another run has it, or no file can be made there.
    pub fn take(
        path: &Path,
        shown: &Path,
        newest: impl Fn() -> u64,
        patience: Patience,
    ) -> Result<Self, Error> {
        let unusable = |e: io::Error| {
            let folder = path.parent().unwrap_or(path).display();
            Error::Usage(format!(
                "{}: cannot make a file in the folder {folder}: {e}",
                shown.display()
            ))
        };
        let begin = Instant::now();
        let mut seen: Option<(String, Instant)> = None;
        loop {
            let Some(text) = read(path).map_err(unusable)? else {
                let me = Owner::new(newest().saturating_add(1));
                if let Some(lock) = Lock::create(path, me).map_err(unusable)? {
                    return Ok(lock);
                }
                continue;
            };
            let owner = Owner::parse(&text);
            let in_use = || {
                let whose = owner.as_ref().map_or("another run".to_owned(), |o| {
                    format!("process {} on host {} since {}", o.pid, o.host, o.since)
                });
                Err(Error::Usage(format!(
                    "{} is in use by {whose}",
                    shown.display()
                )))
            };
            let (first, since) = seen.get_or_insert_with(|| (text.clone(), Instant::now()));
            let abandoned = match &owner {
                Some(owner) if owner.is_here() && !owner.is_alive() => true,
                // Its number alone could be another's now: that is looked at as if it were elsewhere.
                Some(owner) if owner.is_here() && owner.started.is_some() => {
                    if begin.elapsed() >= patience.dying {
                        return in_use();
                    }
                    false
                }
                _ if *first != text => return in_use(),
                _ => since.elapsed() >= patience.silent,
            };
            if !abandoned {
                std::thread::sleep(patience.look);
                continue;
            }
            let last = owner.map_or(0, |owner| owner.token).max(newest());
            let me = Owner::new(last.saturating_add(1));
            if let Some(lock) = Lock::replace(path, me, &text, patience.look).map_err(unusable)? {
                return Ok(lock);
            }
        }
    }

    /// A new lock, unless there is one.
    fn create(path: &Path, me: Owner) -> io::Result<Option<Self>> {
        let (staged, mut lock) = Lock::staged(path, me)?;
        let linked = fs::hard_link(&staged, path);
        let _ = fs::remove_file(&staged);
        match linked {
            Ok(()) => Ok(Some(lock)),
            // NFS may say so of a link that it made itself, when its answer was lost.
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                Ok((lock.hold()? == Hold::Mine).then_some(lock))
            }
            Err(_) => match OpenOptions::new().write(true).create_new(true).open(path) {
                Ok(file) => {
                    lock.file = file;
                    lock.write()?;
                    Ok(Some(lock))
                }
                Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(None),
                Err(e) => Err(e),
            },
        }
    }

    /// A new lock instead of the one that says `text`, unless another was faster.
    fn replace(path: &Path, me: Owner, text: &str, look: Duration) -> io::Result<Option<Self>> {
        let (staged, lock) = Lock::staged(path, me)?;
        if read(path)?.as_deref() != Some(text) {
            fs::remove_file(&staged)?;
            return Ok(None);
        }
        fs::rename(&staged, path)?;
        // Whoever found the old lock at the same time replaces this one now: the last to do so has it.
        std::thread::sleep(look);
        Ok((lock.hold()? == Hold::Mine).then_some(lock))
    }

    /// A lock under another name, complete.
    fn staged(path: &Path, me: Owner) -> io::Result<(PathBuf, Self)> {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}", me.mark));
        let staged = PathBuf::from(name);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&staged)?;
        let mut lock = Lock {
            path: path.to_owned(),
            me,
            file,
            beat: 0,
        };
        match lock.write() {
            Ok(()) => Ok((staged, lock)),
            Err(e) => {
                let _ = fs::remove_file(&staged);
                Err(e)
            }
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let text = format!("{}beat {:020}\n", self.me.text(), self.beat);
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(text.as_bytes())?;
        // A shared file system shows it to the others only then.
        self.file.sync_all()
    }

    /// The owner's token.
    pub fn token(&self) -> u64 {
        self.me.token
    }

    /// A sign of life. That it fails is for the next write of the checkpoint to find out.
    pub fn renew(&mut self) {
        self.beat += 1;
        let _ = self.write();
    }

    /// Whose it is now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn hold(&self) -> io::Result<Hold> {
        Ok(match read(&self.path)? {
            None => Hold::Lost(None),
            Some(text) => match Owner::parse(&text) {
                Some(owner) if owner == self.me => Hold::Mine,
                owner => Hold::Lost(owner),
            },
        })
    }

    /// As [`Lock::hold`]; a lock that somebody removed is made again.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn confirm(&mut self) -> io::Result<Hold> {
        let hold = self.hold()?;
        if hold != Hold::Lost(None) {
            return Ok(hold);
        }
        if let Some(mut again) = Lock::create(&self.path, self.me.clone())? {
            std::mem::swap(&mut self.file, &mut again.file);
            // Its end must not remove the file.
            again.path = PathBuf::new();
        }
        self.hold()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if matches!(self.hold(), Ok(Hold::Mine)) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}
