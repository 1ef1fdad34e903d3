//! Which processes of a run are which ranks.

use super::run::Running;
use std::fs;

/// Ranks and their processes. `word` is the first argument of theirs; the launcher's line has it further on.
pub fn of(run: &Running, word: &str) -> Vec<(u32, i32)> {
    let of = |&(id, ref line): &(i32, String)| {
        if line.split(' ').nth(1) != Some(word) {
            return None;
        }
        let environment = fs::read(format!("/proc/{id}/environ")).ok()?;
        let named = |name: &str| {
            let variables = environment.split(|&byte| byte == 0);
            let texts = variables.filter_map(|v| std::str::from_utf8(v).ok());
            let mut values = texts.filter_map(|text| text.strip_prefix(name)?.strip_prefix('='));
            values.next()?.parse().ok()
        };
        let rank = named("OMPI_COMM_WORLD_RANK").or_else(|| named("PMI_RANK"));
        Some((rank.unwrap_or(0), id))
    };
    run.processes().iter().filter_map(of).collect()
}

/// The process of one rank, which is alive.
pub fn process(run: &Running, word: &str, rank: u32) -> i32 {
    let found = of(run, word);
    let process = found.iter().find(|(r, _)| *r == rank);
    let Some(&(_, id)) = process else {
        panic!("rank {rank} is not alive: {}", run.said());
    };
    id
}
