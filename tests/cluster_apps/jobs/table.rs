//! The table of where jobs ran.

use crate::support::outcome::Outcome;

const HEAD: &str = "Job execution statistics:";
const COLUMNS: &str = " job count | % of all jobs | job time sum | time per job | job server";

/// Checks that standard error has one table, that its lines are consistent, and that it has `jobs` in all.
#[track_caller]
pub fn check_table(outcome: &Outcome, jobs: u64) {
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let heads = lines.iter().filter(|&&line| line == HEAD).count();
    assert_eq!(heads, 1, "tables of {outcome}");
    let elapsed = |line: &&str| line.starts_with("Time elapsed: ") && line.ends_with(" s");
    assert_eq!(lines.iter().filter(|l| elapsed(l)).count(), 1, "{outcome}");
    let at = lines.iter().position(|&line| line == HEAD).unwrap_or(0);
    assert_eq!(lines.get(at + 1), Some(&COLUMNS), "{outcome}");
    let rows: Vec<&str> = lines[at + 2..]
        .iter()
        .copied()
        .take_while(|line| line.contains(" | "))
        .collect();
    let end = lines.get(at + 2 + rows.len()).copied().unwrap_or("");
    assert!(
        end.starts_with("Time elapsed since server creation "),
        "{outcome}"
    );
    let (mut sum, mut shares, mut servers) = (0, 0.0, Vec::new());
    for row in &rows {
        let columns: Vec<&str> = row.split(" | ").map(str::trim).collect();
        assert_eq!(columns.len(), 5, "{row}");
        let number = |i: usize| columns[i].parse::<f64>().unwrap_or(f64::NAN);
        let (count, share, total, each) = (number(0), number(1), number(2), number(3));
        assert!((share - 100.0 * count / jobs as f64).abs() < 0.01, "{row}");
        // Both times are rounded.
        let off = (total - count * each).abs();
        assert!(count >= 1.0 && off <= 1e-4 + count * 1e-6, "{row}");
        sum += count as u64;
        shares += share;
        servers.push(columns[4]);
    }
    assert_eq!(sum, jobs, "jobs of {outcome}");
    assert!(
        (shares - 100.0).abs() < 0.01 * rows.len() as f64,
        "{outcome}"
    );
    servers.dedup();
    assert_eq!(servers.len(), rows.len(), "a line a rank: {outcome}");
}
