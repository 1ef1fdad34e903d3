//! Rows as data sets: `level`, `index`, and in `values` a column for each number, or the values as they are.

use super::basic::{self, Outcome, broken, text, text_of};
use crate::checkpoint::columns::{Column, Columns};
use crate::checkpoint::rows::Rows;
use crate::checkpoint::shape::{Kind, Shape};
use hdf5::Group;

/// The attribute that holds the shape of values in columns.
const SHAPE: &str = "shape";

/// Writes rows.
pub fn write(group: &Group, rows: &Rows) -> Outcome<()> {
    let (level, index, end, bytes) = rows.columns();
    basic::put(group, "level", level)?;
    basic::put(group, "index", index)?;
    let values = group.create_group("values")?;
    let Some(Columns { shape, columns }) = Columns::of(rows) else {
        let cbor = basic::put(&values, "cbor", bytes)?;
        text(
            &cbor,
            "format",
            "CBOR (RFC 8949), one value after the other; 'end' has where each ends",
        )?;
        basic::put(&values, "end", end)?;
        return Ok(());
    };
    let json = serde_json::to_string(&shape).map_err(|e| hdf5::Error::from(e.to_string()))?;
    text(&values, SHAPE, &json)?;
    for (name, column) in shape.names().into_iter().zip(&columns) {
        let (hi, lo) = (format!("{name}.hi"), format!("{name}.lo"));
        match column {
            Column::U64(list) => basic::put(&values, &name, list)?,
            Column::I64(list) => basic::put(&values, &name, list)?,
            Column::F32(list) => basic::put(&values, &name, list)?,
            Column::F64(list) => basic::put(&values, &name, list)?,
            Column::Bool(list) => basic::put(&values, &name, list)?,
            Column::U128(upper, lower) => {
                basic::put(&values, &hi, upper)?;
                basic::put(&values, &lo, lower)?
            }
            Column::I128(upper, lower) => {
                basic::put(&values, &hi, upper)?;
                basic::put(&values, &lo, lower)?
            }
        };
    }
    Ok(())
}

/// Reads rows.
pub fn read(group: &Group) -> Outcome<Rows> {
    let level: Vec<u8> = basic::get(group, "level")?;
    let index: Vec<u64> = basic::get(group, "index")?;
    let values = group.group("values")?;
    let (end, bytes) = if values.link_exists("cbor") {
        (basic::get(&values, "end")?, basic::get(&values, "cbor")?)
    } else {
        let columns = columns(&values)?;
        let odd = || broken(&values, SHAPE);
        columns.values(index.len()).ok_or_else(odd)?
    };
    Rows::from_columns(level, index, end, bytes).ok_or_else(|| broken(group, "values"))
}

fn columns(values: &Group) -> Outcome<Columns> {
    let json = text_of(values, SHAPE)?;
    let shape = serde_json::from_str(&json).ok().filter(Shape::is_usual);
    let mut shape: Shape = shape.ok_or_else(|| broken(values, SHAPE))?;
    let names = shape.names();
    let columns = shape
        .kinds()
        .into_iter()
        .zip(names)
        .map(|(kind, name)| {
            let (hi, lo) = (format!("{name}.hi"), format!("{name}.lo"));
            Ok(match kind {
                Kind::U64 | Kind::Null => Column::U64(basic::get(values, &name)?),
                Kind::I64 => Column::I64(basic::get(values, &name)?),
                Kind::F32 => Column::F32(basic::get(values, &name)?),
                Kind::F64 => Column::F64(basic::get(values, &name)?),
                Kind::Bool => Column::Bool(basic::get(values, &name)?),
                Kind::U128 => Column::U128(basic::get(values, &hi)?, basic::get(values, &lo)?),
                Kind::I128 => Column::I128(basic::get(values, &hi)?, basic::get(values, &lo)?),
            })
        })
        .collect::<Outcome<_>>()?;
    Ok(Columns { shape, columns })
}
