//! `runs.csv`, which outlives an interrupted study: a line a run, on the disk before the next run begins.
//!
//! Its first line is a comment, `# {...}`, that says in JSON which study it is; then come the names of the columns.
//! A line that a crash cut short is taken off and its run is done again, as are runs that failed.

mod earlier;
pub mod identity;
pub mod record;

use csv::{ReaderBuilder, Writer};
use grange::Error;
use identity::{FORMAT, Identity};
use record::Record;
use std::fs::{self, File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The file's name.
pub const NAME: &str = "runs.csv";

/// How it begins.
const BEGINNING: &str = "# {\"format\":\"grange scaling\"";

/// The runs of a study, in its folder.
pub struct Log {
    folder: PathBuf,
    file: File,
    records: Vec<Record>,
}

impl Log {
    /// Opens that of `folder`, or begins it; `afresh` puts what is there aside.
    ///
    /// # Errors
    /// When the folder cannot be used, holds another study, or another process is at it.
    pub fn open(folder: &Path, identity: &Identity, afresh: bool) -> Result<Self, Error> {
        let unusable = |problem: &dyn std::fmt::Display| {
            Error::Usage(format!("--output {}: {problem}", folder.display()))
        };
        if folder.exists() && !folder.is_dir() {
            return Err(unusable(&"this is not a folder"));
        }
        fs::create_dir_all(folder).map_err(|e| unusable(&e))?;
        let path = folder.join(NAME);
        if !path.exists()
            && let Some(name) = earlier::outputs(folder).first()
        {
            return Err(unusable(&format!(
                "there is {name} without {NAME}; choose another folder"
            )));
        }
        let open = || {
            let options = File::options()
                .read(true)
                .append(true)
                .create(true)
                .open(&path);
            let file = options.map_err(|e| unusable(&format!("{NAME}: {e}")))?;
            match file.try_lock() {
                Ok(()) => Ok(file),
                Err(TryLockError::WouldBlock) => Err(unusable(&"another study is at work there")),
                // Some file systems have no locks.
                Err(TryLockError::Error(_)) => Ok(file),
            }
        };
        let mut file = open()?;
        if afresh && let Some(aside) = earlier::put_aside(folder).map_err(|e| unusable(&e))? {
            file = open()?;
            super::tell::line(format_args!(
                "grange: what was there is now in {}",
                aside.display()
            ));
        }
        let mut log = Log {
            folder: folder.to_owned(),
            file,
            records: Vec::new(),
        };
        log.resume(identity).map_err(|problem| unusable(&problem))?;
        Ok(log)
    }

    /// Reads what is there, or begins.
    fn resume(&mut self, identity: &Identity) -> Result<(), String> {
        let mut text = String::new();
        let read = self.file.read_to_string(&mut text);
        read.map_err(|e| format!("{NAME}: {e}"))?;
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        let lines = text.get(..whole).unwrap_or("");
        if lines.lines().count() < 2 {
            if !text.starts_with(BEGINNING) && !BEGINNING.starts_with(&text) {
                return Err(format!(
                    "its {NAME} is not of a study; choose another folder"
                ));
            }
            return self.begin(identity).map_err(|e| format!("{NAME}: {e}"));
        }
        let (there, records) = parse(lines)?;
        if let Some(difference) = identity.difference(&there) {
            return Err(format!(
                "it holds another study: {difference}; choose another folder, or --restart to begin afresh and keep \
                 the old one beside it"
            ));
        }
        self.records = records;
        let cut = self.file.set_len(whole as u64);
        cut.map_err(|e| format!("{NAME}: {e}"))
    }

    fn begin(&mut self, identity: &Identity) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        let header = serde_json::to_string(identity)?;
        let names = line(&record::columns())?;
        let text = [format!("# {header}\n").into_bytes(), names].concat();
        self.file.write_all(&text)?;
        self.file.sync_all()
    }

    /// One more run, which is on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, record: Record) -> Result<(), Error> {
        let written = line(&record.fields())
            .and_then(|line| self.file.write_all(&line))
            .and_then(|()| self.file.sync_data());
        written.map_err(|e| Error::user(format!("{}: {e}", self.folder.join(NAME).display())))?;
        self.records.push(record);
        Ok(())
    }

    /// All runs, in the order in which they were done.
    pub fn records(&self) -> &[Record] {
        &self.records
    }
}

fn line(fields: &[String]) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(fields)?;
    writer.into_inner().map_err(|error| error.into_error())
}

/// The study and its runs.
fn parse(text: &str) -> Result<(Identity, Vec<Record>), String> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let header = first.strip_prefix("# ").unwrap_or("");
    let header: serde_json::Value = serde_json::from_str(header)
        .map_err(|_| format!("its {NAME} is not of a study; choose another folder"))?;
    let is = |name: &str, value: serde_json::Value| header.get(name) == Some(&value);
    if !is("format", FORMAT.0.into()) || !is("version", FORMAT.1.into()) {
        return Err(format!(
            "its {NAME} is of another version of grange scaling"
        ));
    }
    let damaged = |at: u64, problem: &str| format!("line {at} of its {NAME} is damaged: {problem}");
    let identity = serde_json::from_value(header).map_err(|e| damaged(1, &e.to_string()))?;
    let mut reader = ReaderBuilder::new().from_reader(rest.as_bytes());
    let names = reader.headers().map_err(|e| damaged(2, &e.to_string()))?;
    if names.iter().ne(record::columns()) {
        return Err(damaged(2, "these are other columns"));
    }
    let records = reader.records().map(|row| {
        let row = row.map_err(|e| {
            // Counted from the line below the first.
            damaged(
                e.position().map_or(0, |p| p.line() + 1),
                "it has other fields",
            )
        })?;
        let at = row.position().map_or(0, |p| p.line() + 1);
        let fields: Vec<&str> = row.iter().collect();
        Record::parse(&fields).map_err(|problem| damaged(at, &problem))
    });
    Ok((identity, records.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests;
