//! Speed-up, efficiency and time as figures.

use super::super::fit::Fitted;
use super::super::mode::Mode;
use super::super::parts::NAMES;
use super::super::summary::{Ratio, Summary};
use super::Outcome;
use super::text::significant;
use crate::figures::{Axis, Bar, Bars, Drawing, Lines, Point, Series, Style, Unit, words};
use crate::report::model::PARTS;

/// Points of a curve.
const STEPS: usize = 100;

/// Up to here equal steps show more than powers of two.
const FEW: f64 = 16.0;

/// A figure with the name of its files.
pub struct Chart {
    /// Without an ending.
    pub name: &'static str,
    /// What is to be seen.
    pub caption: String,
    /// How it looks.
    pub drawing: Drawing,
}

impl Chart {
    /// The files that are made of it.
    pub fn files(&self) -> Vec<String> {
        ["svg", "png"]
            .iter()
            .map(|ending| format!("{}.{ending}", self.name))
            .collect()
    }
}

/// All of them.
pub fn all(outcome: &Outcome<'_>) -> Vec<Chart> {
    vec![speedup(outcome), efficiency(outcome), time(outcome)]
}

fn speedup(outcome: &Outcome<'_>) -> Chart {
    let name = match outcome.mode {
        Mode::Strong => "speed-up",
        Mode::Weak => "scaled speed-up",
    };
    let cores = || outcome.summaries.iter().map(|s| s.at.cores() as f64);
    let y = match cores().fold(0.0, f64::max) > FEW {
        true => Axis::log2(name),
        false => Axis::linear(name),
    };
    let mut series = measured(outcome, |summary| summary.speedup);
    series.extend(curves(outcome, |time, cores| {
        speedup_of(outcome, time, cores)
    }));
    series.push(ideal(outcome, |cores| cores));
    Chart {
        name: "speedup",
        caption: format!(
            "{} against that of the fewest cores, by median times; bars from the ends of both intervals.",
            if outcome.mode == Mode::Strong {
                "Speed-up"
            } else {
                "Work done in the same time"
            }
        ),
        drawing: lines(x(outcome), y, series),
    }
}

fn efficiency(outcome: &Outcome<'_>) -> Chart {
    let y = Axis::linear("efficiency")
        .unit(Unit::Percent)
        .include(0.0)
        .include(1.0);
    let mut series = measured(outcome, |summary| summary.efficiency);
    series.extend(curves(outcome, |time, cores| {
        speedup_of(outcome, time, cores) / cores
    }));
    series.push(ideal(outcome, |_| 1.0));
    Chart {
        name: "efficiency",
        caption: "The speed-up for each core.".into(),
        drawing: lines(x(outcome), y, series),
    }
}

fn time(outcome: &Outcome<'_>) -> Chart {
    let bars = outcome.summaries.iter().map(|s| bar(outcome.mode, s));
    if let Some(bars) = bars.collect::<Option<Vec<Bar>>>() {
        let (label, what) = match outcome.mode {
            Mode::Strong => (
                "core time: time \u{d7} cores (s)",
                "What the time of all cores went into",
            ),
            Mode::Weak => (
                "time (s)",
                "What the time went into, on average over all cores",
            ),
        };
        let figure = Bars {
            axis: Axis::linear(label),
            parts: order().map(|(name, _)| name.to_owned()).collect(),
            bars,
            ..Bars::default()
        };
        return Chart {
            name: "time",
            caption: format!(
                "{what}, in the run with the median time. Where scaling is ideal, all bars are as long as the first. \
                 Beside them: ranks \u{d7} threads, and the time."
            ),
            drawing: figure.draw(),
        };
    }
    let mut series = measured(outcome, |summary| Ratio {
        value: summary.seconds.median,
        low: summary.seconds.low,
        high: summary.seconds.high,
    });
    series.extend(curves(outcome, |time, _| time));
    Chart {
        name: "time",
        caption: "Median times with their intervals. The program writes no report of its own, so nothing is known \
                  of what they went into."
            .into(),
        drawing: lines(x(outcome), Axis::linear("time (s)").include(0.0), series),
    }
}

/// Of a configuration whose runs told: as long as those of others where scaling is ideal, so that losses show.
fn bar(mode: Mode, summary: &Summary) -> Option<Bar> {
    let (parts, seconds) = summary.parts?;
    let cores = summary.at.cores() as f64;
    let per = mode.work(cores);
    Some(Bar {
        name: format!(
            "{} \u{d7} {}, {}",
            summary.at.ranks,
            summary.at.threads,
            words::seconds(seconds)
        ),
        values: order()
            .filter_map(|(_, place)| parts.get(place))
            .map(|seconds| seconds / per)
            .collect(),
    })
}

/// Names of the parts and their places in [`Parts`](super::super::parts::Parts), as pages of single runs have them:
/// with the same colours.
fn order() -> impl Iterator<Item = (&'static str, usize)> {
    let places = PARTS.iter().map(|(part, _)| {
        let place = NAMES.iter().position(|name| name == part)?;
        Some((*part, place))
    });
    places.flatten()
}

fn lines(x: Axis, y: Axis, series: Vec<Series>) -> Drawing {
    let figure = Lines {
        x,
        y,
        series,
        ..Lines::default()
    };
    figure.draw()
}

/// To the right: ranks, where these have one thread each, else cores.
fn x(outcome: &Outcome<'_>) -> Axis {
    let all = || outcome.summaries.iter();
    let label = match all().all(|s| s.at.threads == 1) {
        true => "ranks",
        false => "cores (ranks \u{d7} threads)",
    };
    let cores = || all().map(|s| s.at.cores() as f64);
    let most = cores().fold(0.0, f64::max);
    let axis = match most > FEW {
        true => Axis::log2(label),
        // The last point is not to stand on the frame.
        false => Axis::linear(label).include(0.0).include(1.05 * most),
    };
    axis.at(cores())
}

/// Numbers of threads, each once.
fn threads(outcome: &Outcome<'_>) -> Vec<u32> {
    let mut threads: Vec<u32> = outcome.summaries.iter().map(|s| s.at.threads).collect();
    threads.sort_unstable();
    threads.dedup();
    threads
}

/// What was measured, a line for each number of threads.
fn measured(outcome: &Outcome<'_>, of: impl Fn(&Summary) -> Ratio) -> Vec<Series> {
    let threads = threads(outcome);
    let several = threads.len() > 1;
    let series = threads.into_iter().map(|threads| {
        let here = outcome.summaries.iter().filter(|s| s.at.threads == threads);
        let points = here.map(|summary| {
            let Ratio { value, low, high } = of(summary);
            Point::between(summary.at.cores() as f64, value, low, high)
        });
        Series {
            name: match (several, threads) {
                (false, _) => "measured".into(),
                (true, 1) => "1 thread a rank".into(),
                (true, n) => format!("{n} threads a rank"),
            },
            points: points.collect(),
            style: Style::Measured,
        }
    });
    series.collect()
}

/// The models that were fitted.
fn curves(outcome: &Outcome<'_>, of: impl Fn(f64, f64) -> f64) -> Vec<Series> {
    let cores = || outcome.summaries.iter().map(|s| s.at.cores() as f64);
    let (from, to) = (
        cores().fold(f64::INFINITY, f64::min),
        cores().fold(0.0, f64::max),
    );
    let along = |fitted: &Fitted| {
        let at = |step: usize| from * (to / from).powf(step as f64 / STEPS as f64);
        let point = |cores: f64| Point::new(cores, of(fitted.time(cores), cores));
        (0..=STEPS).map(|step| point(at(step))).collect()
    };
    let fitted = outcome
        .fits
        .iter()
        .filter_map(|fit| Some((fit, fit.outcome.as_ref().ok()?)));
    // In colours that what was measured does not have.
    let colours = threads(outcome).len()..;
    let series = fitted.zip(colours).map(|((fit, fitted), colour)| {
        let parameters = fitted.parameters.iter().filter(|p| p.is_shape);
        let values = parameters.map(|p| format!("{} = {}", p.symbol, significant(p.value, 3)));
        Series {
            name: format!("{}, {}", fit.short, values.collect::<Vec<_>>().join(", ")),
            points: along(fitted),
            style: Style::Fitted(colour),
        }
    });
    series.collect()
}

/// The speed-up that a time on so many cores is.
fn speedup_of(outcome: &Outcome<'_>, time: f64, cores: f64) -> f64 {
    let Some(first) = outcome.summaries.first() else {
        return f64::NAN;
    };
    let from = first.at.cores() as f64;
    let work = outcome.mode.work(cores) / outcome.mode.work(from);
    from * work * first.seconds.median / time
}

fn ideal(outcome: &Outcome<'_>, of: impl Fn(f64) -> f64) -> Series {
    let cores = outcome.summaries.iter().map(|s| s.at.cores() as f64);
    Series {
        name: "ideal".into(),
        points: cores.map(|cores| Point::new(cores, of(cores))).collect(),
        style: Style::Ideal,
    }
}
