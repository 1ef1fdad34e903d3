//! Reports in HDF5: attributes and groups become the JSON that a report is as well, so that both have the same
//! checks. The largest table goes around that.

use super::model::Report;
use super::read::{incomplete, is_readable};
use super::spans::{self, Spans};
use super::table::{column, columns_of};
use hdf5::types::{TypeDescriptor, VarLenAscii, VarLenUnicode};
use hdf5::{Attribute, Dataset, File, Group};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Reads a file.
pub fn read(path: &Path) -> Result<Report, String> {
    let file = File::open(path).map_err(|e| format!("HDF5 cannot open it: {}", line(&e)))?;
    let mut all = attributes(&file)?;
    is_readable(all.get("format"), all.get("version"))?;
    for name in ["efficiency", "core_seconds", "settings", "grain_seconds"] {
        let group = file.group(name);
        let group = group.map_err(|_| incomplete(format!("it has no group '{name}'")))?;
        all.insert(name.into(), attributes(&group)?.into());
    }
    if let Ok(group) = file.group("largest_loss") {
        all.insert("largest_loss".into(), attributes(&group)?.into());
    }
    for name in ["per_rank", "calls"] {
        let rows = objects(&table(&file, name)?)?;
        all.insert(name.into(), rows.into());
    }
    let ranks = all.get_mut("per_rank").and_then(Value::as_array_mut);
    for rank in ranks.into_iter().flatten().filter_map(Value::as_object_mut) {
        let cores = rank.get("cores").map(list).unwrap_or_default();
        rank.insert("cores".into(), cores.into());
    }
    all.insert("events".into(), events(&file)?);
    let bins = histogram(&file)?;
    if let Some(grains) = all.get_mut("grain_seconds").and_then(Value::as_object_mut) {
        grains.insert("histogram".into(), bins);
    }
    let arguments = all.get("arguments").map(words).unwrap_or_default();
    all.insert("arguments".into(), arguments.into());
    let lost = all.get("lost").map(list).unwrap_or_default();
    all.insert("lost".into(), lost.into());
    all.insert("results".into(), results(&file)?);
    // In their place for now; they may be millions.
    let none = json!({"resolution_seconds": 0, "columns": spans::COLUMNS, "rows": []});
    all.insert("spans".into(), none);
    let mut report: Report = serde_json::from_value(all.into()).map_err(incomplete)?;
    report.spans = all_spans(&table(&file, "spans")?)?;
    Ok(report)
}

/// The first line of an error that may have several.
pub fn line(error: &hdf5::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

fn table(file: &Group, name: &str) -> Result<Dataset, String> {
    file.dataset(name)
        .map_err(|_| incomplete(format!("it has no table '{name}'")))
}

fn attributes(of: &Group) -> Result<Map<String, Value>, String> {
    let names = of.attr_names().map_err(|e| line(&e))?;
    let values = names.into_iter().map(|name| {
        let value = of.attr(&name).and_then(|attribute| value(&attribute));
        let value = value.map_err(|e| incomplete(format!("attribute '{name}': {}", line(&e))))?;
        Ok((name, value))
    });
    values.collect()
}

/// A number, a truth value or a text, or a list of such.
fn value(attribute: &Attribute) -> hdf5::Result<Value> {
    use TypeDescriptor::*;
    fn some<T: Into<Value>>(attribute: &Attribute, list: Vec<T>) -> Value {
        let mut list = list.into_iter().map(Into::into);
        if attribute.is_scalar() {
            list.next().unwrap_or(Value::Null)
        } else {
            Value::Array(list.collect())
        }
    }
    Ok(match attribute.dtype()?.to_descriptor()? {
        Integer(_) => some(attribute, attribute.read_raw::<i64>()?),
        Unsigned(_) => some(attribute, attribute.read_raw::<u64>()?),
        Float(_) => some(attribute, attribute.read_raw::<f64>()?),
        Boolean => some(attribute, attribute.read_raw::<bool>()?),
        VarLenUnicode => {
            let list = attribute.read_raw::<self::VarLenUnicode>()?;
            some(attribute, list.iter().map(|text| text.as_str()).collect())
        }
        VarLenAscii => {
            let list = attribute.read_raw::<self::VarLenAscii>()?;
            some(attribute, list.iter().map(|text| text.as_str()).collect())
        }
        other => return Err(format!("values of type {other:?} are not read").into()),
    })
}

/// Words that are a list, a JSON text of one, or a command line.
fn words(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| {
            let words = shell_words::split(text).unwrap_or_else(|_| vec![text.clone()]);
            words.into_iter().map(Value::from).collect()
        }),
        _ => Vec::new(),
    }
}

/// Numbers that are a list, or a text of one: `[0,1]` or `0,1`.
fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        Value::String(text) => {
            let inside = text.trim().trim_start_matches('[').trim_end_matches(']');
            let parts = inside.split([',', ' ']).filter(|part| !part.is_empty());
            parts
                .map(|part| part.parse::<u64>().map_or(part.into(), Value::from))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The rows of a table as objects.
fn objects(table: &Dataset) -> Result<Vec<Value>, String> {
    let names = columns_of(table)?;
    let mut rows = vec![Map::new(); table.size()];
    for (name, kind) in names {
        // Columns that a newer grange has are none of ours.
        let Some(cells) = column(table, &name, &kind)? else {
            continue;
        };
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.insert(name.clone(), cell);
        }
    }
    Ok(rows.into_iter().map(Value::Object).collect())
}

fn events(file: &Group) -> Result<Value, String> {
    let names = ["rank", "thread", "kind", "began", "ended", "text"];
    let rows = objects(&table(file, "events")?)?;
    let rows = rows.iter().map(|row| {
        let cells = names.iter().map(|name| row.get(name).cloned());
        Value::Array(cells.map(Option::unwrap_or_default).collect())
    });
    Ok(json!({"columns": names, "rows": rows.collect::<Vec<_>>()}))
}

fn histogram(file: &Group) -> Result<Value, String> {
    let rows = objects(&table(file, "histogram")?)?;
    let bins = rows.iter().map(|row| {
        let cell = |name| {
            let missing = || incomplete(format!("the table histogram has no column '{name}'"));
            row.get(name).cloned().ok_or_else(missing)
        };
        let (low, high) = (cell("lower_seconds")?, cell("upper_seconds")?);
        Ok(json!([low, high, cell("count")?]))
    });
    bins.collect::<Result<Vec<_>, String>>().map(Value::Array)
}

fn results(file: &Group) -> Result<Value, String> {
    let set = table(file, "results")?;
    let texts = set.read_raw::<VarLenUnicode>();
    let texts = texts.map_err(|e| incomplete(format!("results: {}", line(&e))))?;
    let text = texts.first().map_or("[]", |text| text.as_str());
    serde_json::from_str(text).map_err(|e| incomplete(format!("results: {e}")))
}

fn all_spans(table: &Dataset) -> Result<Spans, String> {
    let resolution = table.attr("resolution_seconds");
    let resolution = resolution.and_then(|a| a.read_scalar::<f64>());
    Ok(Spans {
        // Where it is not given, nothing was merged.
        resolution: resolution.unwrap_or(0.0),
        rows: super::table::spans(table)?,
    })
}
