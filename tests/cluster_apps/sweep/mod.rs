//! Parameter sweeps, by the built-in model and by programs.

mod bad_input;
mod commands;
mod endings;
mod outputs;
mod rows;

use crate::SWEEP;
#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
use crate::support::outcome::Outcome;
use crate::support::run::Run;
use std::time::Duration;

/// Far more than any of these takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// A solo run with these arguments.
fn sweep(args: &[&str]) -> Run {
    Run::new(SWEEP).args(args).deadline(DEADLINE)
}

/// The same run alone, and on 1, 2 and 3 ranks where there is a launcher.
fn everywhere(args: &[&str], test: &str, mut check: impl FnMut(&Outcome)) {
    check(&sweep(args).finish());
    #[cfg(feature = "mpi")]
    if let Some(launcher) = launcher_for(SWEEP, test) {
        for ranks in 1..=3 {
            let run = launcher.run(ranks, SWEEP).args(args).deadline(DEADLINE);
            check(&run.finish());
        }
    }
    #[cfg(not(feature = "mpi"))]
    let _ = test;
}

/// The columns of CSV text by name.
struct Sheet {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

#[track_caller]
fn sheet(text: &str) -> Sheet {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let fields = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let names = fields(reader.headers().unwrap_or_else(|e| panic!("{e}: {text}")));
    let rows = reader
        .records()
        .map(|record| fields(&record.unwrap_or_else(|e| panic!("{e}: {text}"))))
        .collect();
    Sheet { names, rows }
}

impl Sheet {
    #[track_caller]
    fn column(&self, name: &str) -> Vec<&str> {
        let at = self.names.iter().position(|known| known == name);
        let at = at.unwrap_or_else(|| panic!("no column {name} in {:?}", self.names));
        self.rows.iter().map(|row| &*row[at]).collect()
    }
}
