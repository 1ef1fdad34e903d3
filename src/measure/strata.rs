//! How fast ranks are, one against the other.
//!
//! Grains need not be alike: they often cost more the further a call gets, and a rank that had the later ones is no
//! slower for that. So ranks are compared by what they took for grains of the same call and the same part of it, as
//! epidemiologists compare towns by people of the same age (indirect standardization).

use serde::{Deserialize, Serialize};

/// So many calls are told apart, and the others count as one.
const CALLS: u64 = 4;
/// Parts of a call.
const PARTS: u64 = 16;
/// So many parts of calls in all.
const ALL: u16 = ((CALLS + 1) * PARTS) as u16;
/// Speeds of ranks with fewer grains tell little.
const FEW: u64 = 16;

/// Grains of one part of a call, and the time in the user's function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stratum {
    /// Which part of which call.
    pub of: u16,
    /// How many.
    pub grains: u64,
    /// Nanoseconds.
    pub time: u64,
}

/// All parts of all calls, as one thread sees them.
#[derive(Clone, Debug, Default)]
pub struct Strata(Vec<Stratum>);

impl Strata {
    /// So many grains of a call, the first of which is `first` of `all`, took so long. What is not known to be a part
    /// of a whole is one.
    pub fn add(&mut self, call: u64, (first, all): (u64, u64), grains: u64, time: u64) {
        let middle = u128::from(first) + u128::from(grains) / 2;
        let part = middle * u128::from(PARTS) / u128::from(all.max(1));
        let part = (part as u64).min(PARTS - 1);
        let of = call.min(CALLS) * PARTS + part;
        self.put(Stratum {
            of: of as u16,
            grains,
            time,
        });
    }

    fn put(&mut self, more: Stratum) {
        if self.0.is_empty() {
            let none = |of| Stratum {
                of,
                ..Stratum::default()
            };
            self.0 = (0..ALL).map(none).collect();
        }
        if let Some(stratum) = self.0.get_mut(usize::from(more.of)) {
            stratum.grains += more.grains;
            stratum.time += more.time;
        }
    }

    /// What all of them tell, without what is empty.
    pub fn sum(all: &[Strata]) -> Vec<Stratum> {
        let mut sum = Strata::default();
        for stratum in all.iter().flat_map(|strata| &strata.0) {
            sum.put(*stratum);
        }
        sum.0.retain(|stratum| stratum.grains > 0);
        sum.0
    }
}

/// The speed of each of these ranks, where that of the others is 1, at grains of the same parts of the same calls;
/// `None` where there is too little to compare. Of the time of each only that share counts.
pub fn speeds(ranks: &[(&[Stratum], f64)]) -> Vec<Option<f64>> {
    let mut all = [(0, 0.0); ALL as usize];
    for (strata, share) in ranks {
        for stratum in *strata {
            if let Some((grains, time)) = all.get_mut(usize::from(stratum.of)) {
                *grains += stratum.grains;
                *time += stratum.time as f64 * share;
            }
        }
    }
    let speed = |(strata, share): &(&[Stratum], f64)| {
        let (mut mine, mut theirs) = (0, 0);
        let (mut took, mut usual) = (0.0, 0.0);
        for stratum in *strata {
            let Some(&(grains, time)) = all.get(usize::from(stratum.of)) else {
                continue;
            };
            let own = stratum.time as f64 * share;
            let others = grains - stratum.grains;
            if others > 0 {
                mine += stratum.grains;
                theirs += others;
                took += own;
                usual += (time - own).max(0.0) / others as f64 * stratum.grains as f64;
            }
        }
        (mine >= FEW && theirs >= FEW && took > 0.0).then(|| usual / took)
    };
    ranks.iter().map(speed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grain `i` of 1000 costs `i`, and a rank takes so many times as long.
    fn rank(times: u64, grains: impl Iterator<Item = u64>) -> Vec<Stratum> {
        let mut strata = Strata::default();
        grains.for_each(|i| strata.add(0, (i, 1000), 1, i * times));
        Strata::sum(&[strata])
    }

    #[test]
    fn grains_that_cost_more_do_not_make_a_rank_slow() {
        // Three quarters of the first half, and of the second.
        let early = rank(1, (0..1000).filter(|i| (i % 4 == 0) == (*i >= 500)));
        let late = rank(1, (0..1000).filter(|i| (i % 4 == 0) == (*i < 500)));
        let told = speeds(&[(&early, 1.0), (&late, 1.0)]);
        let near = |speed: Option<f64>| speed.is_some_and(|s| (s - 1.0).abs() < 0.02);
        assert!(told.iter().all(|&speed| near(speed)), "{told:?}");
        // With nothing in common there is nothing to compare.
        let halves = [rank(1, 0..500), rank(1, 500..1000)];
        let told = speeds(&[(&halves[0], 1.0), (&halves[1], 1.0)]);
        assert_eq!(told, [None, None]);
    }

    #[test]
    fn a_slow_rank_is_told_unless_it_had_no_core() {
        let quick = rank(1, (0..1000).filter(|i| i % 5 > 0));
        let slow = rank(4, (0..1000).step_by(5));
        let of = |share: f64| speeds(&[(&quick, 1.0), (&slow, share)])[1];
        assert!(
            of(1.0).is_some_and(|s| (s - 0.25).abs() < 0.01),
            "{:?}",
            of(1.0)
        );
        assert!(
            of(0.25).is_some_and(|s| (s - 1.0).abs() < 0.04),
            "{:?}",
            of(0.25)
        );
        let few = rank(4, 0..15);
        assert_eq!(speeds(&[(&quick, 1.0), (&few, 1.0)])[1], None);
    }

    #[test]
    fn whatever_is_told_counts() {
        let mut strata = Strata::default();
        strata.add(u64::MAX, (u64::MAX - 1, 0), 1, 5);
        strata.add(2, (3, u64::MAX), 1, 7);
        let sum = Strata::sum(&[strata.clone(), strata]);
        let grains: u64 = sum.iter().map(|s| s.grains).sum();
        let time: u64 = sum.iter().map(|s| s.time).sum();
        assert_eq!((sum.len(), grains, time), (2, 4, 24));
    }
}
