//! All rows as one JSON object, at the end.

use super::Sink;
use crate::Args;
use crate::row::{Cell, Column};
use grange::cli::Report;
use grange::params::{Kind, Value};
use grange::{Error, Pool};
use serde_json::{Map, Number, Value as Any};

pub struct Json<'p> {
    report: Report<'p>,
    columns: Vec<Column>,
}

impl<'p> Json<'p> {
    pub fn new(pool: &'p Pool, args: &Args, columns: Vec<Column>) -> Self {
        Json {
            report: Report::new(pool, "sweep", &args.common),
            columns,
        }
    }
}

impl Sink for Json<'_> {
    fn row(&mut self, values: &[Value], cells: &[Cell]) -> Result<bool, Error> {
        let values = values.iter().map(parameter);
        let names = self.columns.iter().map(|column| column.name.clone());
        let row: Map<String, Any> = names.zip(values.chain(cells.iter().map(result))).collect();
        self.report.result("", row.into())?;
        Ok(true)
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        self.report.finish()
    }
}

/// A number where JSON has one for it.
fn parameter(value: &Value) -> Any {
    let number = match value.kind() {
        Kind::Integer => value.to_i64().map(Number::from),
        Kind::Float => value.to_f64().and_then(Number::from_f64),
        Kind::Text => None,
    };
    number.map_or_else(|| value.as_str().into(), Any::Number)
}

fn result(cell: &Cell) -> Any {
    match cell {
        Cell::Float(number) => Number::from_f64(*number).map_or(Any::Null, Any::Number),
        Cell::Text(text) => text.as_str().into(),
        Cell::Empty => Any::Null,
    }
}
