//! Who worked when, as far as there is room for lanes.

use super::labels::plural;
use super::{WIDE, telling};
use crate::figures::words::seconds;
use crate::figures::{Breadth, Lane, Page, Span, Timeline};
use crate::report::model::{Rank, Report};
use crate::report::spans;
use std::collections::{BTreeMap, BTreeSet};

/// The most lanes: as high as a page.
const LANES: usize = 48;
/// The most ranks where their threads have lanes of their own.
const RANKS: usize = 12;
/// More calls or events could not be told apart.
const CALLS: usize = 200;
const EVENTS: usize = 500;
/// Kinds of events with a marker of their own.
const KINDS: usize = 4;
/// No rank has more threads.
const THREADS: u64 = 4096;

/// Spans of a thread of a rank.
type Threads<'a> = BTreeMap<u64, Vec<&'a spans::Span>>;

/// The figure, if anybody worked.
pub fn write(page: &mut Page, report: &Report) {
    if report.spans.rows.is_empty() {
        return;
    }
    page.heading("Who worked when");
    let most = report
        .per_rank
        .iter()
        .map(|rank| rank.threads)
        .max()
        .unwrap_or(1);
    let each =
        (LANES / report.per_rank.len().clamp(1, RANKS)).clamp(1, most.clamp(1, THREADS) as usize);
    let shown = telling::ranks(report, LANES / each);
    let ranks: Vec<&Rank> = shown
        .iter()
        .filter_map(|place| report.per_rank.get(*place))
        .collect();
    let work = work(report, &ranks);
    let kinds = kinds(report);
    let mut lanes = Vec::new();
    let mut left_out = false;
    for rank in &ranks {
        let none = Threads::new();
        let threads = work.get(&rank.rank).unwrap_or(&none);
        let chosen = threads_of(rank, threads, each);
        left_out |= (chosen.len() as u64) < rank.threads;
        let of_rank = events(report, rank.rank, &chosen, &kinds);
        for (thread, events) in chosen.iter().zip(of_rank) {
            let spans = threads.get(thread).into_iter().flatten();
            lanes.push(Lane {
                name: format!("rank {} thread {thread}", rank.rank),
                spans: spans.map(|span| drawn(span)).collect(),
                events,
            });
        }
    }
    let odd = report.spans.rows.iter().any(|span| span.call % 2 == 1);
    let mut names = vec!["at work (lighter: in part)".to_owned()];
    if odd {
        names = vec![
            "at work, even calls (lighter: in part)".into(),
            "odd calls".into(),
        ];
    }
    let phases = report
        .calls
        .iter()
        .map(|call| (format!("call {}", call.call), call.began, call.ended));
    let figure = Timeline {
        title: String::new(),
        end: report.wall_seconds,
        kinds: names,
        events: kinds,
        phases: if report.calls.len() <= CALLS {
            phases.collect()
        } else {
            Vec::new()
        },
        lanes,
        width: Some(WIDE),
    };
    let mut caption = telling::caption(ranks.len(), report.per_rank.len());
    if left_out {
        let each = plural(each as u64, "thread", "threads");
        caption += &format!("Of each, {each} at most: from the idlest to the busiest. ");
    }
    if report.spans.resolution > 0.0 {
        let resolution = seconds(report.spans.resolution);
        caption +=
            &format!("Work of a thread that was less than {resolution} apart is drawn as one. ");
    }
    page.figure(&figure.draw(), Breadth::Full, caption.trim_end());
}

fn drawn(span: &spans::Span) -> Span {
    let share = span.busy / (span.ended - span.began);
    Span {
        began: span.began,
        ended: span.ended,
        // Of no time at all, it was work.
        share: if share.is_finite() { share } else { 1.0 },
        kind: (span.call % 2) as usize,
    }
}

/// By rank and thread, for these ranks.
fn work<'a>(report: &'a Report, ranks: &[&Rank]) -> BTreeMap<u64, Threads<'a>> {
    let wanted: BTreeSet<u64> = ranks.iter().map(|rank| rank.rank).collect();
    let mut work: BTreeMap<u64, Threads> = BTreeMap::new();
    for span in &report.spans.rows {
        if wanted.contains(&span.rank) {
            let threads = work.entry(span.rank).or_default();
            threads.entry(span.thread).or_default().push(span);
        }
    }
    work
}

/// Up to `most` of a rank's threads, in order: from the idlest to the busiest at even distances.
fn threads_of(rank: &Rank, threads: &Threads, most: usize) -> Vec<u64> {
    let all: BTreeSet<u64> = (0..rank.threads.min(THREADS))
        .chain(threads.keys().copied())
        .collect();
    let busy = |thread: &u64| {
        let spans = threads.get(thread).into_iter().flatten();
        spans.map(|span| span.busy).sum::<f64>()
    };
    let mut by_busy: Vec<(u64, f64)> = all.iter().map(|thread| (*thread, busy(thread))).collect();
    by_busy.sort_by(|a, b| a.1.total_cmp(&b.1));
    let last = by_busy.len().saturating_sub(1);
    let count = most.min(by_busy.len());
    let places = (0..count).map(|n| {
        if count > 1 {
            n * last / (count - 1)
        } else {
            last
        }
    });
    let chosen: BTreeSet<u64> = places.filter_map(|p| Some(by_busy.get(p)?.0)).collect();
    chosen.into_iter().collect()
}

/// Names of the kinds of events, those that are most first; the last may stand for others.
fn kinds(report: &Report) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &report.events.0 {
        *counts.entry(&event.kind).or_default() += 1;
    }
    let mut kinds: Vec<(&str, usize)> = counts.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut names: Vec<String> = kinds
        .iter()
        .take(KINDS)
        .map(|(kind, _)| (*kind).into())
        .collect();
    if kinds.len() > KINDS {
        names.push("other events".into());
    }
    names
}

/// Events of a rank on each of the threads that are shown; those of none in particular on the first.
fn events(report: &Report, rank: u64, threads: &[u64], kinds: &[String]) -> Vec<Vec<(f64, usize)>> {
    let mut lanes = vec![Vec::new(); threads.len()];
    let other = kinds.len().saturating_sub(1);
    for event in report
        .events
        .0
        .iter()
        .take(EVENTS)
        .filter(|event| event.rank == rank)
    {
        let thread = u64::try_from(event.thread).ok();
        let lane = thread
            .and_then(|thread| threads.iter().position(|t| *t == thread))
            .unwrap_or(0);
        let kind = kinds
            .iter()
            .position(|kind| *kind == event.kind)
            .unwrap_or(other);
        if let Some(lane) = lanes.get_mut(lane) {
            lane.push((event.began, kind));
        }
    }
    lanes
}
