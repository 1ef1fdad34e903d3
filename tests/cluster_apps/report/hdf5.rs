//! The same report in HDF5 makes the same page.

use super::sample::{self, SMALL};
use super::{page_of, written};
use crate::support::temp::Temp;
use hdf5::types::VarLenUnicode;
use hdf5::{File, Group, H5Type, Location};
use serde_json::{Map, Value};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

const PATIENCE: Duration = Duration::from_secs(10);

/// A table's row from an object.
trait Row: H5Type {
    fn of(object: &Value) -> Self;
}

fn float(object: &Value, name: &str) -> f64 {
    object[name].as_f64().unwrap()
}

fn whole(object: &Value, name: &str) -> u64 {
    object[name].as_u64().unwrap()
}

fn text(words: &str) -> VarLenUnicode {
    words.parse().unwrap()
}

/// A struct for the rows of a table, with its columns.
macro_rules! row {
    ($row:ident { $($name:ident: $type:ty = $read:expr),* $(,)? }) => {
        #[derive(H5Type, Clone)]
        #[repr(C)]
        struct $row { $($name: $type),* }
        impl Row for $row {
            fn of(object: &Value) -> Self {
                $row { $($name: $read(object, stringify!($name))),* }
            }
        }
    };
}

fn words(object: &Value, name: &str) -> VarLenUnicode {
    text(object[name].as_str().unwrap())
}

fn numbers(object: &Value, name: &str) -> VarLenUnicode {
    text(&object[name].to_string())
}

fn signed(object: &Value, name: &str) -> i32 {
    object[name].as_i64().unwrap() as i32
}

fn narrow(object: &Value, name: &str) -> u32 {
    whole(object, name) as u32
}

row!(RankRow {
    rank: u32 = narrow,
    host: VarLenUnicode = words,
    threads: u32 = narrow,
    cores: VarLenUnicode = numbers,
    grains: u64 = whole,
    items: u64 = whole,
    useful_seconds: f64 = float,
    overhead_seconds: f64 = float,
    waiting_seconds: f64 = float,
    tail_seconds: f64 = float,
    gather_seconds: f64 = float,
    serial_seconds: f64 = float,
    startup_seconds: f64 = float,
    shutdown_seconds: f64 = float,
    items_per_second: f64 = float,
    clock_offset_seconds: f64 = float,
    clock_error_seconds: f64 = float,
});
row!(CallRow {
    call: u64 = whole,
    what: VarLenUnicode = words,
    items: u64 = whole,
    grains: u64 = whole,
    began: f64 = float,
    all_done: f64 = float,
    ended: f64 = float,
});
row!(SpanRow {
    call: u64 = whole,
    rank: u32 = narrow,
    thread: u32 = narrow,
    first_grain: u64 = whole,
    grains: u64 = whole,
    began: f64 = float,
    ended: f64 = float,
    busy_seconds: f64 = float,
});
row!(EventRow {
    rank: u32 = narrow,
    thread: i32 = signed,
    kind: VarLenUnicode = words,
    began: f64 = float,
    ended: f64 = float,
    text: VarLenUnicode = words,
});
row!(BinRow {
    lower_seconds: f64 = float,
    upper_seconds: f64 = float,
    count: u64 = whole,
});

fn table<R: Row>(file: &Group, name: &str, objects: &[Value]) {
    let rows: Vec<R> = objects.iter().map(R::of).collect();
    file.new_dataset_builder()
        .with_data(&rows)
        .create(name)
        .unwrap();
}

/// Scalars as attributes.
fn attributes(of: &Location, object: &Map<String, Value>) {
    for (name, value) in object {
        let name = name.as_str();
        match value {
            Value::String(words) => of
                .new_attr::<VarLenUnicode>()
                .create(name)
                .unwrap()
                .write_scalar(&text(words)),
            Value::Number(number) if number.is_i64() => of
                .new_attr::<i64>()
                .create(name)
                .unwrap()
                .write_scalar(&number.as_i64().unwrap()),
            Value::Number(number) => of
                .new_attr::<f64>()
                .create(name)
                .unwrap()
                .write_scalar(&number.as_f64().unwrap()),
            _ => Ok(()),
        }
        .unwrap();
    }
}

/// The rows of a table of columns, as objects.
fn objects(table: &Value) -> Vec<Value> {
    let columns = table["columns"].as_array().unwrap();
    let rows = table["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let pairs = columns.iter().zip(row.as_array().unwrap());
        let pairs = pairs.map(|(name, cell)| (name.as_str().unwrap().to_owned(), cell.clone()));
        Value::Object(pairs.collect())
    })
    .collect()
}

fn write(path: &Path, report: &Value) {
    let file = File::create(path).unwrap();
    attributes(&file, report.as_object().unwrap());
    for name in ["arguments", "lost"] {
        let list = text(&report[name].to_string());
        file.new_attr::<VarLenUnicode>()
            .create(name)
            .unwrap()
            .write_scalar(&list)
            .unwrap();
    }
    for name in [
        "efficiency",
        "core_seconds",
        "settings",
        "grain_seconds",
        "largest_loss",
    ] {
        let group = file.create_group(name).unwrap();
        attributes(&group, report[name].as_object().unwrap());
    }
    table::<RankRow>(&file, "per_rank", report["per_rank"].as_array().unwrap());
    table::<CallRow>(&file, "calls", report["calls"].as_array().unwrap());
    table::<SpanRow>(&file, "spans", &objects(&report["spans"]));
    table::<EventRow>(&file, "events", &objects(&report["events"]));
    let bins = report["grain_seconds"]["histogram"]
        .as_array()
        .unwrap()
        .iter();
    let bins = bins.map(|bin| {
        serde_json::json!({"lower_seconds": bin[0], "upper_seconds": bin[1], "count": bin[2]})
    });
    table::<BinRow>(&file, "histogram", &bins.collect::<Vec<_>>());
    let results = file
        .new_dataset::<VarLenUnicode>()
        .create("results")
        .unwrap();
    results
        .write_scalar(&text(&report["results"].to_string()))
        .unwrap();
}

#[test]
fn the_same_page_as_of_json() {
    let dir = Temp::new();
    let mut report = sample::report(SMALL);
    report["settings"] = serde_json::json!({"schedule": "adaptive", "grain": 1000});
    let page = dir.path().join("page.html");
    let html = |file: &Path| {
        page_of([file]).arg("--output").arg(&page).finish().ok();
        fs::read_to_string(&page).unwrap()
    };
    let json = html(&written(dir.path(), "run.json", &report));
    let file = dir.path().join("run.h5");
    write(&file, &report);
    let hdf5 = html(&file);
    assert_eq!(json.replace("run.json", "run.h5"), hdf5);
}

/// A file that was just written. Other tests start processes meanwhile, which have its lock until they are
/// programs of their own.
fn open(file: &Path) -> File {
    let since = Instant::now();
    loop {
        match File::open_rw(file) {
            Ok(file) => return file,
            Err(error) => assert!(since.elapsed() < PATIENCE, "{error}"),
        }
        thread::yield_now();
    }
}

#[test]
fn what_is_missing_is_named() {
    let dir = Temp::new();
    let file = dir.path().join("run.h5");
    let refused = |says: &str| {
        let outcome = page_of([&file]).finish().with_code(3);
        assert!(
            outcome.errors().len() == 1 && outcome.stderr.lines().count() == 1,
            "{outcome}"
        );
        assert!(outcome.stderr.contains(says), "'{says}' in {outcome}");
    };
    let report = sample::report(SMALL);
    for name in [
        "efficiency",
        "per_rank",
        "calls",
        "spans",
        "events",
        "histogram",
        "results",
    ] {
        write(&file, &report);
        open(&file).unlink(name).unwrap();
        refused(&format!("'{name}'"));
    }
    // A table without one of its columns.
    write(&file, &report);
    let open = self::open(&file);
    open.unlink("spans").unwrap();
    table::<BinRow>(&open, "spans", &[]);
    drop(open);
    refused("the table spans has no column 'call'");
    // Another program's file, and one that was cut off.
    drop(File::create(&file).unwrap());
    refused("it has no 'format'");
    write(&file, &report);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    refused("HDF5 cannot open it");
}
