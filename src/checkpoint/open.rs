//! What a checkpoint is opened by.

use super::files::Files;
use super::header::{self, Fault};
use super::identity::storable;
use super::lock::{Lock, Patience};
use super::shared::Shared;
use super::state::{Image, Session};
use super::writer::{Failed, Writer, now};
use super::{About, Checkpoint, WRONG, store};
use crate::error::Error;
use crate::say;
use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::{fs, thread};

/// See [`Checkpoint::open`].
pub fn open(path: &Path, about: About, patience: Patience) -> Result<Checkpoint, Error> {
    if !cfg!(feature = "hdf5") {
        return Err(Error::Usage(format!(
            "{}: this program is built without HDF5 (feature `hdf5`), which checkpoints need",
            path.display()
        )));
    }
    let files = Files::of(path)?;
    if !about.restart {
        // Before there is a lock beside somebody's file.
        if let Err(fault @ (Fault::Foreign | Fault::Newer(_) | Fault::Unreadable(_))) =
            header::peek(&files.main)
        {
            return Err(unusable(&files, &fault));
        }
    }
    let newest = || token(&files.main).max(token(&files.previous()));
    let lock = Lock::take(&files.lock(), &files.shown, newest, patience)?;
    let cannot = |e: &dyn std::fmt::Display| {
        Error::Usage(format!("{} cannot be written: {e}", files.name()))
    };
    if about.restart {
        files.put_away().map_err(|e| cannot(&e))?;
    }
    let found = find(&files, about.quiet)?;
    let keep = found.as_ref().is_some_and(|found| found.is_main);
    let image = begun(&files, found.map(|found| found.image), &about)?;
    let mut wanted: HashSet<&str> = HashSet::new();
    let previous = load(&files, &files.previous()).ok();
    for call in previous.iter().chain([&image]).flat_map(|i| &i.calls) {
        wanted.extend(call.pieces.iter().map(|piece| piece.name.as_str()));
    }
    files.sweep(|name| wanted.contains(name));
    let mut writer = Writer {
        generation: image.generation,
        shared: Shared::new(image),
        piece: files.next_piece(),
        files: files.clone(),
        lock,
        keep,
        quiet: about.quiet,
        failing: false,
    };
    writer.write().map_err(|failed| match failed {
        Failed::Now(what) => cannot(&what),
        Failed::Forever(error) => error,
    })?;
    let shared = Arc::clone(&writer.shared);
    let named = thread::Builder::new().name("grange-checkpoint".into());
    let writer = named.spawn(|| writer.run()).map_err(|e| cannot(&e))?;
    Ok(Checkpoint {
        files,
        every: about.every,
        shared,
        writer: Mutex::new(Some(writer)),
    })
}

/// The token in a file, if it has one.
fn token(path: &Path) -> u64 {
    header::peek(path).map_or(0, |header| header.token)
}

/// What a file had, with a new session.
fn begun(files: &Files, found: Option<Image>, about: &About) -> Result<Image, Error> {
    let program = storable(&about.program);
    let (name, version) = program.split_once(' ').unwrap_or((&program, ""));
    let start = now();
    let mut image = found.unwrap_or_else(|| Image {
        program: name.to_owned(),
        version: version.to_owned(),
        created: start,
        ..Image::default()
    });
    if image.program != name {
        return Err(Error::Usage(format!(
            "{} is a checkpoint of the program {}, and this is {name}; --restart begins afresh",
            files.name(),
            image.program
        )));
    }
    if image
        .sessions
        .last()
        .is_some_and(|last| last.ended == WRONG)
    {
        return Err(Error::Checkpoint(format!(
            "{} may have a wrong value: its last run ended as {WRONG}; --restart begins afresh",
            files.name()
        )));
    }
    if image.version != version && !about.quiet {
        let before = format!("{name} {}", image.version);
        say::warning(format_args!(
            "{} was written by {}, and this is {program}",
            files.name(),
            before.trim_end()
        ));
    }
    image.version = version.to_owned();
    image.sessions.push(Session {
        start,
        end: start,
        ranks: about.ranks,
        threads: about.threads,
        hosts: storable(&about.hosts.join(" ")),
        ended: "running".to_owned(),
    });
    Ok(image)
}

/// What there is to go on from.
pub struct Found {
    /// What it has.
    pub image: Image,
    /// Not the previous one.
    pub is_main: bool,
}

/// The file, or the previous one where it is damaged.
pub fn find(files: &Files, quiet: bool) -> Result<Option<Found>, Error> {
    let fault = match load(files, &files.main) {
        Ok(image) => {
            return Ok(Some(Found {
                image,
                is_main: true,
            }));
        }
        Err(fault @ (Fault::Absent | Fault::Damaged(_))) => fault,
        Err(fault) => return Err(unusable(files, &fault)),
    };
    let (name, before) = (files.name(), files.previous());
    let what = fault.words();
    match (load(files, &before), fault) {
        (Ok(image), _) => {
            if !quiet {
                let before = before.display();
                say::warning(format_args!("{name}: {what}; {before} is used instead"));
            }
            Ok(Some(Found {
                image,
                is_main: false,
            }))
        }
        (Err(Fault::Absent), Fault::Absent) => Ok(None),
        (Err(also), fault) => {
            let before = match also {
                Fault::Absent => "there is none before it".to_owned(),
                _ => format!("{} is no good either ({})", before.display(), also.words()),
            };
            let what = match fault {
                Fault::Absent => "is not there".to_owned(),
                _ => format!("is damaged ({what})"),
            };
            Err(Error::Checkpoint(format!(
                "{name} {what}, and {before}; --restart begins afresh"
            )))
        }
    }
}

/// What a file has, if it is good to the last byte and its pieces are there.
fn load(files: &Files, path: &Path) -> Result<Image, Fault> {
    let header = header::check(path)?;
    let image = store::read_main(path).map_err(Fault::Damaged)?;
    if (image.generation, image.token) != (header.generation, header.token) {
        return Err(Fault::Damaged(
            "its first lines are not what they were".into(),
        ));
    }
    let mut pieces = image.calls.iter().flat_map(|call| &call.pieces);
    let lost = |name: &str| !fs::metadata(files.piece(name)).is_ok_and(|data| data.is_file());
    match pieces.find(|piece| lost(&piece.name)) {
        Some(piece) => Err(Fault::Damaged(format!(
            "its piece {} is not there",
            piece.name
        ))),
        None => Ok(image),
    }
}

fn unusable(files: &Files, fault: &Fault) -> Error {
    let name = files.name();
    Error::Usage(match fault {
        Fault::Foreign => format!(
            "{name} is no checkpoint of grange; name another file, or --restart renames this one"
        ),
        Fault::Newer(format) => format!(
            "{name} is of a newer format ({format}; this program knows {})",
            header::FORMAT
        ),
        fault => format!("{name}: {}", fault.words()),
    })
}
