//! One value of a parameter.

use super::decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a value, or all values of a column, can be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// A whole number that fits an `i64`.
    Integer,
    /// A number.
    Float,
    /// Anything.
    Text,
}

/// A value of a parameter: a number or a text, kept as text so that nothing is lost on the way to a program.
///
/// ```
/// use grange::params::{Kind, Value};
///
/// let read = |text| {
///     let value = Value::parse(text);
///     (value.kind(), value.as_str().to_owned())
/// };
/// assert_eq!(read("1_000"), (Kind::Integer, "1000".into()));
/// assert_eq!(read("1e3"), (Kind::Integer, "1000".into()));
/// assert_eq!(read("0.10"), (Kind::Float, "0.10".into())); // as it was written
/// assert_eq!(read("007"), (Kind::Text, "007".into())); // a name: a number would lose its zeros
/// assert_eq!(Value::parse("2.5").to_f64(), Some(2.5));
/// assert_eq!(Value::parse("red").to_f64(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Value(String);

impl Value {
    /// Reads a number as people write it; anything else is a text, and stays as it is.
    pub fn parse(text: &str) -> Self {
        let trimmed = text.trim();
        if kind_of(trimmed) == Kind::Text {
            return Value(text.to_owned());
        }
        let plain = trimmed.replace('_', "");
        // Digits for what has an exponent or a sign; all else as it was written.
        match Decimal::parse(&plain).and_then(Decimal::whole) {
            Some(whole) if !plain.contains('.') || plain.contains(['e', 'E']) => {
                Value(whole.to_string())
            }
            _ => Value(plain),
        }
    }

    pub(super) fn decimal(decimal: Decimal) -> Self {
        Value(decimal.text())
    }

    /// As text, the way it is printed and handed to programs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it can be read as.
    pub fn kind(&self) -> Kind {
        kind_of(&self.0)
    }

    /// As an integer, if it is one.
    pub fn to_i64(&self) -> Option<i64> {
        match self.kind() {
            Kind::Integer => self.0.parse().ok(),
            _ => None,
        }
    }

    /// As a number, the nearest `f64`, if it is one.
    pub fn to_f64(&self) -> Option<f64> {
        match self.kind() {
            // Digits of no end are kept as a text, but are a number all the same.
            Kind::Text if self.0.bytes().all(|b| b.is_ascii_digit()) => self.0.parse().ok(),
            Kind::Text => None,
            _ => self.0.parse().ok(),
        }
    }
}

fn kind_of(text: &str) -> Kind {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if ["nan", "inf", "infinity"].contains(&unsigned.to_ascii_lowercase().as_str()) {
        return Kind::Float;
    }
    let mut first = unsigned.bytes();
    if first.next() == Some(b'0') && first.next().is_some_and(|b| b.is_ascii_digit()) {
        return Kind::Text;
    }
    let digits_alone = !unsigned.contains(['.', 'e', 'E']);
    match Decimal::parse(text) {
        Some(number) if digits_alone => match number.whole() {
            Some(_) => Kind::Integer,
            // As a float it would lose digits.
            None => Kind::Text,
        },
        Some(number) if !unsigned.contains('.') && number.whole().is_some() => Kind::Integer,
        Some(_) => Kind::Float,
        // More digits than a decimal holds: what std can read is a number still.
        None if digits_alone => Kind::Text,
        None => match text.parse::<f64>() {
            Ok(_) => Kind::Float,
            Err(_) => Kind::Text,
        },
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value(number.to_string())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        // With an exponent where there would be hundreds of zeros.
        Value(format!("{number:?}"))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::parse(text)
    }
}
