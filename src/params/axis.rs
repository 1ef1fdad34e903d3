//! One parameter and its values.

use super::csv;
use super::decimal::Decimal;
use super::range::Range;
use super::value::{Kind, Value};
use crate::error::Error;
use serde::{Deserialize, Serialize};

/// A parameter with the values that it is to have, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    name: String,
    parts: Vec<Part>,
    len: u128,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    List(Vec<Value>),
    Range(Range),
}

impl Part {
    fn len(&self) -> u128 {
        match self {
            Part::List(values) => values.len() as u128,
            Part::Range(range) => range.len(),
        }
    }
}

impl Axis {
    /// An axis of these values.
    ///
    /// # Errors
    /// [`Error::Usage`] when the name is empty.
    ///
    /// ```
    /// use grange::params::Axis;
    ///
    /// let axis = Axis::new("mass", [1.0, 2.5])?;
    /// assert_eq!((axis.name(), axis.len()), ("mass", 2));
    /// # Ok::<(), grange::Error>(())
    /// ```
    pub fn new<V: Into<Value>>(
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self, Error> {
        let list = Part::List(values.into_iter().map(Into::into).collect());
        Axis::of(name, vec![list])
    }

    /// An axis as written on a command line, `NAME=VALUE,VALUE,...`.
    ///
    /// A value `START:END:STEP` of three numbers stands for all numbers from START on that do not pass END; it
    /// may go down, by a negative step. A value with a comma in it is put in double quotes, as in a CSV file.
    ///
    /// # Errors
    /// [`Error::Usage`], one line that says what is wrong.
    ///
    /// ```
    /// use grange::params::Axis;
    ///
    /// let text = |axis: Axis| axis.values().map(|v| v.to_string()).collect::<Vec<_>>().join(" ");
    /// assert_eq!(text(Axis::parse("a=1,1e3,red")?), "1 1000 red");
    /// assert_eq!(text(Axis::parse("x=0:0.4:0.1")?), "0 0.1 0.2 0.3 0.4");
    /// assert_eq!(text(Axis::parse("n=1,2,10:4:-3")?), "1 2 10 7 4");
    /// assert!(Axis::parse("x=0:1:0").unwrap_err().to_string().contains("has a step of 0"));
    /// # Ok::<(), grange::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Error> {
        let Some((name, values)) = text.split_once('=') else {
            return Err(Error::Usage(format!(
                "{text:?} is not NAME=VALUES, such as a=1,2,3 or x=0:1:0.1"
            )));
        };
        let mut parts = Vec::new();
        for field in csv::line(values).map_err(|problem| {
            Error::Usage(format!(
                "{text:?} {problem}; values are given as in a=1,2,3"
            ))
        })? {
            match (range(&field), parts.last_mut()) {
                (Some(range), _) => {
                    parts.push(Part::Range(range.map_err(|problem| {
                        Error::Usage(format!("{name}={field} {problem}"))
                    })?))
                }
                (None, Some(Part::List(list))) => list.push(Value::parse(&field)),
                (None, _) => parts.push(Part::List(vec![Value::parse(&field)])),
            }
        }
        Axis::of(name, parts)
    }

    fn of(name: &str, parts: Vec<Part>) -> Result<Self, Error> {
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_control) {
            return Err(Error::Usage(format!("{name:?} cannot name a parameter")));
        }
        let len = parts
            .iter()
            .try_fold(0u128, |sum, part| sum.checked_add(part.len()))
            .ok_or_else(|| Error::Usage(format!("{name} has 2^128 values or more")))?;
        Ok(Axis {
            name: name.to_owned(),
            parts,
            len,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many values it has.
    pub fn len(&self) -> u128 {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value at `index`, if that is below [`Axis::len`].
    pub fn get(&self, index: u128) -> Option<Value> {
        let mut rest = index;
        for part in &self.parts {
            if rest < part.len() {
                return match part {
                    Part::List(values) => values.get(usize::try_from(rest).ok()?).cloned(),
                    Part::Range(range) => Some(range.get(rest)),
                };
            }
            rest -= part.len();
        }
        None
    }

    /// All values, in order.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        (0..self.len).map_while(|index| self.get(index))
    }

    /// What all of its values can be read as.
    pub fn kind(&self) -> Kind {
        let kinds = self.parts.iter().map(|part| match part {
            Part::List(values) => values
                .iter()
                .map(Value::kind)
                .max()
                .unwrap_or(Kind::Integer),
            Part::Range(range) => range.kind(),
        });
        kinds.max().unwrap_or(Kind::Integer)
    }
}

/// The range that a field of three numbers is; any other field is a value.
fn range(field: &str) -> Option<Result<Range, String>> {
    let numbers: Option<Vec<Decimal>> =
        field.split(':').map(|t| Decimal::parse(t.trim())).collect();
    match numbers?.as_slice() {
        &[start, end, step] => Some(Range::new(start, end, step)),
        _ => None,
    }
}
