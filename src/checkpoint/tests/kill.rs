//! Runs that are killed at any moment.

use super::*;
use std::process::Stdio;

const FOLDER: &str = "GRANGE_TEST_KILLED_IN";

/// Writes as fast as it can, and says so; a test only where it is started as a process of its own.
#[test]
fn writes_until_it_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else {
        return;
    };
    let checkpoint = open_short(&Path::new(&folder).join("run.h5")).unwrap();
    let (call, known) = checkpoint.begin(&identity("sum", RowKind::Items)).unwrap();
    let mut all = known.done.grains();
    loop {
        let values: Vec<f64> = (0..20_000).map(|i| f64::from(i) + 0.5).collect();
        checkpoint.append(call, &span(all, all + 1), rows(&values), false);
        checkpoint.write();
        while !checkpoint.is_due() {
            std::thread::yield_now();
        }
        all += 1;
        println!("written {all}");
    }
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_written() {
    use std::io::{BufRead, BufReader};
    let folder = Folder::new("kill");
    let mut promised = 0;
    for round in 0..12 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "--nocapture",
                "checkpoint::tests::kill::writes_until_it_is_killed",
            ])
            .env(FOLDER, &folder.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut next = || {
            let said = lines.find_map(|line| line.unwrap().rsplit_once("written ")?.1.parse().ok());
            said.unwrap_or_else(|| panic!("it ended by itself"))
        };
        for _ in 0..8 {
            promised = next();
        }
        // Somewhere in the next write.
        std::thread::sleep(Duration::from_micros(997 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let checkpoint = open_short(&folder.file()).unwrap();
        let (_, known) = checkpoint.begin(&identity("sum", RowKind::Items)).unwrap();
        let pieces = known
            .pieces
            .iter()
            .map(|piece| checkpoint.read(piece).unwrap().len());
        let rows = pieces.sum::<usize>() + known.rows.len();
        assert!(known.done.grains() >= promised);
        assert_eq!(rows as u64, 20_000 * known.done.grains());
        checkpoint.finish("looked").unwrap();
    }
    assert!(promised >= 96);
    assert!(folder.beside(".pieces").exists());
    assert_eq!(
        folder.names(),
        ["run.h5", "run.h5.pieces", "run.h5.previous"]
    );
}
