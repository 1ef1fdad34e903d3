//! What the threads of one rank did, call by call.

use super::crowding;
use super::epoch::Epoch;
use super::histogram::Histogram;
use super::record::{CallRecord, RankRecord, ThreadRecord};
use super::strata::Strata;
use super::thread::Meter;
use crate::engine::nanoseconds;
use crate::engine::span::Span;
use crate::exec::cores::Cores;
use crate::exec::lock;
use crate::session::spec::{Kind, Spec};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Calls that are told one by one.
const CALLS: usize = 10_000;
/// Blocks that are told one by one, of all threads of all ranks together.
const BLOCKS: usize = 1 << 18;
/// And of one thread, between these.
const OF_ONE: [usize; 2] = [4, 1 << 14];

/// The books of one rank.
#[derive(Debug)]
pub struct Book {
    epoch: Epoch,
    threads: Vec<Mutex<Meter>>,
    /// How long each had waited for a core before.
    delays: Vec<u64>,
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    first: Option<u64>,
    last: u64,
    within: u64,
    worked: u64,
    jobs: u64,
    consumed: u64,
    seen: Vec<CallRecord>,
    left_out: u64,
}

impl Book {
    /// Of a rank with so many threads in a run that began then. Blocks are kept one by one if they are `wanted`, of
    /// `all` threads.
    pub fn new(epoch: Epoch, threads: usize, wanted: bool, all: usize) -> Self {
        let [least, most] = OF_ONE;
        let blocks = wanted.then(|| (BLOCKS / all.max(1)).clamp(least, most));
        Book {
            epoch,
            threads: (0..threads)
                .map(|_| Mutex::new(Meter::new(blocks)))
                .collect(),
            delays: crowding::delays(threads),
            calls: Mutex::default(),
        }
    }

    /// That of one thread; workers beyond them share.
    fn meter(&self, me: usize) -> Option<MutexGuard<'_, Meter>> {
        let n = self.threads.len().max(1);
        self.threads.get(me % n).map(lock)
    }

    /// Worker `me` begins a job, whose end [`Book::did`] tells.
    pub fn begins(&self, me: usize, began: Instant) {
        if let Some(mut meter) = self.meter(me) {
            meter.begins(self.epoch.at(began));
        }
    }

    /// Thread `me` did some grains of a call, from then to then; what came out was handed over at last.
    pub fn did(&self, me: usize, spec: &Spec, span: Span, times: [Instant; 3]) {
        // How many jobs there will be nobody knows.
        let (all, (from, to)) = match spec.kind {
            Kind::Jobs => (0, (0, u128::from(span.len()))),
            _ => (spec.grains, spec.bounds(span)),
        };
        let times = times.map(|moment| self.epoch.at(moment));
        if let Some(mut meter) = self.meter(me) {
            meter.did((spec.seq, all), span, to - from, times);
        }
    }

    /// Thread `me` has helped others since then.
    pub fn helped(&self, me: usize, since: Instant) {
        let (began, ended) = (self.epoch.at(since), self.epoch.now());
        if let Some(mut meter) = self.meter(me) {
            meter.helped(began, ended);
        }
    }

    /// For so long rank 0's function was busy with results that it takes one by one.
    pub fn consumed(&self, time: Duration) {
        lock(&self.calls).consumed += nanoseconds(time);
    }

    /// A call is over on this rank, which reached it at `began`. All its grains were done at `done`, as far as that
    /// is known.
    pub fn close(&self, spec: &Spec, began: Instant, done: Option<Instant>) {
        let ended = Instant::now();
        let [began, ended] = [began, ended].map(|moment| self.epoch.at(moment));
        let done = done
            .map_or(ended, |done| self.epoch.at(done))
            .clamp(began, ended);
        let mut calls = lock(&self.calls);
        calls.first.get_or_insert(began);
        calls.last = ended;
        if spec.kind != Kind::Root {
            calls.within += ended - began;
            calls.worked += 1;
            calls.jobs += u64::from(spec.kind == Kind::Jobs);
            for meter in &self.threads {
                lock(meter).close(began, done, ended);
            }
        }
        if calls.seen.len() < CALLS {
            calls.seen.push(CallRecord {
                call: spec.seq,
                what: spec.place.text.clone(),
                items: spec.items,
                grains: spec.grains,
                began,
                done,
                ended,
            });
        } else {
            calls.left_out += 1;
        }
    }

    /// All of it. Calls are told by rank 0 alone.
    pub fn record(&self, cores: Cores, lead: bool) -> RankRecord {
        let (mut times, mut strata) = (Histogram::default(), Vec::new());
        let delays = crowding::delays(self.threads.len());
        let delays = delays.iter().zip(&self.delays);
        let delays = delays.map(|(now, before)| now.saturating_sub(*before));
        let threads = self.threads.iter().zip(delays).map(|(meter, delayed)| {
            let meter = std::mem::take(&mut *lock(meter));
            times.merge(&meter.times);
            strata.push(meter.strata);
            ThreadRecord {
                parts: meter.parts,
                grains: meter.grains,
                items: meter.items,
                delayed,
                blocks: meter.blocks,
            }
        });
        let threads = threads.collect();
        let calls = std::mem::take(&mut *lock(&self.calls));
        RankRecord {
            cores: cores.mine,
            quota: cores.quota,
            ended: self.epoch.now(),
            first: calls.first,
            last: calls.last,
            within: calls.within,
            worked: calls.worked,
            jobs: calls.jobs,
            consumed: calls.consumed,
            threads,
            times,
            strata: Strata::sum(&strata),
            calls: if lead { calls.seen } else { Vec::new() },
            calls_left_out: calls.left_out,
        }
    }
}
