//! How long grains take: counts in logarithmic bins.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bins of an octave: a bin is at most an eighth wide.
const FINE: u32 = 3;

/// Counts of times by bin; times are nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    bins: BTreeMap<u16, u64>,
    longest: u64,
}

impl Histogram {
    /// So many took that long each.
    pub fn add(&mut self, time: u64, count: u64) {
        *self.bins.entry(bin(time)).or_default() += count;
        self.longest = self.longest.max(time);
    }

    /// Those of another as well.
    pub fn merge(&mut self, other: &Histogram) {
        for (&bin, &count) in &other.bins {
            *self.bins.entry(bin).or_default() += count;
        }
        self.longest = self.longest.max(other.longest);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.bins.values().sum()
    }

    /// The longest.
    pub fn longest(&self) -> u64 {
        self.longest
    }

    /// The time that `share` of all do not exceed, exact up to the width of a bin; 0 if there are none.
    pub fn quantile(&self, share: f64) -> u64 {
        let wanted = (self.count() as f64 * share).ceil().max(1.0);
        let mut seen = 0;
        for (&bin, &count) in &self.bins {
            seen += count;
            if seen as f64 >= wanted {
                let (from, to) = bounds(bin);
                return (from + (to - from) / 2).min(self.longest);
            }
        }
        0
    }

    /// Bins that are not empty: from, to and count.
    pub fn bins(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        self.bins.iter().map(|(&bin, &count)| {
            let (from, to) = bounds(bin);
            (from, to, count)
        })
    }
}

fn bin(time: u64) -> u16 {
    let octave = 63 - time.max(1).leading_zeros();
    if octave < FINE {
        return time as u16;
    }
    let within = (time >> (octave - FINE)) as u32 & ((1 << FINE) - 1);
    (((octave - FINE + 1) << FINE) + within) as u16
}

/// From, and to below which, times are in that bin.
fn bounds(bin: u16) -> (u64, u64) {
    let bin = u64::from(bin);
    let (octave, within) = (bin >> FINE, bin & ((1 << FINE) - 1));
    let at = |octave: u64, within: u64| match octave {
        0 => within,
        _ => ((1 << FINE) + within) << (octave - 1),
    };
    let next = match octave {
        0 => within + 1,
        _ => at(octave, within).saturating_add(1 << (octave - 1)),
    };
    (at(octave, within), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_within_its_bin() {
        for shift in 0..64 {
            for time in [
                1u64 << shift,
                (1 << shift) + (1 << shift) / 3,
                u64::MAX >> shift,
            ] {
                let (from, to) = bounds(bin(time));
                assert!(
                    from <= time && (time < to || to == u64::MAX),
                    "{time}: {from}..{to}"
                );
                assert!(to - from <= (from / 8).max(1), "{time}: {from}..{to}");
            }
        }
        assert_eq!(bounds(bin(0)), (0, 1));
        // Without gaps.
        for bin in 0..400 {
            assert_eq!(bounds(bin).1, bounds(bin + 1).0, "{bin}");
        }
    }

    #[test]
    fn quantiles_are_those_of_a_sorted_list_up_to_a_bin() {
        let mut all = Histogram::default();
        assert_eq!((all.quantile(0.5), all.count()), (0, 0));
        for time in 1..=1000 {
            all.add(time * 1000, 1);
        }
        for (share, right) in [(0.5, 500_000.0), (0.99, 990_000.0), (1.0, 1_000_000.0)] {
            let got = all.quantile(share) as f64;
            assert!((got / right - 1.0).abs() < 0.07, "{share}: {got}");
        }
        let mut one = Histogram::default();
        one.add(7_000_000, 3);
        one.merge(&all);
        assert_eq!((one.count(), one.longest()), (1003, 7_000_000));
        assert_eq!(one.quantile(1.0), 7_000_000);
    }
}
