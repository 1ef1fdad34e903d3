//! Which ranks to show where there is no room for all.

use crate::report::model::{Rank, Report};
use std::collections::BTreeSet;

/// Places of up to `most` ranks in [`Report::per_rank`], in order: rank 0, those that were lost, those that
/// were idlest, busiest and had the longest tails, and others at even distances.
pub fn ranks(report: &Report, most: usize) -> Vec<usize> {
    let ranks = &report.per_rank;
    if ranks.len() <= most {
        return (0..ranks.len()).collect();
    }
    let quarter = (most / 4).max(1);
    let tail = |rank: &Rank| {
        let parts = rank.parts();
        let share = parts.tail / parts.total();
        if share.is_finite() { share } else { 0.0 }
    };
    let sorted = |key: &dyn Fn(&Rank) -> f64| {
        let mut places: Vec<usize> = (0..ranks.len()).collect();
        places.sort_by(|a, b| key(&ranks[*a]).total_cmp(&key(&ranks[*b])));
        places
    };
    let lost = (0..ranks.len()).filter(|place| report.lost.contains(&ranks[*place].rank));
    let by_busy = sorted(&Rank::busy);
    let by_tail = sorted(&tail);
    let first = std::iter::once(0)
        .chain(lost.take(quarter))
        .chain(by_busy.iter().copied().take(quarter))
        .chain(by_busy.iter().rev().copied().take(quarter))
        .chain(by_tail.iter().rev().copied().take(quarter));
    let mut chosen = BTreeSet::new();
    for place in first {
        if chosen.len() < most {
            chosen.insert(place);
        }
    }
    // Steps are refined until enough are found.
    let mut step = ranks.len();
    while chosen.len() < most && step > 0 {
        for place in (0..ranks.len()).step_by(step) {
            if chosen.len() < most {
                chosen.insert(place);
            }
        }
        step /= 2;
    }
    chosen.into_iter().collect()
}

/// What there is to say where not all are shown; empty where they are.
pub fn caption(shown: usize, all: usize) -> String {
    if shown == all {
        return String::new();
    }
    format!(
        "{shown} of {all} ranks: rank 0, those that were lost, those that were idlest and busiest and had the \
         longest tails, and others at even distances. "
    )
}
