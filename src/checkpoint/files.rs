//! The files beside a checkpoint, and how one takes another's place so that there is always a good one.

use super::owner::Owner;
use crate::error::Error;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A checkpoint's path and what is named after it.
#[derive(Clone, Debug)]
pub struct Files {
    /// The file itself, with links followed, so that two names of one file have one lock.
    pub main: PathBuf,
    /// As the user wrote it.
    pub shown: PathBuf,
}

impl Files {
    /// # Errors
    /// When there can be no file of that name.
    pub fn of(shown: &Path) -> Result<Self, Error> {
        let wrong = |what: String| Err(Error::Usage(format!("{}: {what}", shown.display())));
        let Some(name) = shown.file_name() else {
            return wrong("a checkpoint needs the name of a file".into());
        };
        let real = match shown.canonicalize() {
            Ok(real) if real.is_dir() => {
                return wrong("it is a directory; a checkpoint needs a file".into());
            }
            Ok(real) => Ok(real),
            Err(e) if e.kind() == ErrorKind::NotFound && shown.symlink_metadata().is_ok() => {
                return wrong("it is a link to nothing".into());
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {
                let folder = shown.parent().filter(|p| !p.as_os_str().is_empty());
                let folder = folder.unwrap_or(Path::new("."));
                folder.canonicalize().map(|folder| folder.join(name))
            }
            Err(e) => Err(e),
        };
        match real {
            Ok(main) => Ok(Files {
                main,
                shown: shown.to_owned(),
            }),
            Err(e) if e.kind() == ErrorKind::NotFound => wrong("its folder does not exist".into()),
            Err(e) => wrong(e.to_string()),
        }
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.main.clone().into_os_string();
        name.push(suffix);
        name.into()
    }

    /// The one before.
    pub fn previous(&self) -> PathBuf {
        self.beside(".previous")
    }

    /// What is being written. Named after the owner, so that one that lost the lock writes to another file.
    pub fn writing(&self, token: u64) -> PathBuf {
        self.beside(&format!(".writing-{token}"))
    }

    /// The lock.
    pub fn lock(&self) -> PathBuf {
        self.beside(".lock")
    }

    /// The folder of pieces.
    pub fn pieces(&self) -> PathBuf {
        self.beside(".pieces")
    }

    /// The piece of that name.
    pub fn piece(&self, name: &str) -> PathBuf {
        self.pieces().join(name)
    }

    /// `FILE.h5`, for messages.
    pub fn name(&self) -> std::path::Display<'_> {
        self.shown.display()
    }

    /// Puts what is ready at `writing` into the place of the file. What was there becomes the previous one, if
    /// it is to be kept. At any time there is a good file of one name or the other.
    pub fn publish(&self, writing: &Path, keep: bool) -> io::Result<()> {
        if keep {
            let link = self.beside(".keeping");
            let _ = fs::remove_file(&link);
            match fs::hard_link(&self.main, &link) {
                Ok(()) => fs::rename(&link, self.previous())?,
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                // A file system without hard links: for a moment there is only the previous one.
                Err(_) => fs::rename(&self.main, self.previous())?,
            }
        }
        fs::rename(writing, &self.main)?;
        sync_folder(&self.main)
    }

    /// Renames the file and what belongs to it, so that another can begin.
    pub fn put_away(&self) -> io::Result<()> {
        let parts = ["", ".previous", ".pieces"];
        let there = |suffix: &str| self.beside(suffix).symlink_metadata().is_ok();
        if !parts.iter().any(|part| there(part)) {
            return Ok(());
        }
        let free = |old: &String| !parts.iter().any(|part| there(&format!("{old}{part}")));
        let mut names = (1..).map(|n| match n {
            1 => ".old".to_owned(),
            n => format!(".old.{n}"),
        });
        let Some(old) = names.find(free) else {
            return Err(io::Error::other("no name is left for the old one"));
        };
        for part in parts.iter().filter(|part| there(part)) {
            fs::rename(self.beside(part), self.beside(&format!("{old}{part}")))?;
        }
        sync_folder(&self.main)
    }

    /// Removes what runs left that were killed: files half written, locks never taken, and pieces that `wanted` does not have.
    pub fn sweep(&self, wanted: impl Fn(&str) -> bool) {
        let (Some(folder), Some(name)) = (self.main.parent(), self.main.file_name()) else {
            return;
        };
        let half = format!("{}.writing-", name.to_string_lossy());
        for name in names(folder).filter(|name| name.starts_with(&half)) {
            let _ = fs::remove_file(folder.join(name));
        }
        let staged = format!("{}.lock.", name.to_string_lossy());
        for name in names(folder).filter(|name| name.starts_with(&staged)) {
            let path = folder.join(name);
            let owner = fs::read_to_string(&path)
                .ok()
                .and_then(|text| Owner::parse(&text));
            if owner.is_some_and(|owner| owner.is_here() && !owner.is_alive()) {
                let _ = fs::remove_file(path);
            }
        }
        let pieces = self.pieces();
        for name in names(&pieces).filter(|name| !wanted(name)) {
            let _ = fs::remove_file(pieces.join(name));
        }
    }

    /// The number after that of the last piece.
    pub fn next_piece(&self) -> u64 {
        let number = |name: String| name.strip_suffix(".h5")?.parse::<u64>().ok();
        let last = names(&self.pieces()).filter_map(number).max();
        last.map_or(1, |last| last.saturating_add(1))
    }
}

/// Names of files in a folder.
fn names(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}

/// Has the names beside `file` reach the disk.
pub fn sync_folder(file: &Path) -> io::Result<()> {
    let Some(folder) = file.parent() else {
        return Ok(());
    };
    match File::open(folder)?.sync_all() {
        // Some file systems have nothing to do there, and say it like this.
        Err(e) if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}
