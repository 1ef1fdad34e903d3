//! The digest as a value: parsing, printing, and the reference hash of a decimal string.

use std::{fmt, str::FromStr};

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use super::decimal;

/// An MD5 digest.
///
/// `FromStr` accepts exactly 32 hexadecimal digits of either case; `Display` prints lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Digest([u8; 16]);

impl Digest {
    /// The digest of `n` written in decimal, without sign or leading zeros.
    ///
    pub fn of_decimal(n: u128) -> Self {
        let mut buffer = [0; decimal::MAX_DIGITS];
        let text = &mut buffer[..decimal::digits(n)];
        decimal::write(n, text);
        Self::of_bytes(text)
    }

    /// The digest of a text.
    ///
    /// This is the reference: it goes through an independent implementation of MD5, and everything
    /// that a [`Searcher`](super::Searcher) reports has passed it.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Md5::digest(bytes).into())
    }

    /// The four words of the digest, in the order and byte order of the state.
    pub(super) fn words(self) -> [u32; 4] {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(self.0.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        words
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, ParseDigestError> {
        if let Some((at, found)) = text
            .chars()
            .enumerate()
            .find(|(_, c)| !c.is_ascii_hexdigit())
        {
            return Err(ParseDigestError::NotHex {
                position: at + 1,
                found,
            });
        }
        if text.len() != 32 {
            return Err(ParseDigestError::Length(text.len()));
        }
        let mut bytes = [0; 16];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
            *byte = digits
                .iter()
                .fold(0, |high, digit| high << 4 | nibble(*digit));
        }
        Ok(Self(bytes))
    }
}

/// Value of an ASCII hexadecimal digit.
fn nibble(digit: u8) -> u8 {
    if digit.is_ascii_digit() {
        digit - b'0'
    } else {
        (digit | 0x20) - b'a' + 10
    }
}

/// Why a text is not a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseDigestError {
    /// The text is hexadecimal, but of this many digits.
    Length(usize),
    /// The text has something else than a hexadecimal digit.
    NotHex {
        /// Which character, counted from 1.
        position: usize,
        /// The character.
        found: char,
    },
}

impl fmt::Display for ParseDigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(0) => write!(f, "the digest is empty")?,
            Self::Length(1) => write!(f, "the digest has 1 digit")?,
            Self::Length(length) => write!(f, "the digest has {length} digits")?,
            Self::NotHex { position, found } => {
                write!(f, "character {position} of the digest is {found:?}")?;
            }
        }
        write!(
            f,
            "; an MD5 digest is exactly 32 hexadecimal digits (0-9, a-f, A-F)"
        )
    }
}

impl std::error::Error for ParseDigestError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_the_test_suite_of_rfc_1321() {
        let suite = [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                "abcdefghijklmnopqrstuvwxyz",
                "c3fcd3d76192e4007dfb496cca67e13b",
            ),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                "d174ab98d277d9f5a5611c2c9f419d9f",
            ),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ];
        for (text, digest) in suite {
            assert_eq!(
                Digest::of_bytes(text.as_bytes()).to_string(),
                digest,
                "{text:?}"
            );
        }
    }

    #[test]
    fn of_decimal_hashes_the_printed_number() {
        for n in [0, 9, 10, 1829182, u128::from(u64::MAX), u128::MAX] {
            assert_eq!(
                Digest::of_decimal(n),
                Digest::of_bytes(n.to_string().as_bytes())
            );
        }
        assert_eq!(
            Digest::of_decimal(0).to_string(),
            "cfcd208495d565ef66e7dff9f98764da"
        );
        assert_eq!(
            Digest::of_decimal(1829182).to_string(),
            "48ae4d2d384dcc470e471f4169daa96a"
        );
    }

    #[test]
    fn parses_either_case_and_prints_lower() {
        let digest = Digest::of_decimal(1829182);
        let lower = digest.to_string();
        assert_eq!(lower.parse(), Ok(digest));
        assert_eq!(lower.to_uppercase().parse(), Ok(digest));
    }

    #[test]
    fn rejects_in_one_line_that_says_what_is_accepted() {
        let good = Digest::of_decimal(1829182).to_string();
        let bad = [
            (String::new(), "the digest is empty"),
            ("a".into(), "the digest has 1 digit;"),
            (good[1..].into(), "the digest has 31 digits;"),
            (format!("{good}0"), "the digest has 33 digits;"),
            (format!(" {good}"), "character 1 of the digest is ' ';"),
            (
                format!("{}g", &good[1..]),
                "character 32 of the digest is 'g';",
            ),
            (
                format!("0x{}", &good[2..]),
                "character 2 of the digest is 'x';",
            ),
            (
                format!("{}é", &good[2..]),
                "character 31 of the digest is 'é';",
            ),
            (
                format!("{}\n", &good[1..]),
                "character 32 of the digest is '\\n';",
            ),
        ];
        for (text, reason) in bad {
            let message = text.parse::<Digest>().unwrap_err().to_string();
            assert!(message.starts_with(reason), "{text:?}: {message}");
            assert!(
                message.contains("exactly 32 hexadecimal digits"),
                "{message}"
            );
            assert_eq!(message.lines().count(), 1);
        }
    }
}
