//! Numbers, axes and tables against plain arithmetic.

mod axes;
mod random;
mod tables;

use super::{Axis, Table};
use crate::error::Error;

fn texts(axis: &Axis) -> Vec<String> {
    axis.values().map(|value| value.to_string()).collect()
}

fn axis(text: &str) -> Axis {
    Axis::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn from(text: &str) -> Result<Table, Error> {
    Table::from_csv(text.as_bytes())
}
