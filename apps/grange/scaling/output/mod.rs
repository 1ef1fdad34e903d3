//! What a study leaves: tables, and a summary for people.

mod charts;
mod columns;
mod csv;
#[cfg(feature = "hdf5")]
mod hdf5;
mod page;
mod table;
mod text;

use super::fit::Fit;
use super::log;
use super::log::identity::Identity;
use super::log::record::Record;
use super::mode::Mode;
use super::summary::Summary;
use crate::staged;
use charts::Chart;
use grange::Error;
use std::io::{self, Write};
use std::path::Path;

/// All there is to tell.
pub struct Outcome<'a> {
    /// Which study it is.
    pub identity: &'a Identity,
    /// What stayed the same on more cores.
    pub mode: Mode,
    /// Cores that there are.
    pub cores: u64,
    /// Each run.
    pub records: &'a [Record],
    /// Each configuration.
    pub summaries: Vec<Summary>,
    /// The models.
    pub fits: Vec<Fit>,
    /// Whether all runs gave the same results.
    pub same: &'a Result<String, Vec<String>>,
    /// Whether they were compared.
    pub compared: bool,
}

/// Writes all files, and the summary to standard output.
///
/// # Errors
/// When something cannot be written.
pub fn write(folder: &Path, outcome: &Outcome<'_>) -> Result<(), Error> {
    let scaling = columns::scaling(&outcome.summaries);
    let fits = columns::fits(&outcome.fits);
    csv::write(&folder.join("scaling.csv"), &scaling)?;
    csv::write(&folder.join("fits.csv"), &fits)?;
    #[cfg(feature = "hdf5")]
    {
        let runs = columns::runs(outcome.records);
        let tables = [("runs", runs), ("scaling", scaling), ("fits", fits)];
        hdf5::write(&folder.join("scaling.h5"), outcome.identity, &tables)?;
    }
    #[cfg(not(feature = "hdf5"))]
    super::tell::line(format_args!(
        "grange: no scaling.h5: this grange is built without the feature hdf5"
    ));
    let charts = charts::all(outcome);
    let mut files = vec![log::NAME, "scaling.csv", "fits.csv"];
    if cfg!(feature = "hdf5") {
        files.push("scaling.h5");
    }
    for chart in &charts {
        draw(folder, chart)?;
    }
    let drawn: Vec<String> = charts.iter().flat_map(|chart| chart.files()).collect();
    files.extend(drawn.iter().map(String::as_str));
    staged::write(
        &folder.join("index.html"),
        page::page(outcome, &charts, &files).as_bytes(),
    )?;
    let text = text::summary(folder, outcome);
    match io::stdout().lock().write_all(text.as_bytes()) {
        // A reader that has gone away is no reason to fail.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::user(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Its files.
fn draw(folder: &Path, chart: &Chart) -> Result<(), Error> {
    let path = |ending: &str| folder.join(format!("{}.{ending}", chart.name));
    staged::write(&path("svg"), chart.drawing.svg().as_bytes())?;
    let png = chart.drawing.png().map_err(Error::User)?;
    staged::write(&path("png"), &png)
}
