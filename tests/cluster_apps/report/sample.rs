//! Reports of runs that might have been: every thread does its grains, of lengths that differ, and the times
//! add up as they do in a run.

use serde_json::{Value, json};

/// What a run was like.
#[derive(Clone, Copy)]
pub struct Shape {
    pub ranks: u64,
    /// Of each rank.
    pub threads: u64,
    /// Blocks of grains of each thread in each of the two calls.
    pub blocks: u64,
    /// How much slower the last rank is.
    pub slow: f64,
}

/// Two ranks of two threads.
pub const SMALL: Shape = Shape {
    ranks: 2,
    threads: 2,
    blocks: 40,
    slow: 1.3,
};

/// As many spans as a long run has.
pub const LARGE: Shape = Shape {
    ranks: 1000,
    threads: 2,
    blocks: 50,
    slow: 1.5,
};

/// A reproducible stream of numbers from 0 to 1 (xorshift: Marsaglia, 2003).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

const STARTUP: f64 = 0.08;
const BETWEEN: f64 = 0.15;
const GATHER: f64 = 0.06;
const SHUTDOWN: f64 = 0.03;
/// Seconds of a block, and grains in it.
const BLOCK: f64 = 0.1;
const GRAINS: u64 = 16;

/// Seconds of a thread, or of all of a rank's: useful, overhead, waiting, tail.
type Four = [f64; 4];

/// The report, as JSON.
pub fn report(shape: Shape) -> Value {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut spans, mut calls) = (Vec::new(), Vec::new());
    let mut of_ranks = vec![[0.0; 4]; shape.ranks as usize];
    let mut times = Vec::new();
    let mut clock = STARTUP;
    for call in 0..2u64 {
        let began = clock;
        let mut ends: Vec<(u64, f64, Four)> = Vec::new();
        for rank in 0..shape.ranks {
            for thread in 0..shape.threads {
                let (mut now, mut spent) = (began, [0.0; 4]);
                let last = rank + 1 == shape.ranks;
                for block in 0..shape.blocks {
                    let wait = 0.02 * BLOCK * dice.roll();
                    let mut takes = BLOCK * (0.7 + 0.6 * dice.roll());
                    if last {
                        takes *= shape.slow;
                    }
                    let busy = 0.995 * takes;
                    now += wait;
                    let first = (block * shape.ranks * shape.threads + rank) * GRAINS;
                    let row = json!([call, rank, thread, first, GRAINS, now, now + takes, busy]);
                    spans.push(row);
                    times.push(busy / GRAINS as f64);
                    now += takes;
                    for (part, time) in [busy, takes - busy, wait].into_iter().enumerate() {
                        spent[part] += time;
                    }
                }
                ends.push((rank, now, spent));
            }
        }
        let done = ends.iter().map(|(_, end, _)| *end).fold(0.0, f64::max);
        for (rank, end, spent) in ends {
            for (sum, part) in of_ranks[rank as usize].iter_mut().zip(spent) {
                *sum += part;
            }
            of_ranks[rank as usize][3] += done - end;
        }
        let grains = shape.ranks * shape.threads * shape.blocks * GRAINS;
        calls.push(json!({"call": call,
            "what": format!("'sum of <primes>' (map_reduce) over {} item(s) at src/main.rs:{}:4", grains * 1000, 10 + call),
            "items": grains * 1000, "grains": grains, "began": began, "all_done": done, "ended": done + GATHER}));
        clock = done + GATHER + if call == 0 { BETWEEN } else { SHUTDOWN };
    }
    assemble(shape, clock, &of_ranks, &times, calls, spans)
}

fn assemble(
    shape: Shape,
    wall: f64,
    of_ranks: &[Four],
    times: &[f64],
    calls: Vec<Value>,
    spans: Vec<Value>,
) -> Value {
    let threads = shape.threads as f64;
    let all = threads * shape.ranks as f64;
    let total = |part: usize| of_ranks.iter().map(|four| four[part]).sum::<f64>();
    let grains = 2 * shape.threads * shape.blocks * GRAINS;
    let per_rank: Vec<Value> = of_ranks
        .iter()
        .enumerate()
        .map(|(rank, [useful, overhead, waiting, tail])| {
            json!({"rank": rank, "host": format!("node{}", rank / 16), "threads": shape.threads,
                "cores": (0..shape.threads).map(|t| rank as u64 % 16 * shape.threads + t).collect::<Vec<_>>(),
                "grains": grains, "items": grains * 1000, "useful_seconds": useful, "overhead_seconds": overhead,
                "waiting_seconds": waiting, "tail_seconds": tail, "gather_seconds": 2.0 * GATHER * threads,
                "serial_seconds": BETWEEN * threads, "startup_seconds": STARTUP * threads,
                "shutdown_seconds": SHUTDOWN * threads, "items_per_second": grains as f64 * 1000.0 / wall,
                "clock_offset_seconds": 1e-4 * rank as f64, "clock_error_seconds": 2e-6})
        })
        .collect();
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted[(share * (sorted.len() - 1) as f64) as usize];
    let parallel = total(0) / (all * wall);
    json!({
        "format": "grange report", "version": 1, "program": "sum_primes", "arguments": ["1e10", "a b"],
        "versions": "grange 0.1.0, Open MPI v4.1.4, HDF5 1.10.8", "started": 1_795_320_000.25, "exit_code": 0,
        "outcome": "done", "wall_seconds": wall, "ranks": shape.ranks, "threads": shape.ranks * shape.threads,
        "lost": [], "settings": {"schedule": "adaptive", "grain": null, "audit": null, "checkpoint": "sum.h5"},
        "efficiency": {"parallel": parallel, "load_balance": 0.97, "communication": 0.99,
            "startup_tail": parallel / 0.97 / 0.99},
        "core_seconds": {"startup": STARTUP * all, "useful": total(0), "overhead": total(1), "waiting": total(2),
            "tail": total(3), "gather": 2.0 * GATHER * all, "serial": BETWEEN * all, "shutdown": SHUTDOWN * all},
        "grain_seconds": {"count": grains * shape.ranks, "p50": at(0.5), "p99": at(0.99), "longest": at(1.0),
            "histogram": histogram(&sorted)},
        "coordinator_busy": 0.013,
        "largest_loss": {"part": "tail", "share": total(3) / (all * wall),
            "text": "tail: core time idle after a thread's last grain; a smaller --grain would help"},
        "per_rank": per_rank, "calls": calls,
        "spans": {"resolution_seconds": 0.0, "columns": ["call", "rank", "thread", "first_grain", "grains", "began",
            "ended", "busy_seconds"], "rows": spans},
        "events": {"columns": ["rank", "thread", "kind", "began", "ended", "text"], "rows": [
            [0, -1, "checkpoint", 1.0, 1.1, "sum.h5"], [0, -1, "checkpoint", 3.0, 3.1, "sum.h5"],
            [shape.ranks - 1, 1, "audit", 2.0, 2.05, "grain 7"]]},
        "results": [{"from": 0, "n": "10000000000", "sum": "2220822432581729238"}]
    })
}

/// Ten bins a decade, and only those that are not empty.
fn histogram(sorted: &[f64]) -> Vec<Value> {
    let bin = |time: &f64| (time.log10() * 10.0).floor() as i32;
    sorted
        .chunk_by(|a, b| bin(a) == bin(b))
        .map(|chunk| {
            let low = f64::from(bin(&chunk[0]));
            json!([
                10f64.powf(low / 10.0),
                10f64.powf((low + 1.0) / 10.0),
                chunk.len()
            ])
        })
        .collect()
}
