//! How long grains took.

use crate::figures::words::{count, seconds};
use crate::figures::{Axis, Breadth, Histogram, Page, Unit};
use crate::report::model::Report;

/// Where the highest bin is so much above the lowest, counts are on a logarithmic axis: the few long grains
/// are what makes a tail.
const STEEP: u64 = 50;

/// The histogram, if there were grains.
pub fn write(page: &mut Page, report: &Report) {
    let grains = &report.grain_seconds;
    if grains.count == 0 {
        return;
    }
    page.heading("How long grains took");
    let counts = || {
        grains
            .histogram
            .iter()
            .map(|(_, _, count)| *count)
            .filter(|count| *count > 0)
    };
    let (most, least) = (counts().max().unwrap_or(1), counts().min().unwrap_or(1));
    let mark = |name: &str, value: f64| (format!("{name} {}", seconds(value)), value);
    let figure = Histogram {
        title: String::new(),
        x: Axis::log10("time of a grain").unit(Unit::Seconds),
        y: if most / least >= STEEP {
            Axis::log10("grains")
        } else {
            Axis::linear("grains")
        },
        bins: grains.histogram.clone(),
        marks: vec![
            mark("median", grains.p50),
            mark("99th percentile", grains.p99),
            mark("longest", grains.longest),
        ],
        size: None,
    };
    let caption = match grains.count {
        1 => format!("One grain, which took {}.", seconds(grains.longest)),
        several => format!(
            "{} grains: half of them took less than {}, 99 in 100 less than {}, the longest {}.",
            count(several),
            seconds(grains.p50),
            seconds(grains.p99),
            seconds(grains.longest)
        ),
    };
    page.figure(&figure.draw(), Breadth::Small, &caption);
}
