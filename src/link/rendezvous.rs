//! A directory in which runs and servers are found.

use super::entry::{Entry, Kind, LONGEST};
use super::secret::{Secret, random};
use crate::error::Error;
use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, SystemTime};

/// How often a file is renewed.
const BEAT: Duration = Duration::from_secs(2);
/// A file that is older was left by who is gone.
const STALE: Duration = Duration::from_secs(20);
/// One that is older than this is removed.
const ABANDONED: Duration = Duration::from_secs(600);
/// The most names that are looked at.
const MOST: usize = 10_000;
/// Digits of the counter at a file's end.
const COUNTER: usize = 20;

/// A directory that those who are to find each other share: with the secret, and a file of each run and server. It
/// must be its user's alone to write to.
#[derive(Clone, Debug)]
pub struct Rendezvous {
    folder: PathBuf,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it says of itself.
    pub entry: Entry,
    /// Whether it is there still: its file was renewed of late.
    pub live: bool,
}

impl Rendezvous {
    /// That directory, made if missing with mode 0700.
    ///
    /// # Errors
    /// [`Error::Usage`] when it cannot be made, or others may write to it.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Usage(format!("directory {}: {why}", folder.display()));
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|e| wrong(&e.to_string()))?;
        let found = folder.metadata().map_err(|e| wrong(&e.to_string()))?;
        if !is_trusted(found.uid()) {
            return Err(wrong(&format!(
                "it is another user's (number {}); it must be yours or root's",
                found.uid()
            )));
        }
        if found.mode() & 0o022 != 0 {
            return Err(wrong(&format!(
                "others may write to it (mode {:03o}); it must be yours alone: chmod 700",
                found.mode() & 0o777
            )));
        }
        Ok(Rendezvous {
            folder: folder.to_owned(),
        })
    }

    /// Its secret, made if there is none.
    ///
    /// # Errors
    /// As [`Secret::read_or_make`].
    pub fn secret(&self) -> Result<Secret, Error> {
        Secret::read_or_make(&self.secret_file())
    }

    /// The file that it is in.
    pub fn secret_file(&self) -> PathBuf {
        self.folder.join("secret")
    }

    /// Shows that run or server to those who look, until what is returned is dropped. A thread renews it.
    ///
    /// # Errors
    /// [`Error::Usage`] when it cannot.
    pub fn announce(&self, entry: &Entry) -> Result<Notice, Error> {
        let text = entry.text()?;
        let path = self
            .folder
            .join(format!("{}-{}", entry.kind.name(), entry.id));
        let cannot = |e: io::Error| Error::Usage(format!("cannot write {}: {e}", path.display()));
        for (path, _, age) in self.files()? {
            if age >= ABANDONED {
                let _ = fs::remove_file(path);
            }
        }
        let mut kept = Kept {
            file: write(&path, &text).map_err(cannot)?,
            path: path.clone(),
            text,
            count: 0,
        };
        let (stop, stopped) = mpsc::channel::<()>();
        let renew = move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                // That it fails shows: others find that it is gone. It may succeed the next time.
                let _ = kept.renew();
            }
            kept.remove();
        };
        let thread = Builder::new().name("link-notice".to_owned()).spawn(renew);
        Ok(Notice {
            stop: Some(stop),
            thread: Some(thread.map_err(cannot)?),
        })
    }

    /// All that can be read, by kind and identity. What is damaged, or is not one's own, is left out.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn list(&self) -> Result<Vec<Found>, Error> {
        let files = self.files()?.into_iter();
        let mut all: Vec<Found> = files
            .map(|(_, entry, age)| Found {
                entry,
                live: age < STALE,
            })
            .collect();
        all.sort_by(|a, b| (a.entry.kind, &a.entry.id).cmp(&(b.entry.kind, &b.entry.id)));
        Ok(all)
    }

    /// The identities of all of that kind that have a file, whatever is in it. Takes less than [`Rendezvous::list`].
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn names(&self, kind: Kind) -> Result<Vec<String>, Error> {
        let wrong =
            |e: io::Error| Error::Usage(format!("directory {}: {e}", self.folder.display()));
        let files = fs::read_dir(&self.folder).map_err(wrong)?.take(MOST);
        let names = files.filter_map(|found| found.ok()?.file_name().into_string().ok());
        let id = |name: String| {
            let id = name.strip_prefix(kind.name())?.strip_prefix('-')?;
            Some(id.to_owned())
        };
        Ok(names.filter_map(id).collect())
    }

    /// With the time since each was renewed.
    fn files(&self) -> Result<Vec<(PathBuf, Entry, Duration)>, Error> {
        let wrong =
            |e: io::Error| Error::Usage(format!("directory {}: {e}", self.folder.display()));
        let now = self.now();
        let mut all = Vec::new();
        for found in fs::read_dir(&self.folder).map_err(wrong)?.take(MOST) {
            let Ok(name) = found.map_err(wrong)?.file_name().into_string() else {
                continue;
            };
            if !(name.starts_with("run-") || name.starts_with("server-")) {
                continue;
            }
            let path = self.folder.join(&name);
            let Some((entry, renewed)) = read(&path) else {
                continue;
            };
            if name == format!("{}-{}", entry.kind.name(), entry.id) {
                let age = now.duration_since(renewed).unwrap_or_default();
                all.push((path, entry, age));
            }
        }
        Ok(all)
    }

    /// The time by the clock of who keeps the directory, which may not be that of this host.
    fn now(&self) -> SystemTime {
        let touched = || -> io::Result<SystemTime> {
            let path = self.folder.join(staged("now").map_err(io::Error::other)?);
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)?;
            let written = (&file).write_all(b"\n").and_then(|()| file.sync_all());
            let time = written
                .and_then(|()| file.metadata())
                .and_then(|m| m.modified());
            let _ = fs::remove_file(&path);
            time
        };
        // Where nothing can be written the clock of this host must do.
        touched().unwrap_or_else(|_| SystemTime::now())
    }
}

/// A run or a server that is shown. Dropped, it no longer is.
#[derive(Debug)]
pub struct Notice {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Notice {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Its file.
struct Kept {
    file: File,
    path: PathBuf,
    text: String,
    count: u64,
}

impl Kept {
    /// Writes the next number over the last one: always the same file, since others may remember which one had that
    /// name. A new one if somebody removed it.
    fn renew(&mut self) -> io::Result<()> {
        if !self.is_there() {
            self.file = write(&self.path, &self.text)?;
        }
        self.count += 1;
        self.file
            .seek(SeekFrom::Start(self.text.len() as u64 + 1))?;
        self.file.write_all(&counter(self.count))?;
        self.file.sync_all()
    }

    fn is_there(&self) -> bool {
        let here = self.file.metadata().map(|m| (m.dev(), m.ino()));
        let there = self.path.symlink_metadata().map(|m| (m.dev(), m.ino()));
        matches!((here, there), (Ok(here), Ok(there)) if here == there)
    }

    fn remove(&self) {
        if self.is_there() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn counter(count: u64) -> Vec<u8> {
    format!("{count:0COUNTER$}\n").into_bytes()
}

fn is_trusted(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

/// A name that nobody else uses.
fn staged(what: &str) -> Result<String, Error> {
    let mark: [u8; 8] = random()?;
    Ok(format!(".{what}-{:016x}", u64::from_be_bytes(mark)))
}

/// A file with the text and a counter, there as a whole or not at all.
fn write(path: &Path, text: &str) -> io::Result<File> {
    let staged = path.with_file_name(staged("new").map_err(io::Error::other)?);
    let made = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&staged)?;
        let mut bytes = format!("{text}\n").into_bytes();
        bytes.extend(counter(0));
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&staged, path)?;
        Ok(file)
    };
    made().inspect_err(|_| {
        let _ = fs::remove_file(&staged);
    })
}

/// What a file says, and when it was renewed.
fn read(path: &Path) -> Option<(Entry, SystemTime)> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .ok()?;
    let found = file.metadata().ok()?;
    if !found.is_file() || !is_trusted(found.uid()) || found.mode() & 0o022 != 0 {
        return None;
    }
    let mut bytes = Vec::new();
    let most = LONGEST + COUNTER + 3;
    file.take(most as u64).read_to_end(&mut bytes).ok()?;
    Some((parse(&bytes)?, found.modified().ok()?))
}

/// What the bytes of a file say: a line of JSON, and a counter.
pub(super) fn parse(bytes: &[u8]) -> Option<Entry> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (text, rest) = bytes.split_at(end);
    let counter = rest.strip_prefix(b"\n")?.strip_suffix(b"\n")?;
    let sound = counter.len() == COUNTER && counter.iter().all(u8::is_ascii_digit);
    sound.then(|| Entry::parse(text))?
}
