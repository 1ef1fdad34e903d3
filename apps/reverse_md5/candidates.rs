//! What the command line has to be searched.

use crate::charset::{self, Custom, Problem};
use crate::kernel::{MAX_LENGTH, Space, Strings};
use grange::Error;
use grange::cli::number;

/// The options that say of what candidates are made.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Strings")]
pub struct Candidates {
    /// Try all strings of that form instead of numbers: ?l a-z, ?u A-Z, ?d 0-9, ?h 0-9a-f, ?H 0-9A-F, ?s space and
    /// punctuation, ?a all of these, ?b all bytes, ?1 to ?4 sets of your own, ?? a question mark; anything else is itself
    #[arg(long, value_name = "MASK", allow_hyphen_values = true, conflicts_with_all = ["start", "end", "charset"])]
    mask: Option<String>,

    /// Try all strings of those characters, written as in a mask
    #[arg(long, value_name = "SET", allow_hyphen_values = true, conflicts_with_all = ["start", "end"])]
    charset: Option<String>,

    /// Characters, such as 6, or 1..8 with both ends; the shorter first. For --charset, else 1..8; of a mask so many
    /// places from the left, else all
    #[arg(long, value_name = "MIN..MAX", value_parser = lengths, allow_hyphen_values = true)]
    length: Option<Lengths>,

    /// What ?1 stands for, written as in a mask
    #[arg(short = '1', long, value_name = "SET", allow_hyphen_values = true)]
    custom_charset1: Option<String>,

    /// What ?2 stands for; it may have ?1
    #[arg(short = '2', long, value_name = "SET", allow_hyphen_values = true)]
    custom_charset2: Option<String>,

    /// What ?3 stands for; it may have ?1 and ?2
    #[arg(short = '3', long, value_name = "SET", allow_hyphen_values = true)]
    custom_charset3: Option<String>,

    /// What ?4 stands for; it may have ?1 to ?3
    #[arg(short = '4', long, value_name = "SET", allow_hyphen_values = true)]
    custom_charset4: Option<String>,
}

/// From the one to the other, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lengths(usize, usize);

fn lengths(text: &str) -> Result<Lengths, String> {
    let length = |text: &str| {
        let most = MAX_LENGTH as u128;
        number::bounded(text, 1, most).map(|n| n as usize)
    };
    let (min, max) = text.split_once("..").unwrap_or((text, text));
    let lengths = Lengths(length(min)?, length(max.strip_prefix('=').unwrap_or(max))?);
    match lengths.0 <= lengths.1 {
        true => Ok(lengths),
        false => Err(format!("{min} is greater than {max}")),
    }
}

impl Candidates {
    /// Strings, if the command line asks for these.
    pub fn space(&self) -> Result<Option<Space>, Error> {
        let custom = self.custom()?;
        if let Some(text) = &self.mask {
            let what = format!("--mask '{text}'");
            let mask = charset::mask(text, &custom).map_err(|problem| bad(&what, &problem))?;
            let most = mask.len();
            if most > MAX_LENGTH {
                return Err(Error::Usage(format!(
                    "{what} has {most} places; strings have up to {MAX_LENGTH}"
                )));
            }
            let lengths = self.length.unwrap_or(Lengths(most, most));
            if lengths.1 > most {
                let longest = lengths.1;
                return Err(Error::Usage(format!(
                    "--length {longest} is more than the {most} place(s) of {what}"
                )));
            }
            let masks = (lengths.0..=lengths.1).map(|length| mask[..length].to_vec());
            return strings(masks, &what).map(Some);
        }
        if let Some(text) = &self.charset {
            let what = format!("--charset '{text}'");
            let set = charset::set(text, &custom).map_err(|problem| bad(&what, &problem))?;
            let Lengths(min, max) = self.length.unwrap_or(Lengths(1, 8));
            let masks = (min..=max).map(|length| vec![set.clone(); length]);
            return strings(masks, &what).map(Some);
        }
        let of_strings = [
            ("--length", self.length.is_some()),
            ("-1", self.custom_charset1.is_some()),
            ("-2", self.custom_charset2.is_some()),
            ("-3", self.custom_charset3.is_some()),
            ("-4", self.custom_charset4.is_some()),
        ];
        match of_strings.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(Error::Usage(format!(
                "{option} needs --mask or --charset (see --help)"
            ))),
            None => Ok(None),
        }
    }

    fn custom(&self) -> Result<Custom, Error> {
        let texts = [
            &self.custom_charset1,
            &self.custom_charset2,
            &self.custom_charset3,
            &self.custom_charset4,
        ];
        let mut custom = Custom::default();
        for (at, text) in texts.into_iter().enumerate() {
            if let Some(text) = text {
                let set = charset::set(text, &custom);
                let named = |problem| bad(&format!("-{} '{text}'", at + 1), &problem);
                custom[at] = Some(set.map_err(named)?);
            }
        }
        Ok(custom)
    }
}

fn bad(what: &str, problem: &Problem) -> Error {
    Error::Usage(format!("{what} {problem}"))
}

fn strings(masks: impl Iterator<Item = Vec<Vec<u8>>>, what: &str) -> Result<Space, Error> {
    let shapes: Option<Vec<Strings>> = masks.map(Strings::new).collect();
    let countable = shapes.filter(|shapes| Strings::total(shapes).is_some());
    countable.map(Space::Strings).ok_or_else(|| {
        Error::Usage(format!(
            "{what} has more strings than can be counted, 2^128 - 1; fewer places or smaller sets will do"
        ))
    })
}
