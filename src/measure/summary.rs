//! Efficiencies of a whole run.
//!
//! With U the useful time of each thread, T the wall time of the run and * the thread that has most useful time:
//!
//! - load balance = mean(U) / max(U);
//! - communication efficiency = U* / (U* + the time in which that thread waited for leases or handed over results);
//! - start-up/tail efficiency = (U* + the same) / T: what of the run that thread had calls to work for;
//! - parallel efficiency = mean(U) / T, which is the product of the three.
//!
//! Load balance and communication efficiency are those of the POP project's multiplicative model (Rosas, Giménez,
//! Labarta: Scalability prediction for fundamental performance factors, 2014), whose communication efficiency max(U) / T
//! is split in two here.

use super::histogram::Histogram;
use super::parts::{Part, Parts};
use super::record::{RankRecord, ThreadRecord};
use super::strata::{self, Stratum};

/// A rank and what it told, unless it was lost.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its host.
    pub host: String,
    /// Its threads.
    pub threads: u64,
    /// What it told.
    pub record: Option<RankRecord>,
}

/// What became of one rank's time.
#[derive(Clone, Debug, PartialEq)]
pub struct RankSummary {
    /// Which.
    pub rank: u32,
    /// Its host.
    pub host: String,
    /// Its threads.
    pub threads: u64,
    /// Summed over its threads; the whole is `threads` times the wall time.
    pub parts: Parts,
    /// Grains done.
    pub grains: u64,
    /// Their items.
    pub items: u128,
    /// Of the useful time, how long threads were ready to run while something else had their cores, at most.
    pub delayed: u64,
    /// How fast it was at grains while its threads had cores; the others are 1. `None` if that is not known.
    pub speed: Option<f64>,
}

/// Shares from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Efficiency {
    /// The product of the others.
    pub parallel: f64,
    /// How evenly useful time is spread over threads.
    pub load_balance: f64,
    /// How little the busiest thread waits and hands over.
    pub communication: f64,
    /// How much of the run the busiest thread has something to work for.
    pub startup_tail: f64,
}

/// The whole run.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Nanoseconds.
    pub wall: u64,
    /// Of all ranks.
    pub threads: u64,
    /// Of all threads; the whole is `threads` times `wall`.
    pub parts: Parts,
    /// How well the time was used.
    pub efficiency: Efficiency,
    /// By rank.
    pub ranks: Vec<RankSummary>,
    /// How long grains took.
    pub times: Histogram,
    /// CPU time of rank 0's comm thread.
    pub coordinator: u64,
}

impl Summary {
    /// Of a run that took `wall` nanoseconds on these ranks.
    pub fn of(told: &[Told], wall: u64, coordinator: u64) -> Self {
        // All leave together.
        let lead = told.first().and_then(|told| told.record.as_ref());
        let ending = lead.map_or(wall, |lead| wall.saturating_sub(lead.last));
        let mut ranks: Vec<RankSummary> = (0u32..)
            .zip(told)
            .map(|(rank, told)| of_rank(rank, told, wall, ending))
            .collect();
        tell_speeds(&mut ranks, told);
        let mut parts = Parts::default();
        ranks.iter().for_each(|rank| parts += rank.parts);
        let mut times = Histogram::default();
        let all = || {
            told.iter()
                .filter_map(|t| t.record.as_ref())
                .flat_map(|r| &r.threads)
        };
        let records = told.iter().filter_map(|told| told.record.as_ref());
        records.for_each(|record| times.merge(&record.times));
        let threads = told.iter().map(|t| t.threads).sum();
        Summary {
            wall,
            threads,
            parts,
            efficiency: efficiency(all(), threads, wall),
            ranks,
            times,
            coordinator,
        }
    }

    /// Of one core, what rank 0's comm thread took.
    pub fn coordinator_busy(&self) -> f64 {
        self.coordinator as f64 / self.wall.max(1) as f64
    }

    /// Items that a rank did in a second of the run.
    pub fn items_per_second(&self, rank: &RankSummary) -> f64 {
        rank.items as f64 / (self.wall.max(1) as f64 / 1e9)
    }

    /// Of the time of all threads.
    pub fn share(&self, part: Part) -> f64 {
        ratio(self.parts[part], self.parts.total())
    }
}

fn of_rank(rank: u32, told: &Told, wall: u64, ending: u64) -> RankSummary {
    let n = told.threads;
    let whole = wall.saturating_mul(n);
    let mut summary = RankSummary {
        rank,
        host: told.host.clone(),
        threads: n,
        parts: Parts::default(),
        grains: 0,
        items: 0,
        delayed: 0,
        speed: None,
    };
    let parts = &mut summary.parts;
    let Some(record) = &told.record else {
        parts[Part::Lost] = whole;
        return summary;
    };
    for thread in &record.threads {
        *parts += thread.parts;
        summary.grains += thread.grains;
        summary.delayed += thread.delayed.min(thread.parts[Part::Useful]);
        summary.items = summary.items.saturating_add(thread.items);
    }
    match record.first {
        Some(first) => {
            parts[Part::Startup] = first * n;
            let between = (record.last - first).saturating_sub(record.within);
            parts[Part::Serial] = between * n;
        }
        // Main did something else all the time.
        None => parts[Part::Serial] = record.ended.min(wall) * n,
    }
    // The clocks of ranks begin at different times.
    match whole.checked_sub(parts.total()) {
        Some(rest) => {
            let shutdown = rest.min(ending * n);
            parts[Part::Shutdown] = shutdown;
            // Its process came up later than rank 0's.
            parts[Part::Startup] += rest - shutdown;
        }
        None => {
            let more = parts.total() - whole;
            let startup = parts[Part::Startup];
            parts[Part::Startup] = startup.saturating_sub(more);
        }
    }
    summary
}

fn tell_speeds(ranks: &mut [RankSummary], told: &[Told]) {
    let of = |(rank, told): (&RankSummary, &'_ Told)| -> (Vec<Stratum>, f64) {
        let strata = told.record.as_ref().map(|record| record.strata.clone());
        let without = ratio(rank.delayed, rank.parts[Part::Useful]);
        (strata.unwrap_or_default(), 1.0 - without)
    };
    let all: Vec<_> = ranks.iter().zip(told).map(of).collect();
    let all: Vec<_> = all.iter().map(|(strata, on)| (&strata[..], *on)).collect();
    for (rank, speed) in ranks.iter_mut().zip(strata::speeds(&all)) {
        rank.speed = speed;
    }
}

fn efficiency<'a>(
    threads: impl Iterator<Item = &'a ThreadRecord>,
    count: u64,
    wall: u64,
) -> Efficiency {
    let (mut sum, mut most, mut around) = (0, 0, 0);
    for thread in threads {
        let useful = thread.parts[Part::Useful];
        sum += useful;
        if useful > most {
            most = useful;
            around = thread.parts[Part::Waiting] + thread.parts[Part::Overhead];
        }
    }
    Efficiency {
        parallel: ratio(sum, wall.saturating_mul(count)),
        load_balance: ratio(sum, most.saturating_mul(count)),
        communication: ratio(most, most + around),
        startup_tail: ratio(most + around, wall),
    }
}

fn ratio(a: u64, b: u64) -> f64 {
    match b {
        0 => 0.0,
        b => a as f64 / b as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(useful: u64, overhead: u64, waiting: u64, tail: u64) -> ThreadRecord {
        let mut parts = Parts::default();
        parts[Part::Useful] = useful;
        parts[Part::Overhead] = overhead;
        parts[Part::Waiting] = waiting;
        parts[Part::Tail] = tail;
        ThreadRecord {
            parts,
            grains: 1,
            items: 10,
            ..ThreadRecord::default()
        }
    }

    fn told(threads: Vec<ThreadRecord>, first: u64, last: u64, within: u64) -> Told {
        let record = RankRecord {
            ended: last,
            first: Some(first),
            last,
            within,
            threads,
            ..RankRecord::default()
        };
        Told {
            host: "n".into(),
            threads: record.threads.len() as u64,
            record: Some(record),
        }
    }

    #[test]
    fn efficiencies_of_a_hand_made_run() {
        // Of 100: 10 until the call, 80 in it, 10 after.
        let one = told(vec![thread(76, 1, 3, 0), thread(60, 0, 0, 20)], 10, 90, 80);
        let two = told(vec![thread(40, 0, 10, 30)], 10, 90, 80);
        let all = Summary::of(&[one, two], 100, 5);
        assert_eq!(all.parts.total(), 300);
        let e = all.efficiency;
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(e.parallel, 176.0 / 300.0);
        near(e.load_balance, 176.0 / 3.0 / 76.0);
        near(e.communication, 76.0 / 80.0);
        near(e.startup_tail, 0.8);
        near(
            e.load_balance * e.communication * e.startup_tail,
            e.parallel,
        );
        let shares = [Part::Startup, Part::Tail, Part::Shutdown, Part::Serial];
        assert_eq!(shares.map(|part| all.parts[part]), [30, 50, 30, 0]);
        assert_eq!(all.ranks[0].parts.total(), 200);
        assert_eq!((all.ranks[0].grains, all.ranks[1].items), (2, 10));
    }

    #[test]
    fn the_pieces_add_up_whatever_ranks_tell() {
        let lost = Told {
            host: "m".into(),
            threads: 3,
            record: None,
        };
        // Its clock began before that of rank 0.
        let early = told(vec![thread(95, 0, 0, 0)], 8, 103, 95);
        // It made no call.
        let none = Told {
            host: "k".into(),
            threads: 2,
            record: Some(RankRecord {
                ended: 60,
                ..RankRecord::default()
            }),
        };
        // Between two calls main did something.
        let serial = told(vec![thread(30, 0, 0, 0)], 5, 95, 30);
        let all = Summary::of(&[lost, early, none, serial], 100, 0);
        assert_eq!(all.parts.total(), 700);
        assert_eq!(all.parts[Part::Lost], 300);
        assert_eq!(all.ranks[2].parts[Part::Serial], 120);
        assert_eq!(all.ranks[3].parts[Part::Serial], 60);
        let nothing = Summary::of(&[], 0, 0);
        assert_eq!(nothing.efficiency, Efficiency::default());
    }
}
