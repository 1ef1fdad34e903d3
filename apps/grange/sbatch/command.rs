//! The program that a job runs, and what is to be known of it.

use crate::find::{resolve, unusable};
use grange::Error;
use std::path::Path;

/// A program and its arguments.
pub struct Command {
    /// Where the program is, and the arguments as they were given.
    pub words: Vec<String>,
    /// Its name alone.
    pub name: String,
    /// Where it keeps what is done.
    pub checkpoint: Option<String>,
}

impl Command {
    /// Finds the program.
    ///
    /// # Errors
    /// When there is none, or a script cannot have these words.
    pub fn of(words: &[String]) -> Result<Self, Error> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| Error::Usage("no program".into()))?;
        let path = resolve(program)?;
        let text = path
            .to_str()
            .ok_or_else(|| unusable(program, "its name is not UTF-8"))?;
        let name = Path::new(text)
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let words: Vec<String> = [&[text.to_owned()], arguments].concat();
        if let Some(word) = words.iter().find(|word| word.contains(['\n', '\r'])) {
            return Err(Error::Usage(format!(
                "{word:?}: a word of a script has no line break"
            )));
        }
        Ok(Command {
            name: name.unwrap_or_default(),
            checkpoint: checkpoint(arguments)?,
            words,
        })
    }

    /// What its user may not have thought of.
    pub fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        if self.checkpoint.is_none() {
            hints.push(
                "without --checkpoint FILE among the program's arguments a job whose time runs out begins afresh"
                    .to_owned(),
            );
        }
        hints
    }
}

/// The file of `--checkpoint`.
fn checkpoint(arguments: &[String]) -> Result<Option<String>, Error> {
    let mut words = arguments.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let file = match word.strip_prefix("--checkpoint") {
            Some("") => words.next().map(String::as_str),
            Some(rest) => rest.strip_prefix('='),
            None => continue,
        };
        match file {
            Some("") | None if word == "--checkpoint" => {
                return Err(Error::Usage("--checkpoint: no file is named".into()));
            }
            Some(file) => return Ok(Some(file.to_owned())),
            // Another option that begins so.
            None => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_checkpoint_is_found() {
        for (line, file) in [
            ("1e9 --checkpoint run.h5", Some("run.h5")),
            ("--checkpoint=a.h5 1e9", Some("a.h5")),
            ("--checkpoint-every 5 1e9", None),
            ("--checkpoint-every 5 --checkpoint b.h5", Some("b.h5")),
            ("1e9 -- --checkpoint c.h5", None),
            ("", None),
        ] {
            let words: Vec<String> = line.split_whitespace().map(Into::into).collect();
            assert_eq!(checkpoint(&words).unwrap().as_deref(), file, "{line}");
        }
        assert!(checkpoint(&["--checkpoint".into()]).is_err());
    }
}
