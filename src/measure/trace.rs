//! A run as trace events for a viewer such as Perfetto (`ui.perfetto.dev`) or `chrome://tracing`.
//!
//! The format is Google's "Trace Event Format": a process is a rank, a thread one that computes, its main or its comm
//! thread. Where two blocks of a thread in one call are apart, it waited.

use super::report::Document;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Tells our traces from others' files.
pub const MARK: &str = "grange trace";
/// Threads that do not compute, by their numbers.
const MAIN: u32 = 100_000;
const COMM: u32 = MAIN + 1;
const WRITER: u32 = MAIN + 2;
/// And what workers do beside others on the same thread, from here on.
const BESIDE: u32 = 2 * MAIN;
/// Shorter gaps are no waits.
const GAP: f64 = 20e-6;
/// Nor do these overlap.
const TOUCH: f64 = 1e-9;

/// Something with a beginning and an end, in microseconds.
#[derive(Serialize)]
struct Slice<'a> {
    ph: &'static str,
    pid: u32,
    tid: u32,
    name: &'a str,
    cat: &'static str,
    ts: f64,
    dur: f64,
    args: Value,
}

struct Writer<'w, W> {
    to: &'w mut W,
    first: bool,
}

impl<W: Write> Writer<'_, W> {
    fn event(&mut self, event: &impl Serialize) -> io::Result<()> {
        let comma: &[u8] = if self.first { b"\n" } else { b",\n" };
        self.first = false;
        self.to.write_all(comma)?;
        Ok(serde_json::to_writer(&mut *self.to, event)?)
    }

    fn slice(
        &mut self,
        (pid, tid): (u32, u32),
        (cat, name): (&'static str, &str),
        (began, ended): (f64, f64),
        args: Value,
    ) -> io::Result<()> {
        // A thousandth of a microsecond is what clocks tell.
        let micros = |seconds: f64| (seconds * 1e9).round() / 1e3;
        let (ts, dur) = (micros(began), micros((ended - began).max(0.0)));
        let ph = "X";
        self.event(&Slice {
            ph,
            pid,
            tid,
            name,
            cat,
            ts,
            dur,
            args,
        })
    }

    fn name(&mut self, pid: u32, tid: Option<u32>, name: &str) -> io::Result<()> {
        let (kind, tid) = match tid {
            Some(tid) => ("thread_name", tid),
            None => ("process_name", 0),
        };
        self.event(
            &json!({"ph": "M", "pid": pid, "tid": tid, "name": kind, "args": {"name": name}}),
        )
    }
}

/// Writes the trace of a run.
///
/// # Errors
/// When it cannot be written.
pub fn write(run: &Document, to: &mut impl Write) -> io::Result<()> {
    let about = json!({
        "format": MARK,
        "program": run.program,
        "arguments": run.arguments,
        "versions": run.versions,
        "started": run.started,
        "resolution": match run.spans.resolution_seconds {
            0.0 => "every block of grains that a thread did in one go".to_owned(),
            s => format!("blocks of a thread are merged up to {s} s, since there were too many"),
        },
        "messages": match run.messages.resolution_seconds {
            0.0 => "every message".to_owned(),
            s => format!("messages of a rank are merged up to {s} s, since there were too many"),
        },
    });
    write!(
        to,
        "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":["
    )?;
    let mut writer = Writer { to, first: true };
    names(run, &mut writer)?;
    calls(run, &mut writer)?;
    blocks(run, &mut writer)?;
    others(run, &mut writer)?;
    writer.to.write_all(b"\n]}\n")
}

fn names<W: Write>(run: &Document, writer: &mut Writer<'_, W>) -> io::Result<()> {
    for rank in &run.per_rank {
        let pid = rank.rank;
        writer.name(pid, None, &format!("rank {pid} ({})", rank.host))?;
        for thread in 0..rank.threads as u32 {
            writer.name(pid, Some(thread), &format!("thread {thread}"))?;
        }
        writer.name(pid, Some(COMM), "messages")?;
    }
    writer.name(0, Some(MAIN), "main")?;
    writer.name(0, Some(WRITER), "checkpoints")
}

/// Rank 0's main: calls, and what of them came after the last grain.
fn calls<W: Write>(run: &Document, writer: &mut Writer<'_, W>) -> io::Result<()> {
    for call in &run.calls {
        let args = json!({"call": call.call, "items": call.items, "grains": call.grains});
        writer.slice(
            (0, MAIN),
            ("call", &call.what),
            (call.began, call.ended),
            args,
        )?;
        if call.ended > call.all_done {
            let times = (call.all_done, call.ended);
            writer.slice((0, MAIN), ("gather", "gather"), times, json!({}))?;
        }
    }
    Ok(())
}

fn blocks<W: Write>(run: &Document, writer: &mut Writer<'_, W>) -> io::Result<()> {
    let what: BTreeMap<i64, &str> = run
        .calls
        .iter()
        .map(|call| {
            (
                call.call as i64,
                call.what.split(" over ").next().unwrap_or(""),
            )
        })
        .collect();
    let apart = GAP.max(run.spans.resolution_seconds);
    let mut more = BESIDE;
    for rows in run.spans.rows.chunk_by(|a, b| (a.1, a.2) == (b.1, b.2)) {
        let mut rows: Vec<_> = rows.iter().collect();
        rows.sort_by(|a, b| a.5.total_cmp(&b.5));
        // A viewer takes what overlaps on a thread for something within something.
        let mut lanes: Vec<(u32, i64, f64)> = Vec::new();
        for &&(call, rank, thread, first, grains, began, ended, busy) in &rows {
            let alone = lanes.len() == 1;
            let free = lanes.iter_mut().find(|(.., end)| *end <= began + TOUCH);
            let tid = match free {
                Some(lane) => {
                    if alone && lane.1 == call && began - lane.2 > apart {
                        let times = (lane.2, began);
                        writer.slice((rank, lane.0), ("wait", "wait"), times, json!({}))?;
                    }
                    (lane.1, lane.2) = (call, ended);
                    lane.0
                }
                None => {
                    let tid = match lanes.is_empty() {
                        true => thread,
                        false => {
                            more += 1;
                            writer.name(rank, Some(more), &format!("thread {thread}, beside"))?;
                            more
                        }
                    };
                    lanes.push((tid, call, ended));
                    tid
                }
            };
            let name = what.get(&call).copied().unwrap_or("several calls");
            let args =
                json!({"call": call, "first_grain": first, "grains": grains, "busy_seconds": busy});
            writer.slice((rank, tid), ("grains", name), (began, ended), args)?;
        }
    }
    Ok(())
}

fn others<W: Write>(run: &Document, writer: &mut Writer<'_, W>) -> io::Result<()> {
    for &(rank, peer, sent, count, bytes, began, ended) in &run.messages.rows {
        let name = if sent == 1 { "send" } else { "receive" };
        let args = json!({"rank": peer, "count": count, "bytes": bytes});
        writer.slice((rank, COMM), ("message", name), (began, ended), args)?;
    }
    for &(rank, _, kind, began, ended, _) in &run.events.rows {
        writer.slice((rank, WRITER), (kind, kind), (began, ended), json!({}))?;
    }
    Ok(())
}
