//! The recursion: what a job does with its numbers, and how the driver puts the pieces together.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::iter::repeat_n;

/// How many numbers a pivot is the median of.
const SAMPLE: usize = 9;

/// What a job gives.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum Piece {
    /// All its numbers, sorted.
    Sorted(Vec<u64>),
    /// Its numbers stand around so many times this one: those below and those above are jobs of their own.
    Around(u64, u64),
}

/// The numbers below a pivot, those above, and the piece that is between them.
pub fn partition(numbers: Vec<u64>) -> (Vec<u64>, Vec<u64>, Piece) {
    let pivot = pivot(&numbers);
    let (mut below, mut above, mut count) = (Vec::new(), Vec::new(), 0);
    for number in numbers {
        match number.cmp(&pivot) {
            Ordering::Less => below.push(number),
            Ordering::Equal => count += 1,
            Ordering::Greater => above.push(number),
        }
    }
    (below, above, Piece::Around(pivot, count))
}

/// The median of some. It depends on the numbers alone, so that jobs and their count do not change from run to run.
fn pivot(numbers: &[u64]) -> u64 {
    let step = numbers.len().div_ceil(SAMPLE).max(1);
    let mut some: Vec<u64> = numbers.iter().copied().step_by(step).collect();
    some.sort_unstable();
    some.get(some.len() / 2).copied().unwrap_or(0)
}

/// All numbers in order, from the pieces of a job before those of the two that it submitted.
pub fn in_order(pieces: Vec<Piece>) -> Vec<u64> {
    let mut sorted = Vec::new();
    // What is between two halves comes when the first half is complete: the innermost such place is last.
    let mut between = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Around(pivot, count) => between.push((pivot, count)),
            Piece::Sorted(numbers) => {
                sorted.extend(numbers);
                if let Some((pivot, count)) = between.pop() {
                    sorted.extend(repeat_n(pivot, count as usize));
                }
            }
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As jobs do it.
    fn pieces(mut numbers: Vec<u64>, cutoff: usize) -> Vec<Piece> {
        if numbers.len() <= cutoff {
            numbers.sort_unstable();
            return vec![Piece::Sorted(numbers)];
        }
        let (below, above, between) = partition(numbers);
        let halves = [below, above].map(|half| pieces(half, cutoff));
        [between]
            .into_iter()
            .chain(halves.into_iter().flatten())
            .collect()
    }

    #[test]
    fn any_numbers_come_out_in_order() {
        for different in [1, 2, 3, 10, 1000, u64::MAX] {
            for cutoff in [1, 2, 7, 100] {
                let numbers: Vec<u64> = (1..=500u64)
                    .map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) % different)
                    .collect();
                let mut expected = numbers.clone();
                expected.sort_unstable();
                assert_eq!(in_order(pieces(numbers, cutoff)), expected);
            }
        }
        assert!(in_order(pieces(vec![], 1)).is_empty());
    }

    #[test]
    fn halves_are_about_halves() {
        for numbers in [(0..9999).collect::<Vec<_>>(), (0..9999).rev().collect()] {
            let (below, above, between) = partition(numbers);
            assert_eq!(between, Piece::Around(below.len() as u64, 1));
            assert!(below.len().abs_diff(above.len()) < 3000);
        }
    }
}
