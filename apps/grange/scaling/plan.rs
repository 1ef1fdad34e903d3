//! What a study runs, and in which order.

use grange::cli::number;
use std::fmt;

/// More would not be meant.
const MOST: u128 = 1 << 24;

/// So many processes with so many threads each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Configuration {
    /// Processes.
    pub ranks: u32,
    /// Threads of each.
    pub threads: u32,
}

impl Configuration {
    /// Cores that it keeps busy.
    pub fn cores(self) -> u64 {
        u64::from(self.ranks) * u64::from(self.threads)
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |n| if n == 1 { "" } else { "s" };
        let Configuration { ranks, threads } = *self;
        write!(
            f,
            "{ranks} rank{} x {threads} thread{}",
            s(ranks),
            s(threads)
        )
    }
}

/// Numbers above zero, in order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List(pub Vec<u32>);

impl List {
    /// Reads `1,2,4,8`.
    ///
    /// # Errors
    /// When a part of it is no number above zero.
    pub fn parse(text: &str) -> Result<Self, String> {
        let numbers = text
            .split(',')
            .map(|part| number::bounded(part, 1, MOST).map(|n| n as u32));
        let mut numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        numbers.sort_unstable();
        numbers.dedup();
        Ok(List(numbers))
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&numbers.join(","))
    }
}

/// One run: a configuration's, in this round from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// What runs.
    pub at: Configuration,
    /// For the how many-th time.
    pub repeat: u32,
}

/// Each combination, by cores and then by ranks.
pub fn configurations(ranks: &List, threads: &List) -> Vec<Configuration> {
    let mut all: Vec<Configuration> = ranks
        .0
        .iter()
        .flat_map(|&ranks| {
            threads
                .0
                .iter()
                .map(move |&threads| Configuration { ranks, threads })
        })
        .collect();
    all.sort_by_key(|at| (at.cores(), at.ranks));
    all
}

/// All runs, round by round, and every other round backwards: what drifts meanwhile, such as a clock rate or
/// another user's load, hits all configurations alike.
pub fn steps(configurations: &[Configuration], repeats: u32) -> Vec<Step> {
    let round = |repeat: u32| {
        let mut round: Vec<Step> = configurations
            .iter()
            .map(|&at| Step { at, repeat })
            .collect();
        if repeat.is_multiple_of(2) {
            round.reverse();
        }
        round
    };
    (1..=repeats).flat_map(round).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        assert_eq!(List::parse("8,1, 2,2,1e1"), Ok(List(vec![1, 2, 8, 10])));
        for text in ["", "0", "1,,2", "-1", "1.5", "x", "1e9"] {
            assert!(List::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rounds_go_to_and_fro() {
        let all = configurations(&List::parse("4,1").unwrap(), &List::parse("1,2").unwrap());
        let cores: Vec<u64> = all.iter().map(|at| at.cores()).collect();
        assert_eq!(cores, [1, 2, 4, 8]);
        let steps = steps(&all, 3);
        let order: Vec<(u64, u32)> = steps.iter().map(|s| (s.at.cores(), s.repeat)).collect();
        assert_eq!(
            order,
            [
                (1, 1),
                (2, 1),
                (4, 1),
                (8, 1),
                (8, 2),
                (4, 2),
                (2, 2),
                (1, 2),
                (1, 3),
                (2, 3),
                (4, 3),
                (8, 3),
            ]
        );
    }
}
