//! What is kept, what is taken up again, and what is refused.

use super::identity::tests::identity;
use super::record::tests::record;
use super::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, process};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Folder(env::temp_dir().join(format!("grange-log-{}-{count}", process::id())))
    }

    fn open(&self) -> Result<Log, String> {
        Log::open(&self.0, &identity(), false).map_err(|error| error.to_string())
    }

    fn text(&self) -> String {
        fs::read_to_string(self.0.join(NAME)).unwrap()
    }

    fn write(&self, text: &str) {
        fs::create_dir_all(&self.0).unwrap();
        fs::write(self.0.join(NAME), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn runs_are_there_again() {
    let folder = Folder::new();
    let runs = [record(1, 1, 2.5), record(2, 1, 1.25), record(2, 2, 1.5)];
    for run in &runs {
        let mut log = folder.open().unwrap();
        log.append(run.clone()).unwrap();
    }
    assert_eq!(folder.open().unwrap().records(), runs);
    assert_eq!(folder.text().lines().count(), 2 + runs.len());
}

#[test]
fn a_line_that_is_cut_short_is_taken_off() {
    let folder = Folder::new();
    let mut log = folder.open().unwrap();
    log.append(record(1, 1, 2.5)).unwrap();
    log.append(record(2, 1, 1.5)).unwrap();
    drop(log);
    let whole = folder.text();
    for cut in 0..whole.len() {
        folder.write(&whole[..cut]);
        let mut log = folder.open().unwrap();
        let lines = whole[..cut].matches('\n').count();
        assert_eq!(log.records().len(), lines.saturating_sub(2), "{cut}");
        log.append(record(9, 9, 9.5)).unwrap();
        drop(log);
        let again = folder.open().unwrap();
        assert_eq!(again.records().last(), Some(&record(9, 9, 9.5)));
    }
}

#[test]
fn what_is_refused() {
    let folder = Folder::new();
    let mut log = folder.open().unwrap();
    log.append(record(1, 1, 2.5)).unwrap();
    assert!(
        folder
            .open()
            .map(|_| ())
            .unwrap_err()
            .contains("another study is at work there")
    );
    drop(log);
    let whole = folder.text();
    for (from, to, says) in [
        (
            "\"repeat\":3",
            "\"repeat\":4",
            "it holds another study: --repeat is '4' there and '3' here",
        ),
        ("\"version\":1", "\"version\":2", "another version"),
        ("grange scaling", "something", "another version"),
        ("# {", "{", "is not of a study"),
        (
            "ranks,threads",
            "ranks,cores",
            "line 2 of its runs.csv is damaged",
        ),
        (
            "1,1,1,,2.5",
            "1,1,1,,x",
            "line 3 of its runs.csv is damaged: 'x' is not a time",
        ),
        (
            "1,1,1,,2.5",
            "1,1,2.5",
            "line 3 of its runs.csv is damaged: it has other fields",
        ),
    ] {
        assert!(whole.contains(from), "{from}");
        folder.write(&whole.replace(from, to));
        let told = folder.open().map(|_| ()).unwrap_err();
        assert!(told.contains(says), "{told}");
    }
    folder.write("something else");
    let told = folder.open().map(|_| ()).unwrap_err();
    assert!(told.contains("is not of a study"), "{told}");
    assert_eq!(folder.text(), "something else");
    fs::remove_file(folder.0.join(NAME)).unwrap();
    fs::write(folder.0.join("index.html"), "mine").unwrap();
    let told = folder.open().map(|_| ()).unwrap_err();
    assert!(
        told.contains("there is index.html without runs.csv"),
        "{told}"
    );
}

#[test]
fn a_fresh_beginning_keeps_the_old() {
    let folder = Folder::new();
    let afresh = || Log::open(&folder.0, &identity(), true).map_err(|e| e.to_string());
    for time in 1..=2 {
        let mut log = afresh().unwrap();
        assert!(log.records().is_empty());
        log.append(record(time, 1, 2.5)).unwrap();
        fs::write(folder.0.join("index.html"), "a page").unwrap();
    }
    assert!(afresh().unwrap().records().is_empty());
    for time in 1..=2 {
        let aside = folder.0.join(format!("earlier-{time}"));
        assert!(aside.join("index.html").exists());
        let log = Log::open(&aside, &identity(), false).unwrap();
        assert_eq!(log.records(), [record(time, 1, 2.5)]);
    }
    assert!(!folder.0.join("index.html").exists());
}
