//! What a row gives, and what becomes of all of them.

use crate::output::Sink;
use grange::params::{Kind, Table, Value};
use grange::{Error, Results};
use serde::{Deserialize, Serialize};
use std::io::Write;

/// A column of the results.
#[cfg_attr(
    not(feature = "hdf5"),
    allow(dead_code, reason = "text has neither types nor units")
)]
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// Empty where there is none.
    pub unit: &'static str,
}

impl Column {
    pub fn new(name: &str, kind: Kind, unit: &'static str) -> Self {
        Column {
            name: name.to_owned(),
            kind,
            unit,
        }
    }
}

/// One result of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    Float(f64),
    Text(String),
    /// There is none, since the row failed.
    Empty,
}

/// All results of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub cells: Vec<Cell>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// What is said at the end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Summary {
    rows: u128,
    pub failed: u128,
    first: String,
}

impl Summary {
    /// Writes rows as they come, until all are there or nobody reads them any more.
    pub fn write(
        outcomes: Results<'_, Outcome>,
        table: &Table,
        mut sink: Box<dyn Sink + '_>,
    ) -> Result<Self, Error> {
        let mut summary = Summary::default();
        for outcome in outcomes {
            let values = table.row(summary.rows).unwrap_or_default();
            summary.rows += 1;
            if let Some(failure) = &outcome.failure {
                if summary.failed == 0 {
                    summary.first = format!(
                        "row {} ({}): {}",
                        summary.rows,
                        label(table, &values),
                        on_one_line(failure, 200)
                    );
                }
                summary.failed += 1;
            }
            if !sink.row(&values, &outcome.cells)? {
                return Ok(summary);
            }
        }
        // A run that is being stopped ends early: what there is of it is not the result.
        if summary.rows == table.rows() {
            sink.finish()?;
        }
        Ok(summary)
    }

    pub fn warn(&self) {
        let Summary {
            rows,
            failed,
            first,
        } = self;
        // Nobody being there to read it is no reason to fail.
        let _ = writeln!(
            std::io::stderr().lock(),
            "grange: warning: {failed} of {rows} rows failed, the first: {first}"
        );
    }
}

/// `a=1, b=10`.
fn label(table: &Table, values: &[Value]) -> String {
    let pairs: Vec<String> = table
        .names()
        .zip(values)
        .map(|(name, value)| format!("{name}={}", on_one_line(value.as_str(), 40)))
        .collect();
    pairs.join(", ")
}

/// Without control characters, and not longer than that.
pub fn on_one_line(text: &str, longest: usize) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = text.chars().take(longest).map(plain).collect();
    if text.chars().nth(longest).is_some() {
        line += "...";
    }
    line
}
