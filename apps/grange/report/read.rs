//! Reports from files, of which each is JSON or HDF5 by what it begins with.

use super::model::Report;
use grange::Error;
use serde::Deserialize;
use serde_json::error::Category;
use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// What `format` says, and the newest `version` that is read here.
const FORMAT: &str = "grange report";
const VERSION: u64 = 1;

/// How every HDF5 file begins.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// How a checkpoint of grange begins, before what is HDF5 of it.
const CHECKPOINT: &[u8] = b"grange checkpoint\n";

/// Of what is something else.
const NOT_A_REPORT: &str = "not a report of grange, as --report FILE.json or FILE.h5 writes it";

/// The first things to read.
#[derive(Deserialize)]
struct Head {
    format: Option<serde_json::Value>,
    version: Option<serde_json::Value>,
}

impl Report {
    /// Reads a file.
    ///
    /// # Errors
    /// When there is none, or it is no report, a newer one, cut off or incomplete. The text names the file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unusable = |e: std::io::Error| Error::Usage(format!("{}: {e}", path.display()));
        if path.is_dir() {
            let what = "is a folder; give a report's file, such as run.h5 or run.json";
            return Err(Error::Usage(format!("{} {what}", path.display())));
        }
        let mut file = File::open(path).map_err(unusable)?;
        let kind = file.metadata().map_err(unusable)?.file_type();
        if kind.is_char_device() || kind.is_block_device() {
            // It may have no end.
            let what = "is a device; give a report's file, such as run.h5 or run.json";
            return Err(Error::Usage(format!("{} {what}", path.display())));
        }
        let mut bytes = Vec::new();
        // HDF5 reads by itself what it needs.
        file.by_ref()
            .take(HDF5.len() as u64)
            .read_to_end(&mut bytes)
            .map_err(unusable)?;
        let read = if bytes == HDF5 {
            from_hdf5(path)
        } else {
            file.read_to_end(&mut bytes).map_err(unusable)?;
            from_other(path, &bytes)
        };
        read.map_err(|problem| Error::user(format!("{}: {problem}", path.display())))
    }
}

#[cfg(feature = "hdf5")]
fn from_hdf5(path: &Path) -> Result<Report, String> {
    super::hdf5::read(path)
}

#[cfg(not(feature = "hdf5"))]
fn from_hdf5(_: &Path) -> Result<Report, String> {
    Err(
        "it is an HDF5 file, and this program was built without HDF5; write the report as .json"
            .into(),
    )
}

/// What is not HDF5 from its beginning on. Where its name says that it is, nobody wants to hear of JSON.
fn from_other(path: &Path, bytes: &[u8]) -> Result<Report, String> {
    if bytes.starts_with(CHECKPOINT) {
        return Err("this is a checkpoint of grange, not a report".into());
    }
    let ending = path.extension().and_then(|ending| ending.to_str());
    let named = ending.is_some_and(|e| ["h5", "hdf5"].contains(&e.to_lowercase().as_str()));
    if named && !bytes.is_empty() && !begins_well(bytes) {
        return Err(format!("not an HDF5 file, and so {NOT_A_REPORT}"));
    }
    from_json(bytes)
}

fn from_json(bytes: &[u8]) -> Result<Report, String> {
    if bytes.is_empty() {
        return Err("it is empty, and no report of grange".into());
    }
    // What is no report at all is told so, whatever else is wrong with it.
    let head: Head = serde_json::from_slice(bytes).map_err(|e| match e.classify() {
        Category::Eof if begins_well(bytes) => {
            format!("it ends too early: the file was cut off ({e})")
        }
        _ => not_a_report(e),
    })?;
    is_readable(head.format.as_ref(), head.version.as_ref())?;
    serde_json::from_slice(bytes).map_err(incomplete)
}

/// Whether what was cut off began as a report does.
fn begins_well(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(bytes.get(..64).unwrap_or(bytes)).into_owned();
    start.trim_start().starts_with('{')
}

fn not_a_report(problem: impl Display) -> String {
    format!("{NOT_A_REPORT} ({problem})")
}

/// A report that lacks something, or has something odd in its place.
pub fn incomplete(problem: impl Display) -> String {
    format!("not a complete report of grange: {problem}")
}

/// Whether `format` and `version` are those of a report that can be read here.
pub fn is_readable(
    format: Option<&serde_json::Value>,
    version: Option<&serde_json::Value>,
) -> Result<(), String> {
    match format {
        Some(format) if format == FORMAT => {}
        Some(format) => return Err(not_a_report(format!("its 'format' is {}", short(format)))),
        None => return Err(not_a_report("it has no 'format'")),
    }
    let version = version.ok_or_else(|| incomplete("missing field `version`"))?;
    match version.as_u64() {
        Some(1..=VERSION) => Ok(()),
        Some(newer) if newer > VERSION => Err(format!(
            "a report of version {newer}; this grange reads versions up to {VERSION}, a newer one is needed"
        )),
        _ => Err(incomplete(format!("{} is no version", short(version)))),
    }
}

/// A value as a message can have it.
fn short(value: &serde_json::Value) -> String {
    let text: String = value.to_string().chars().take(40).collect();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        let problem = from_json(text.as_bytes()).unwrap_err();
        assert!(!problem.contains('\n'), "{problem}");
        problem
    }

    #[test]
    fn what_has_the_name_of_hdf5_is_no_bad_json() {
        let of = |name: &str, bytes: &[u8]| from_other(Path::new(name), bytes).unwrap_err();
        let checkpoint = of("run.h5", b"grange checkpoint\nformat 1\n");
        assert_eq!(checkpoint, "this is a checkpoint of grange, not a report");
        assert!(of("a/run.H5", b"hello").starts_with("not an HDF5 file, and so not a report"));
        assert!(of("run.h5", b"").starts_with("it is empty"));
        // A report in JSON may have any name.
        assert!(of("run.h5", b"{}").contains("it has no 'format'"));
    }

    #[test]
    fn what_is_no_report_is_told() {
        for (text, says) in [
            ("", "it is empty"),
            ("hello", "not a report of grange"),
            ("[1, 2]", "not a report of grange"),
            ("{}", "it has no 'format'"),
            (r#"{"format": "other"}"#, "its 'format' is \"other\""),
            (r#"{"format": "grange report"}"#, "missing field `version`"),
            (
                r#"{"format": "grange report", "version": 2}"#,
                "a report of version 2; this grange reads versions up to 1",
            ),
            (
                r#"{"format": "grange report", "version": 0}"#,
                "0 is no version",
            ),
            (
                r#"{"format": "grange report", "version": 1, "program": "#,
                "it ends too early",
            ),
            (
                r#"{"format": "grange report", "version": 1, "program": "x"}"#,
                "not a complete report of grange: missing field `arguments`",
            ),
            (
                r#"{"format": "grange report", "version": 1, "program": 3}"#,
                "not a complete report of grange: invalid type",
            ),
        ] {
            assert!(problem(text).contains(says), "{text}: {}", problem(text));
        }
        assert!(problem("\u{feff}\0\u{1}").contains("not a report"));
    }
}
