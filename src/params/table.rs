//! Combinations of parameters, computed by index.

use super::axis::Axis;
use super::csv;
use super::value::{Kind, Value};
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::io::Read;

/// Rows of parameters. Each is computed from its index: the table is as small as what it is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The last varies fastest.
    factors: Vec<Factor>,
    rows: u128,
}

/// Axes of one length, side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Factor {
    axes: Vec<Axis>,
    len: u128,
}

impl Table {
    /// Every combination of the axes' values; the last axis varies fastest.
    ///
    /// # Errors
    /// [`Error::Usage`] when two axes have one name, or there are 2^128 combinations or more.
    ///
    /// ```
    /// use grange::params::{Axis, Table};
    ///
    /// let table = Table::product([Axis::parse("a=1,2")?, Axis::parse("b=x,y,z")?])?;
    /// assert_eq!(table.rows(), 6);
    /// assert_eq!(table.names().collect::<Vec<_>>(), ["a", "b"]);
    /// assert_eq!(table.row(4), Some(vec!["2".into(), "y".into()]));
    /// # Ok::<(), grange::Error>(())
    /// ```
    pub fn product(axes: impl IntoIterator<Item = Axis>) -> Result<Self, Error> {
        let factor = |axis: Axis| Factor {
            len: axis.len(),
            axes: vec![axis],
        };
        Table::of(axes.into_iter().map(factor).collect())
    }

    /// The axes side by side: their first values together, then their second, and so on.
    ///
    /// # Errors
    /// [`Error::Usage`] when they are of unequal length, or two have one name.
    ///
    /// ```
    /// use grange::params::{Axis, Table};
    ///
    /// let table = Table::zip([Axis::parse("a=1,2")?, Axis::parse("b=x,y")?])?;
    /// assert_eq!(table.row(1), Some(vec!["2".into(), "y".into()]));
    /// assert_eq!(table.row(2), None);
    /// # Ok::<(), grange::Error>(())
    /// ```
    pub fn zip(axes: impl IntoIterator<Item = Axis>) -> Result<Self, Error> {
        let axes: Vec<Axis> = axes.into_iter().collect();
        let len = axes.first().map_or(0, Axis::len);
        if axes.iter().any(|axis| axis.len() != len) {
            let lengths: Vec<String> = axes
                .iter()
                .map(|axis| format!("{} has {}", axis.name(), axis.len()))
                .collect();
            return Err(Error::Usage(format!(
                "axes side by side need as many values each: {}",
                lengths.join(", ")
            )));
        }
        Table::of(vec![Factor { axes, len }])
    }

    /// The rows of a CSV file whose first line names the parameters.
    ///
    /// # Errors
    /// [`Error::Usage`], one line with the number of the line that is wrong: too many or too few fields, bytes
    /// that are no text; no first line; two columns of one name.
    ///
    /// ```
    /// use grange::params::Table;
    ///
    /// let table = Table::from_csv("name,k\n\"spring, soft\",0.5\nstiff,1_000\n".as_bytes())?;
    /// assert_eq!(table.row(0), Some(vec!["spring, soft".into(), "0.5".into()]));
    /// assert_eq!(table.row(1), Some(vec!["stiff".into(), "1000".into()]));
    /// # Ok::<(), grange::Error>(())
    /// ```
    pub fn from_csv(reader: impl Read) -> Result<Self, Error> {
        Table::zip(csv::columns(reader)?)
    }

    /// Every combination of a row of this table with one of `other`, which varies faster.
    ///
    /// # Errors
    /// As [`Table::product`].
    pub fn times(mut self, other: Table) -> Result<Self, Error> {
        self.factors.extend(other.factors);
        Table::of(self.factors)
    }

    fn of(factors: Vec<Factor>) -> Result<Self, Error> {
        let rows = factors
            .iter()
            .try_fold(1u128, |rows, factor| rows.checked_mul(factor.len));
        // No rows are none, however large the other factors.
        let rows = match rows {
            _ if factors.iter().any(|factor| factor.len == 0) => 0,
            Some(rows) => rows,
            None => {
                return Err(Error::Usage(
                    "the parameters have 2^128 combinations or more".into(),
                ));
            }
        };
        let table = Table { factors, rows };
        let mut names: Vec<&str> = table.names().collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Error::Usage(format!(
                "the parameter '{}' is given twice",
                pair[0]
            ))),
            None => Ok(table),
        }
    }

    fn axes(&self) -> impl Iterator<Item = &Axis> {
        self.factors.iter().flat_map(|factor| &factor.axes)
    }

    /// How many rows there are: work over `pool.range(0..table.rows())`.
    pub fn rows(&self) -> u128 {
        self.rows
    }

    /// The parameters' names, in the order of a row's values.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.axes().map(Axis::name)
    }

    /// What all values of each column can be read as.
    pub fn kinds(&self) -> Vec<Kind> {
        self.axes().map(Axis::kind).collect()
    }

    /// The values of the row at `index`, if that is below [`Table::rows`].
    pub fn row(&self, index: u128) -> Option<Vec<Value>> {
        if index >= self.rows {
            return None;
        }
        let mut rest = index;
        let mut at = vec![0; self.factors.len()];
        for (at, factor) in at.iter_mut().zip(&self.factors).rev() {
            *at = rest % factor.len;
            rest /= factor.len;
        }
        let values = |(factor, at): (&Factor, u128)| -> Vec<Option<Value>> {
            factor.axes.iter().map(|axis| axis.get(at)).collect()
        };
        self.factors.iter().zip(at).flat_map(values).collect()
    }
}
