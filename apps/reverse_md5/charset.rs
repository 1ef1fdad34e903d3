//! Sets of characters and masks, as hashcat writes them.

use std::fmt;

/// How often `?1` to `?4` are defined.
pub const CUSTOM: usize = 4;

/// What `?1` to `?4` stand for.
pub type Custom = [Option<Vec<u8>>; CUSTOM];

/// What is wrong with a set or a mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is nothing in it.
    Empty,
    /// It ends with a question mark.
    Unfinished,
    /// A question mark and a character that means nothing.
    Unknown(char),
    /// `?1` to `?4`, which is not defined.
    Undefined(char),
    /// A character of several bytes, in a set.
    NotAscii(char),
}

/// The sets of a mask, one for each place.
pub fn mask(text: &str, custom: &Custom) -> Result<Vec<Vec<u8>>, Problem> {
    let mut places = Vec::new();
    for part in parts(text) {
        match part? {
            Part::Set(letter) => places.push(named(letter, custom)?),
            // A character of several bytes has several places.
            Part::Literal(literal) => {
                let mut bytes = [0; 4];
                let bytes = literal.encode_utf8(&mut bytes).bytes();
                places.extend(bytes.map(|byte| vec![byte]));
            }
        }
    }
    match places.is_empty() {
        true => Err(Problem::Empty),
        false => Ok(places),
    }
}

/// A set, in the order in which it is written; what comes again does not count.
pub fn set(text: &str, custom: &Custom) -> Result<Vec<u8>, Problem> {
    let mut set: Vec<u8> = Vec::new();
    for part in parts(text) {
        let more = match part? {
            Part::Set(letter) => named(letter, custom)?,
            Part::Literal(literal) => match u8::try_from(literal) {
                Ok(byte) if literal.is_ascii() => vec![byte],
                _ => return Err(Problem::NotAscii(literal)),
            },
        };
        for byte in more {
            if !set.contains(&byte) {
                set.push(byte);
            }
        }
    }
    match set.is_empty() {
        true => Err(Problem::Empty),
        false => Ok(set),
    }
}

enum Part {
    Literal(char),
    Set(char),
}

fn parts(text: &str) -> impl Iterator<Item = Result<Part, Problem>> {
    let mut chars = text.chars();
    std::iter::from_fn(move || {
        Some(match chars.next()? {
            '?' => match chars.next() {
                Some('?') => Ok(Part::Literal('?')),
                Some(letter) => Ok(Part::Set(letter)),
                None => Err(Problem::Unfinished),
            },
            literal => Ok(Part::Literal(literal)),
        })
    })
}

/// The set that a letter or digit after a question mark stands for.
fn named(letter: char, custom: &Custom) -> Result<Vec<u8>, Problem> {
    let special = || (b' '..=b'~').filter(|byte| !byte.is_ascii_alphanumeric());
    Ok(match letter {
        'l' => (b'a'..=b'z').collect(),
        'u' => (b'A'..=b'Z').collect(),
        'd' => (b'0'..=b'9').collect(),
        'h' => (b'0'..=b'9').chain(b'a'..=b'f').collect(),
        'H' => (b'0'..=b'9').chain(b'A'..=b'F').collect(),
        's' => special().collect(),
        'a' => (b'a'..=b'z')
            .chain(b'A'..=b'Z')
            .chain(b'0'..=b'9')
            .chain(special())
            .collect(),
        'b' => (0..=u8::MAX).collect(),
        '1'..='4' => {
            let set = &custom[letter as usize - '1' as usize];
            set.clone().ok_or(Problem::Undefined(letter))?
        }
        _ => return Err(Problem::Unknown(letter)),
    })
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = "there is ?l ?u ?d ?h ?H ?s ?a ?b, ?1 to ?4, and ?? for a question mark";
        match self {
            Self::Empty => write!(f, "is empty"),
            Self::Unfinished => write!(f, "ends with a single '?'; {known}"),
            Self::Unknown(letter) => write!(f, "has '?{letter}'; {known}"),
            Self::Undefined(digit) => write!(f, "has ?{digit}, which -{digit} has not defined"),
            Self::NotAscii(literal) => write!(
                f,
                "has {literal:?}, which is several bytes; a set is of ASCII characters, or ?b for all bytes"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Custom = [const { None }; CUSTOM];

    #[test]
    fn sets_are_those_of_hashcat() {
        let of = |text: &str| String::from_utf8(set(text, &NONE).expect(text)).expect("ASCII");
        assert_eq!(of("?l"), "abcdefghijklmnopqrstuvwxyz");
        assert_eq!(of("?u"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        assert_eq!(of("?d"), "0123456789");
        assert_eq!(of("?h"), "0123456789abcdef");
        assert_eq!(of("?H"), "0123456789ABCDEF");
        assert_eq!(of("?s"), " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
        assert_eq!(of("?a"), of("?l?u?d?s"));
        assert_eq!(of("?a").len(), 95);
        assert_eq!(set("?b", &NONE).map(|set| set.len()), Ok(256));
        assert_eq!(of("cab??bac?"[..8].trim_end_matches('?')), "cab?");
        assert_eq!(of("9?d"), "9012345678");
    }

    #[test]
    fn masks_have_a_set_a_place() {
        let mut custom = NONE;
        custom[1] = set("xy?d", &custom).ok();
        let places = mask("?2a???l", &custom).expect("a mask");
        let sizes: Vec<usize> = places.iter().map(Vec::len).collect();
        assert_eq!(sizes, [12, 1, 1, 26]);
        assert_eq!((places[1][0], places[2][0]), (b'a', b'?'));
        // In bytes, as they are hashed.
        assert_eq!(mask("é", &NONE), Ok(vec![vec![0xc3], vec![0xa9]]));
    }

    #[test]
    fn what_is_wrong_is_told() {
        assert_eq!(mask("", &NONE), Err(Problem::Empty));
        assert_eq!(set("", &NONE), Err(Problem::Empty));
        assert_eq!(mask("?d?", &NONE), Err(Problem::Unfinished));
        assert_eq!(mask("?x", &NONE), Err(Problem::Unknown('x')));
        assert_eq!(mask("?5", &NONE), Err(Problem::Unknown('5')));
        assert_eq!(mask("?3", &NONE), Err(Problem::Undefined('3')));
        assert_eq!(set("aé", &NONE), Err(Problem::NotAscii('é')));
    }
}
