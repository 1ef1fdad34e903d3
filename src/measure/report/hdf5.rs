//! A run as an HDF5 file, for h5py, h5dump, Julia.
//!
//! Scalars are attributes of the root and of the groups `settings`, `efficiency`, `core_seconds` and
//! `grain_seconds`; tables are data sets of records, with the units of their columns, in order, in the
//! attribute `units`.

use super::Document;
use crate::checkpoint::store::basic::{Outcome, number, put, text, unicode};
use hdf5::types::VarLenUnicode;
use hdf5::{File, Group, H5Type};
use std::path::Path;

#[derive(Clone, H5Type)]
#[repr(C)]
struct Rank {
    rank: u32,
    host: VarLenUnicode,
    threads: u64,
    /// A JSON list.
    cores: VarLenUnicode,
    grains: u64,
    items: u64,
    items_per_second: f64,
    startup_seconds: f64,
    useful_seconds: f64,
    overhead_seconds: f64,
    waiting_seconds: f64,
    tail_seconds: f64,
    gather_seconds: f64,
    serial_seconds: f64,
    shutdown_seconds: f64,
    lost_seconds: f64,
    delayed_seconds: f64,
    clock_offset_seconds: f64,
    clock_error_seconds: f64,
}

#[derive(Clone, H5Type)]
#[repr(C)]
struct Call {
    call: u64,
    what: VarLenUnicode,
    items: u64,
    grains: u64,
    began: f64,
    all_done: f64,
    ended: f64,
}

#[derive(Clone, H5Type)]
#[repr(C)]
struct Span {
    call: i64,
    rank: u32,
    thread: u32,
    first_grain: u64,
    grains: u64,
    began: f64,
    ended: f64,
    busy_seconds: f64,
}

#[derive(Clone, H5Type)]
#[repr(C)]
struct Message {
    rank: u32,
    peer: i64,
    sent: u8,
    count: u64,
    bytes: u64,
    began: f64,
    ended: f64,
}

#[derive(Clone, H5Type)]
#[repr(C)]
struct Event {
    rank: u32,
    thread: i32,
    kind: VarLenUnicode,
    began: f64,
    ended: f64,
    text: VarLenUnicode,
}

#[derive(Clone, H5Type)]
#[repr(C)]
struct Bin {
    lower_seconds: f64,
    upper_seconds: f64,
    count: u64,
}

/// Writes the file.
///
/// # Errors
/// In libhdf5's words.
pub fn write(run: &Document, path: &Path) -> Result<(), String> {
    let attempt = || {
        let file = File::create(path)?;
        scalars(run, &file)?;
        tables(run, &file)?;
        file.close()
    };
    attempt().map_err(|e: hdf5::Error| e.to_string())
}

fn scalars(run: &Document, file: &File) -> Outcome<()> {
    text(file, "format", run.format)?;
    number(file, "version", run.version)?;
    text(file, "program", &run.program)?;
    text(file, "arguments", &json(&run.arguments))?;
    text(file, "versions", &run.versions)?;
    number(file, "started", run.started)?;
    number(file, "exit_code", run.exit_code)?;
    text(file, "outcome", &run.outcome)?;
    number(file, "wall_seconds", run.wall_seconds)?;
    number(file, "ranks", run.ranks)?;
    number(file, "threads", run.threads)?;
    text(file, "lost", &json(&run.lost))?;
    number(file, "coordinator_busy", run.coordinator_busy)?;
    number(file, "calls_left_out", run.calls_left_out)?;
    text(
        file,
        "units",
        "started: s since 1970-01-01 00:00:00 UTC; other times: s since the run began; shares: 1",
    )?;
    let settings = file.create_group("settings")?;
    for (name, value) in &run.settings {
        text(&settings, name, value)?;
    }
    let numbers = [
        ("efficiency", "1", &run.efficiency),
        ("core_seconds", "s", &run.core_seconds),
    ];
    for (name, unit, values) in numbers {
        let group = file.create_group(name)?;
        text(&group, "units", unit)?;
        for (name, &value) in values {
            number(&group, name, value)?;
        }
    }
    let grains = file.create_group("grain_seconds")?;
    text(&grains, "units", "count: 1; others: s")?;
    number(&grains, "count", run.grain_seconds.count)?;
    number(&grains, "p50", run.grain_seconds.p50)?;
    number(&grains, "p99", run.grain_seconds.p99)?;
    number(&grains, "longest", run.grain_seconds.longest)?;
    let loss = file.create_group("largest_loss")?;
    text(&loss, "part", run.largest_loss.part)?;
    number(&loss, "share", run.largest_loss.share)?;
    text(&loss, "text", &run.largest_loss.text)?;
    let results = file.new_dataset::<VarLenUnicode>().create("results")?;
    results.write_scalar(&unicode(&json(&run.results)))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn table<T: H5Type>(file: &Group, name: &str, units: &str, rows: &[T]) -> Outcome<hdf5::Dataset> {
    let set = put(file, name, rows)?;
    text(&set, "units", units)?;
    Ok(set)
}

fn tables(run: &Document, file: &File) -> Outcome<()> {
    let ranks: Vec<Rank> = run.per_rank.iter().map(rank).collect();
    let seconds = "s,".repeat(12);
    let units = format!("1,name,1,list,1,1,1/s,{}", seconds.trim_end_matches(','));
    table(file, "per_rank", &units, &ranks)?;
    let calls: Vec<Call> = run
        .calls
        .iter()
        .map(|c| Call {
            call: c.call,
            what: unicode(&c.what),
            items: count(c.items),
            grains: c.grains,
            began: c.began,
            all_done: c.all_done,
            ended: c.ended,
        })
        .collect();
    table(file, "calls", "1,text,1,1,s,s,s", &calls)?;
    let rows = run.spans.rows.iter();
    let spans: Vec<Span> = rows
        .map(
            |&(call, rank, thread, first_grain, grains, began, ended, busy_seconds)| Span {
                call,
                rank,
                thread,
                first_grain,
                grains,
                began,
                ended,
                busy_seconds,
            },
        )
        .collect();
    let set = table(file, "spans", "1,1,1,1,1,s,s,s", &spans)?;
    number(&set, "resolution_seconds", run.spans.resolution_seconds)?;
    let rows = run.messages.rows.iter();
    let messages: Vec<Message> = rows
        .map(|&(rank, peer, sent, count, bytes, began, ended)| Message {
            rank,
            peer,
            sent,
            count,
            bytes,
            began,
            ended,
        })
        .collect();
    let set = table(file, "messages", "1,1,1,1,byte,s,s", &messages)?;
    number(&set, "resolution_seconds", run.messages.resolution_seconds)?;
    let rows = run.events.rows.iter();
    let events: Vec<Event> = rows
        .map(|(rank, thread, kind, began, ended, text)| Event {
            rank: *rank,
            thread: *thread,
            kind: unicode(kind),
            began: *began,
            ended: *ended,
            text: unicode(text),
        })
        .collect();
    table(file, "events", "1,1,name,s,s,text", &events)?;
    let rows = run.grain_seconds.histogram.iter();
    let bins: Vec<Bin> = rows
        .map(|&(lower_seconds, upper_seconds, count)| Bin {
            lower_seconds,
            upper_seconds,
            count,
        })
        .collect();
    table(file, "histogram", "s,s,1", &bins).map(drop)
}

/// As much of it as there is room for.
fn count(n: u128) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn rank(row: &super::RankRow) -> Rank {
    let part = |name: &str| row.parts.get(name).copied().unwrap_or(0.0);
    Rank {
        rank: row.rank,
        host: unicode(&row.host),
        threads: row.threads,
        cores: unicode(&json(&row.cores)),
        grains: row.grains,
        items: count(row.items),
        items_per_second: row.items_per_second,
        startup_seconds: part("startup_seconds"),
        useful_seconds: part("useful_seconds"),
        overhead_seconds: part("overhead_seconds"),
        waiting_seconds: part("waiting_seconds"),
        tail_seconds: part("tail_seconds"),
        gather_seconds: part("gather_seconds"),
        serial_seconds: part("serial_seconds"),
        shutdown_seconds: part("shutdown_seconds"),
        lost_seconds: part("lost_seconds"),
        delayed_seconds: row.delayed_seconds,
        clock_offset_seconds: row.clock_offset_seconds,
        clock_error_seconds: row.clock_error_seconds,
    }
}
