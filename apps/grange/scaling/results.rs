//! Whether all runs computed the same.

use super::log::record::Record;
use super::summary::latest;
use std::collections::BTreeMap;

/// Compares runs of the same size. Gives what to say if all are the same.
///
/// # Errors
/// One line for each run whose results differ from those that most runs of its size have.
pub fn compare(records: &[Record]) -> Result<String, Vec<String>> {
    let good = latest(records)
        .into_iter()
        .filter(|record| record.is_good());
    let mut sizes: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in good {
        sizes.entry(&record.sizes).or_default().push(record);
    }
    let count: usize = sizes.values().map(Vec::len).sum();
    let different: Vec<String> = sizes.values().flat_map(|runs| odd_ones(runs)).collect();
    if !different.is_empty() {
        return Err(different);
    }
    let each = match sizes.len() {
        1 => String::new(),
        n => format!(", for each of {n} sizes"),
    };
    Ok(match count {
        1 => "there is one run to compare".into(),
        _ => format!("all {count} runs gave the same bits{each}"),
    })
}

fn odd_ones(runs: &[&Record]) -> Vec<String> {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for run in runs {
        *votes.entry(&run.digest).or_default() += 1;
    }
    let most = votes.values().max();
    // Of as many each, the earliest run's.
    let usual = runs
        .iter()
        .find(|run| votes.get(run.digest.as_str()) == most);
    let Some(usual) = usual else {
        return Vec::new();
    };
    let odd = runs.iter().filter(|run| run.digest != usual.digest);
    odd.map(|run| {
        let size = match run.sizes.as_str() {
            "" => String::new(),
            sizes => format!(" ({sizes})"),
        };
        format!(
            "{}, run {}{size}: digest {}, where {}, run {} has {}",
            run.step.at,
            run.step.repeat,
            short(&run.digest),
            usual.step.at,
            usual.step.repeat,
            short(&usual.digest)
        )
    })
    .collect()
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

#[cfg(test)]
mod tests {
    use super::super::log::record::tests::record;
    use super::*;

    #[test]
    fn the_odd_one_is_named() {
        let mut runs = vec![record(1, 1, 1.0), record(1, 2, 1.0), record(2, 1, 1.0)];
        assert_eq!(compare(&runs).unwrap(), "all 3 runs gave the same bits");
        runs[0].digest = "0123456789abcdef".into();
        assert_eq!(
            compare(&runs).unwrap_err(),
            [
                "1 rank x 1 thread, run 1: digest 0123456789ab, where 1 rank x 1 thread, run 2 has d1"
            ]
        );
        // What failed has no results.
        runs[0].exit = "3".into();
        assert_eq!(compare(&runs).unwrap(), "all 2 runs gave the same bits");
    }

    #[test]
    fn other_sizes_have_other_results() {
        let mut runs = vec![record(1, 1, 1.0), record(2, 1, 1.0), record(2, 2, 1.0)];
        runs[0].sizes = "N=1".into();
        runs[0].digest = "d0".into();
        assert_eq!(
            compare(&runs).unwrap(),
            "all 3 runs gave the same bits, for each of 2 sizes"
        );
        runs[2].digest = "d2".into();
        assert_eq!(compare(&runs).unwrap_err().len(), 1);
    }
}
