//! Tests with real files.

mod damage;
mod disk;
mod kill;
mod lies;
mod locks;
mod pieces;
mod trip;

use super::*;
use crate::engine::span::Span;
use crate::wire::value;
use lock::Patience;
use serde::Serialize;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, process};

/// A folder of a test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("grange-checkpoint-{name}-{}", process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("run.h5")
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        self.0.join(format!("run.h5{suffix}"))
    }

    /// Names of all that is in it.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Another program, to read what there is. One that a test beside this one started meanwhile may have inherited a
/// descriptor of libhdf5, and with it the lock.
fn unlocked(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env("HDF5_USE_FILE_LOCKING", "FALSE");
    command
}

fn about() -> About {
    About {
        program: "program 1.0".into(),
        ranks: 2,
        threads: 3,
        hosts: vec!["one".into(), "zwölf".into()],
        restart: false,
        every: Duration::ZERO,
        quiet: true,
    }
}

/// Waits that a test can wait for.
const SHORT: Patience = Patience {
    dying: Duration::from_millis(200),
    silent: Duration::from_millis(200),
    look: Duration::from_millis(10),
};

fn open_short(path: &Path) -> Result<Checkpoint, Error> {
    open::open(path, about(), SHORT)
}

fn identity(key: &str, rows: RowKind) -> Identity {
    Identity {
        key: key.into(),
        occurrence: 0,
        place: "src/main.rs:1:2".into(),
        items: u128::MAX,
        grain: u128::from(u64::MAX) + 1,
        grains: u64::MAX,
        types: "u64, Sum, u64".into(),
        inputs: u64::MAX,
        version: String::new(),
        rows,
    }
}

fn span(start: u64, end: u64) -> SpanSet {
    [Span::new(start, end)].into_iter().collect()
}

fn rows<T: Serialize>(values: &[T]) -> Rows {
    let mut rows = Rows::default();
    for (i, v) in values.iter().enumerate() {
        let mut bytes = Vec::new();
        value::append(&mut bytes, v).unwrap();
        rows.push(i as u8, i as u64 * 3, &bytes);
    }
    rows
}

/// A finished checkpoint of one call with one value.
fn finished(path: &Path, value: u64) {
    let checkpoint = open_short(path).unwrap();
    let (call, _) = checkpoint.begin(&identity("sum", RowKind::Nodes)).unwrap();
    checkpoint.replace(call, span(0, value), rows(&[value]), false);
    checkpoint.finish("done").unwrap();
}

/// What is known of that call.
fn known(path: &Path) -> Result<Known, Error> {
    let checkpoint = open_short(path)?;
    let (_, known) = checkpoint.begin(&identity("sum", RowKind::Nodes))?;
    checkpoint.finish("looked")?;
    Ok(known)
}

fn text<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "no error".into(),
        Err(error) => error.to_string(),
    }
}
