//! Studies of how programs scale: under real launchers, and of programs whose times are known.

mod bad_input;
mod endings;
mod models;
mod studies;

use crate::GRANGE;
use crate::support::run::Run;
use crate::support::temp::Temp;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// A launcher of one process, which learns what would have been started.
const ENV: &str = "env RANKS={ranks} THREADS={threads}";

/// A folder for a study, and programs to study.
struct Place(Temp);

impl Place {
    fn new() -> Self {
        Place(Temp::new())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// A shell script; what it prints, unless it is asked for help, is up to `body`.
    fn script(&self, body: &str) -> String {
        let path = self.path("program");
        let text = format!("#!/bin/sh\ncase $1 in --help|--version) exit 1;; esac\n{body}\n");
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        path.display().to_string()
    }

    /// A study of `program` into the folder `out`, with these options and this launch line.
    fn study(&self, options: &[&str], program: &str, arguments: &[&str]) -> Run {
        Run::new(GRANGE)
            .args(["scaling", "--output"])
            .arg(self.path("out"))
            .args(options)
            .arg("--")
            .arg(program)
            .args(arguments)
    }
}

/// The rows of a table by the names of its columns.
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn table(text: &str) -> Table {
    let mut lines = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows = lines
        .records()
        .map(|row| row.expect("a row").iter().map(str::to_owned).collect());
    let names = rows.next().expect("names of columns");
    Table {
        names,
        rows: rows.collect(),
    }
}

impl Table {
    #[track_caller]
    fn column(&self, name: &str) -> Vec<&str> {
        let at = self.names.iter().position(|known| known == name);
        let at = at.unwrap_or_else(|| panic!("no column {name} in {:?}", self.names));
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }

    #[track_caller]
    fn numbers(&self, name: &str) -> Vec<f64> {
        let number = |text: &str| {
            text.parse()
                .unwrap_or_else(|e| panic!("{name} {text}: {e}"))
        };
        self.column(name).into_iter().map(number).collect()
    }
}
