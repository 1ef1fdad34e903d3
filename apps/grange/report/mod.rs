//! `grange report`: a page of what a run did, or of several side by side.

mod columns;
mod events;
#[cfg(feature = "hdf5")]
mod hdf5;
pub mod model;
mod output;
mod page;
mod parts;
mod read;
mod spans;
#[cfg(feature = "hdf5")]
mod table;

use crate::say;
use grange::{Error, versions};
use model::Report;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Makes a page of what a run did, from the report that programs write with --report.
///
///   sum_primes 1e10 --report run.h5
///   grange report run.h5                          writes run.html
///   grange report a.h5 b.json --output ab.html    compares two runs
///
/// The page is one file that any browser shows, without a network: how long the
/// run took and how much of the cores' time was useful, where the rest went, who
/// worked when, who waited for what. Of several reports: their times side by side,
/// and whether the results are the same.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Reports, in JSON or HDF5; several are compared with the first
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The page to write, instead of one beside the first report
    #[arg(long, value_name = "PAGE.html")]
    output: Option<PathBuf>,

    /// Replace the page even if what is there is no page of grange
    #[arg(long)]
    force: bool,
}

/// Writes the page, and prints its name.
pub fn run(args: &Args) -> ExitCode {
    match write(args) {
        Ok(path) => {
            // Who does not read it does without.
            let _ = writeln!(std::io::stdout(), "{}", path.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            say::error(&error);
            ExitCode::from(error.code())
        }
    }
}

fn write(args: &Args) -> Result<PathBuf, Error> {
    let reports: Vec<Report> = args
        .files
        .iter()
        .map(|file| Report::read(file))
        .collect::<Result<_, _>>()?;
    let names = names(&args.files);
    let mut runs: Vec<(String, Report)> = names.into_iter().zip(reports).collect();
    let page = match runs.as_mut_slice() {
        [(name, report)] => page::of_run(report, name),
        several => page::compare::page(several),
    };
    let first = args.files.first().map(PathBuf::as_path);
    let path = match (&args.output, first) {
        (Some(path), _) => path.clone(),
        (None, first) => first.unwrap_or(Path::new("report")).with_extension("html"),
    };
    let html = page.finish(&format!("Made by {}.", versions::text()));
    output::write(&path, &html, args.force, &args.files)?;
    Ok(path)
}

/// What to call the files: their names, or where these are the same, their paths.
fn names(files: &[PathBuf]) -> Vec<String> {
    let short = |path: &PathBuf| path.file_name().unwrap_or_default().to_owned();
    let name = |path: &PathBuf| {
        let alike = files
            .iter()
            .filter(|other| short(other) == short(path))
            .count();
        if alike > 1 {
            path.display().to_string()
        } else {
            short(path).to_string_lossy().into_owned()
        }
    };
    files.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_files_apart() {
        let files = ["a/run.h5", "b/run.h5", "c/other.json"].map(PathBuf::from);
        assert_eq!(names(&files), ["a/run.h5", "b/run.h5", "other.json"]);
    }
}
