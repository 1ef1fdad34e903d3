//! What the runs of each configuration come to.
//!
//! The karp_flatt column is the experimentally determined serial fraction of A. H. Karp and H. P. Flatt, Measuring
//! parallel processor performance, Communications of the ACM 33 (1990), 539-543: (1/S - 1/p) / (1 - 1/p). One that
//! grows with p tells of overhead, one that stays of serial work.

use super::log::record::Record;
use super::mode::Mode;
use super::parts::Parts;
use super::plan::Configuration;
use super::statistics::Spread;

/// A configuration that ran.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Which.
    pub at: Configuration,
    /// The problem's size, where it grows.
    pub sizes: String,
    /// Of the runs' times.
    pub seconds: Spread,
    /// Runs that failed.
    pub failed: usize,
    /// Against the fewest cores that ran: once for each of them.
    pub speedup: Ratio,
    /// The speed-up over the cores.
    pub efficiency: Ratio,
    /// The serial fraction by Karp and Flatt; none on one core, or without a run there.
    pub karp_flatt: Option<f64>,
    /// Of the run with the median time: core seconds, and its time.
    pub parts: Option<(Parts, f64)>,
}

/// A quotient of medians, with what the ends of their intervals give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Of the medians.
    pub value: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

impl Ratio {
    fn over(self, by: f64) -> Self {
        Ratio {
            value: self.value / by,
            low: self.low / by,
            high: self.high / by,
        }
    }
}

/// Of those configurations that have a good run, in order.
pub fn summarize(mode: Mode, configurations: &[Configuration], records: &[Record]) -> Vec<Summary> {
    let of = |at: Configuration| -> (Vec<&Record>, usize) {
        let (good, bad): (Vec<_>, Vec<_>) = latest(records)
            .into_iter()
            .filter(|record| record.step.at == at)
            .partition(|record| record.is_good());
        (good, bad.len())
    };
    let mut base = None;
    let mut summaries = Vec::new();
    for &at in configurations {
        let (good, failed) = of(at);
        let times: Vec<f64> = good.iter().map(|record| record.seconds).collect();
        let (Some(seconds), Some(first)) = (Spread::of(&times), good.first()) else {
            continue;
        };
        let (from, reference) = *base.get_or_insert((at, seconds));
        let speedup = speedup(mode, from, &reference, at, &seconds);
        let cores = at.cores() as f64;
        let known = from.cores() == 1 && at.cores() > 1;
        summaries.push(Summary {
            at,
            sizes: first.sizes.clone(),
            seconds,
            failed,
            speedup,
            efficiency: speedup.over(cores),
            karp_flatt: known.then(|| karp_flatt(speedup.value, cores)),
            parts: parts_of_median(&good),
        });
    }
    summaries
}

/// A run that was done again counts as it was then.
pub fn latest(records: &[Record]) -> Vec<&Record> {
    let mut latest: Vec<&Record> = Vec::new();
    for record in records {
        match latest.iter_mut().find(|known| known.step == record.step) {
            Some(known) => *known = record,
            None => latest.push(record),
        }
    }
    latest
}

fn speedup(
    mode: Mode,
    from: Configuration,
    reference: &Spread,
    at: Configuration,
    seconds: &Spread,
) -> Ratio {
    let (from_cores, cores) = (from.cores() as f64, at.cores() as f64);
    let factor = from_cores * mode.work(cores) / mode.work(from_cores);
    if from == at {
        // It is compared with itself.
        return Ratio {
            value: factor,
            low: factor,
            high: factor,
        };
    }
    Ratio {
        value: factor * reference.median / seconds.median,
        low: factor * reference.low / seconds.high,
        high: factor * reference.high / seconds.low,
    }
}

fn karp_flatt(speedup: f64, cores: f64) -> f64 {
    (1.0 / speedup - 1.0 / cores) / (1.0 - 1.0 / cores)
}

/// Those of the middle run, the earlier of two: parts of different runs would not add up.
fn parts_of_median(records: &[&Record]) -> Option<(Parts, f64)> {
    let mut sorted = records.to_vec();
    sorted.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let middle = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some((middle.parts?, middle.seconds))
}

#[cfg(test)]
mod tests {
    use super::super::log::record::tests::record;
    use super::*;

    fn at(ranks: u32) -> Configuration {
        Configuration { ranks, threads: 1 }
    }

    #[test]
    fn strong_scaling_by_hand() {
        let mut records = vec![
            record(1, 1, 12.0),
            record(1, 2, 8.0),
            record(1, 3, 10.0),
            record(4, 1, 4.0),
            record(4, 2, 5.0),
            record(4, 3, 2.0),
        ];
        records[3].parts = Some([4.0; 8]);
        let all = summarize(Mode::Strong, &[at(1), at(2), at(4)], &records);
        assert_eq!(all.len(), 2);
        let (one, four) = (&all[0], &all[1]);
        assert_eq!(
            one.speedup,
            Ratio {
                value: 1.0,
                low: 1.0,
                high: 1.0
            }
        );
        assert_eq!((one.karp_flatt, one.parts), (None, None));
        assert_eq!(four.seconds.median, 4.0);
        assert_eq!(
            four.speedup,
            Ratio {
                value: 2.5,
                low: 8.0 / 5.0,
                high: 6.0
            }
        );
        assert_eq!(four.efficiency.value, 0.625);
        // (0.4 - 0.25) / 0.75.
        assert!((four.karp_flatt.unwrap() - 0.2).abs() < 1e-15);
        assert_eq!(four.parts, Some(([4.0; 8], 4.0)));
    }

    #[test]
    fn weak_scaling_by_hand() {
        let records = [record(1, 1, 10.0), record(4, 1, 12.5)];
        let all = summarize(Mode::Weak, &[at(1), at(4)], &records);
        // T1/T, and that four times.
        assert_eq!(all[1].efficiency.value, 0.8);
        assert_eq!(all[1].speedup.value, 3.2);
    }

    #[test]
    fn where_one_core_did_not_run() {
        let mut records = vec![record(1, 1, 9.0), record(2, 1, 10.0), record(4, 1, 5.0)];
        records[0].exit = "3".into();
        let all = summarize(Mode::Strong, &[at(1), at(2), at(4)], &records);
        let ratios: Vec<_> = all
            .iter()
            .map(|s| (s.speedup.value, s.efficiency.value))
            .collect();
        assert_eq!(ratios, [(2.0, 1.0), (4.0, 1.0)]);
        assert!(all.iter().all(|s| s.karp_flatt.is_none()));
    }

    #[test]
    fn a_run_that_was_done_again() {
        let mut records = vec![record(1, 1, 9.0), record(1, 2, 8.0), record(1, 1, 7.0)];
        records[0].exit = "3".into();
        let all = summarize(Mode::Strong, &[at(1)], &records);
        assert_eq!((all[0].seconds.count, all[0].failed), (2, 0));
        assert_eq!(all[0].seconds.median, 7.5);
    }
}
