//! The program that is studied: where it is, and what it says of itself.

use super::child::capture::hex;
use super::child::{Exit, Nursery, Task};
use crate::find::{resolve, unusable};
use grange::Error;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

/// For a program to print its help. One that does not know the option may begin its work instead.
const ANSWER: Duration = Duration::from_secs(10);

/// A program, ready to be run from anywhere.
pub struct Program {
    /// Where it is.
    pub path: String,
    /// SHA-256 of the file.
    pub digest: String,
    /// Whether it takes `--report FILE.json`.
    pub reports: bool,
    /// What it answers to `--version`, if it is one of grange's.
    pub version: Option<String>,
}

impl Program {
    /// Finds it, and asks it.
    ///
    /// # Errors
    /// When there is no such program, or this process was told to stop.
    pub fn find(name: &str, nursery: &Nursery) -> Result<Self, Error> {
        let path = resolve(name)?;
        let text = path
            .to_str()
            .ok_or_else(|| Error::Usage(format!("{}: its name is not UTF-8", path.display())))?;
        let ask = |option: &str| answer(text, option, nursery);
        let reports = ask("--help")?.is_some_and(|help| has_option(&help, "--report"));
        let version = match reports {
            true => ask("--version")?,
            false => None,
        };
        Ok(Program {
            path: text.into(),
            digest: digest(&path).map_err(|e| unusable(name, e))?,
            reports,
            version: version.map(|text| text.trim().to_owned()),
        })
    }
}

fn digest(path: &Path) -> io::Result<String> {
    let mut digest = Sha256::new();
    io::copy(&mut File::open(path)?, &mut digest)?;
    Ok(hex(&digest.finalize()))
}

/// What a program prints when it is given one option, if it then ends well and soon.
///
/// # Errors
/// When this process was told to stop.
pub fn answer(program: &str, option: &str, nursery: &Nursery) -> Result<Option<String>, Error> {
    let words = [program.to_owned(), option.to_owned()];
    let finished = nursery.run(&Task {
        words: &words,
        // Even this Open MPI's launcher refuses to root.
        environment: &super::launcher::ROOT.map(|name| (name, "1".into())),
        timeout: Some(ANSWER),
    });
    match finished {
        Ok(finished) => match finished.exit {
            Exit::Code(0) => Ok(Some(finished.stdout.text())),
            Exit::Stopped(_) => Err(Error::Interrupted("stopped before the first run".into())),
            _ => Ok(None),
        },
        Err(error) => Err(unusable(program, format!("it cannot be started: {error}"))),
    }
}

fn has_option(help: &str, option: &str) -> bool {
    help.match_indices(option).any(|(at, _)| {
        let after = help[at + option.len()..].chars().next();
        !after.is_some_and(|c| c.is_alphanumeric() || c == '-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_in_a_help_text() {
        for (help, has) in [
            ("  --report <FILE>\n", true),
            ("--report=FILE", true),
            ("--report-every N  --reports", false),
            ("--report-every --report", true),
            ("", false),
        ] {
            assert_eq!(has_option(help, "--report"), has, "{help}");
        }
    }
}
