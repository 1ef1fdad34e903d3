//! From what ranks told to a document.

use super::{
    CallRow, Document, EventRow, Events, FORMAT, GrainTimes, LossRow, MessageRow, Messages,
    RankRow, SpanRow, Spans, VERSION,
};
use crate::measure::advice::Loss;
use crate::measure::bounded::Bounded;
use crate::measure::clock::Clock;
use crate::measure::messages::{self, Message};
use crate::measure::parts::{Part, Parts};
use crate::measure::summary::{Summary, Told};
use crate::measure::thread;
use serde_json::Value;
use std::collections::BTreeMap;

/// What is known of a run besides its times.
#[derive(Debug, Default)]
pub struct Known {
    /// Seconds since 1970.
    pub started: f64,
    pub exit_code: u8,
    pub outcome: String,
    pub settings: BTreeMap<&'static str, String>,
    /// When checkpoints were written, on rank 0's clock.
    pub writes: Vec<(u64, u64)>,
    pub results: Vec<Value>,
    pub clocks: Vec<Clock>,
    /// By rank.
    pub messages: Vec<Option<Bounded<Message>>>,
}

/// Nanoseconds as seconds.
fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

/// The document.
pub fn build(run: &Summary, told: &[Told], loss: &Loss, mut known: Known) -> Document {
    // Rank 0's is right.
    known.clocks.resize(told.len(), Clock::default());
    let wall = seconds(run.wall);
    let mut program = std::env::args_os();
    let name = program.next().map(std::path::PathBuf::from);
    let name = name.as_ref().and_then(|path| path.file_name());
    let e = run.efficiency;
    let lead = told.first().and_then(|told| told.record.as_ref());
    Document {
        format: FORMAT,
        version: VERSION,
        program: name.map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
        arguments: program.map(|a| a.to_string_lossy().into_owned()).collect(),
        versions: crate::versions::text(),
        started: known.started,
        exit_code: known.exit_code,
        outcome: known.outcome,
        wall_seconds: wall,
        ranks: told.len() as u64,
        threads: run.threads,
        lost: (0..)
            .zip(told)
            .filter(|(_, t)| t.record.is_none())
            .map(|(r, _)| r)
            .collect(),
        settings: known.settings,
        efficiency: [
            ("parallel", e.parallel),
            ("load_balance", e.load_balance),
            ("communication", e.communication),
            ("startup_tail", e.startup_tail),
        ]
        .into(),
        core_seconds: parts(&run.parts, |part| part.key()),
        grain_seconds: GrainTimes {
            count: run.times.count(),
            p50: seconds(run.times.quantile(0.5)),
            p99: seconds(run.times.quantile(0.99)),
            longest: seconds(run.times.longest()),
            histogram: run
                .times
                .bins()
                .map(|(from, to, count)| (seconds(from), seconds(to), count))
                .collect(),
        },
        coordinator_busy: run.coordinator_busy(),
        largest_loss: LossRow {
            part: loss.part,
            share: loss.share,
            text: loss.text.clone(),
        },
        per_rank: ranks(run, told, &known.clocks),
        calls: lead.map_or_else(Vec::new, |lead| {
            let row = |call: &crate::measure::record::CallRecord| CallRow {
                call: call.call,
                what: call.what.clone(),
                items: call.items,
                grains: call.grains,
                began: seconds(call.began),
                all_done: seconds(call.done),
                ended: seconds(call.ended),
            };
            lead.calls.iter().map(row).collect()
        }),
        calls_left_out: lead.map_or(0, |lead| lead.calls_left_out),
        spans: spans(told, &known.clocks),
        messages: of_messages(&known.messages, &known.clocks),
        events: Events {
            columns: ["rank", "thread", "kind", "began", "ended", "text"],
            rows: known
                .writes
                .iter()
                .map(|&(from, to)| write(from, to))
                .collect(),
        },
        results: known.results,
    }
}

fn parts<K: Ord>(parts: &Parts, key: impl Fn(Part) -> K) -> BTreeMap<K, f64> {
    let each = Part::ALL.into_iter();
    each.map(|part| (key(part), seconds(parts[part]))).collect()
}

fn write(from: u64, to: u64) -> EventRow {
    (
        0,
        -1,
        "checkpoint",
        seconds(from),
        seconds(to),
        String::new(),
    )
}

fn ranks(run: &Summary, told: &[Told], clocks: &[Clock]) -> Vec<RankRow> {
    let rows = run.ranks.iter().zip(told).zip(clocks);
    let row = |((rank, told), clock): ((&crate::measure::summary::RankSummary, &Told), &Clock)| {
        let (first, worst) = clock
            .first()
            .map_or((0, 0), |(first, worst)| (first.offset, worst));
        RankRow {
            rank: rank.rank,
            host: rank.host.clone(),
            threads: rank.threads,
            cores: told
                .record
                .as_ref()
                .map_or_else(Vec::new, |r| r.cores.clone()),
            grains: rank.grains,
            items: rank.items,
            items_per_second: run.items_per_second(rank),
            parts: parts(&rank.parts, |part| format!("{}_seconds", part.key())),
            delayed_seconds: seconds(rank.delayed),
            clock_offset_seconds: first as f64 / 1e9,
            clock_error_seconds: seconds(worst),
        }
    };
    rows.map(row).collect()
}

fn spans(told: &[Told], clocks: &[Clock]) -> Spans {
    let mut rows: Vec<SpanRow> = Vec::new();
    let mut resolution = 0;
    for ((rank, told), clock) in (0u32..).zip(told).zip(clocks) {
        let threads = told.record.iter().flat_map(|record| &record.threads);
        for (thread, blocks) in (0u32..).zip(threads.map(|thread| &thread.blocks)) {
            let Some(blocks) = blocks else { continue };
            resolution = resolution.max(blocks.resolution());
            rows.extend(blocks.events().iter().map(|b| {
                let call = match b.call {
                    thread::SEVERAL => -1,
                    call => call as i64,
                };
                let at = |time| seconds(clock.on_lead(time));
                let (began, ended) = (at(b.began), at(b.ended));
                (
                    call,
                    rank,
                    thread,
                    b.first,
                    b.grains,
                    began,
                    ended,
                    seconds(b.busy),
                )
            }));
        }
    }
    Spans {
        resolution_seconds: seconds(resolution),
        columns: [
            "call",
            "rank",
            "thread",
            "first_grain",
            "grains",
            "began",
            "ended",
            "busy_seconds",
        ],
        rows,
    }
}

fn of_messages(logs: &[Option<Bounded<Message>>], clocks: &[Clock]) -> Messages {
    let mut rows: Vec<MessageRow> = Vec::new();
    let mut resolution = 0;
    for ((rank, log), clock) in (0u32..).zip(logs).zip(clocks) {
        let Some(log) = log else { continue };
        resolution = resolution.max(log.resolution());
        rows.extend(log.events().iter().map(|m| {
            let peer = match m.peer {
                messages::SEVERAL => -1,
                peer => i64::from(peer),
            };
            let at = |time| seconds(clock.on_lead(time));
            let (began, ended) = (at(m.began), at(m.ended));
            (rank, peer, u8::from(m.sent), m.count, m.bytes, began, ended)
        }));
    }
    Messages {
        resolution_seconds: seconds(resolution),
        columns: ["rank", "peer", "sent", "count", "bytes", "began", "ended"],
        rows,
    }
}
