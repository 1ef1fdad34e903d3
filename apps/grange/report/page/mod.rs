//! What a page says: one run in full, or several side by side.

mod arguments;
mod clocks;
pub mod compare;
mod cores;
mod grains;
mod headline;
pub mod labels;
mod ranks;
mod records;
mod telling;
mod timeline;

use super::model::Report;
use crate::figures::Page;

/// Width of figures that go over the whole page.
const WIDE: f64 = 960.0;

/// The page of one run; `file` is where it was read.
pub fn of_run(report: &Report, file: &str) -> Page {
    let mut page = Page::new(&report.command());
    headline::write(&mut page, report);
    cores::write(&mut page, report);
    timeline::write(&mut page, report);
    ranks::write(&mut page, report);
    grains::write(&mut page, report);
    records::calls(&mut page, report);
    records::events(&mut page, report);
    records::results(&mut page, report);
    records::settings(&mut page, report, file);
    page
}
