//! What the tables of a study have in them.

use super::super::fit::{Fit, Parameter};
#[cfg(any(test, feature = "hdf5"))]
use super::super::log::record::Record;
use super::super::parts::{NAMES, Parts};
use super::super::summary::Summary;
use super::table::{Column, Table, floats, integers, texts};

/// A line a run, as its file has it.
#[cfg(any(test, feature = "hdf5"))]
pub fn runs(records: &[Record]) -> Table {
    let all = || records.iter();
    let mut columns = vec![
        integers("ranks", all().map(|r| r.step.at.ranks.into())),
        integers("threads", all().map(|r| r.step.at.threads.into())),
        integers("repeat", all().map(|r| r.step.repeat.into())),
        texts("sizes", all().map(|r| r.sizes.clone())),
        floats("seconds", all().map(|r| r.seconds)),
        floats("launch_seconds", all().map(|r| r.launch_seconds)),
        texts("exit", all().map(|r| r.exit.clone())),
        texts("digest", all().map(|r| r.digest.clone())),
        floats("began_unix_seconds", all().map(|r| r.began)),
    ];
    columns.extend(parts(all().map(|r| r.parts.as_ref())));
    Table { columns }
}

/// A line a configuration.
pub fn scaling(summaries: &[Summary]) -> Table {
    let all = || summaries.iter();
    let mut columns = vec![
        integers("ranks", all().map(|s| s.at.ranks.into())),
        integers("threads", all().map(|s| s.at.threads.into())),
        integers("cores", all().map(|s| s.at.cores())),
        texts("sizes", all().map(|s| s.sizes.clone())),
        integers("runs", all().map(|s| s.seconds.count as u64)),
        integers("failed", all().map(|s| s.failed as u64)),
        floats("median_seconds", all().map(|s| s.seconds.median)),
        floats("low_seconds", all().map(|s| s.seconds.low)),
        floats("high_seconds", all().map(|s| s.seconds.high)),
        floats("coverage", all().map(|s| s.seconds.coverage)),
        floats("min_seconds", all().map(|s| s.seconds.min)),
        floats("max_seconds", all().map(|s| s.seconds.max)),
        floats("speedup", all().map(|s| s.speedup.value)),
        floats("speedup_low", all().map(|s| s.speedup.low)),
        floats("speedup_high", all().map(|s| s.speedup.high)),
        floats("efficiency", all().map(|s| s.efficiency.value)),
        floats("efficiency_low", all().map(|s| s.efficiency.low)),
        floats("efficiency_high", all().map(|s| s.efficiency.high)),
        floats(
            "karp_flatt",
            all().map(|s| s.karp_flatt.unwrap_or(f64::NAN)),
        ),
    ];
    columns.extend(parts(
        all().map(|s| s.parts.as_ref().map(|(parts, _)| parts)),
    ));
    Table { columns }
}

/// A line a parameter; one without a parameter for a model that was not fitted.
pub fn fits(fits: &[Fit]) -> Table {
    let mut rows: Vec<(&Fit, Option<&Parameter>, f64)> = Vec::new();
    for fit in fits {
        match &fit.outcome {
            Ok(fitted) => {
                rows.extend(
                    fitted
                        .parameters
                        .iter()
                        .map(|p| (fit, Some(p), fitted.deviation)),
                );
            }
            Err(_) => rows.push((fit, None, f64::NAN)),
        }
    }
    let all = || rows.iter();
    let remark = |fit: &Fit| match &fit.outcome {
        Ok(fitted) => fitted.remark.unwrap_or("").to_owned(),
        Err(reason) => reason.clone(),
    };
    Table {
        columns: vec![
            texts("model", all().map(|(fit, ..)| fit.model.into())),
            texts(
                "parameter",
                all().map(|(_, p, _)| p.map_or(String::new(), |p| p.name.into())),
            ),
            floats(
                "value",
                all().map(|(_, p, _)| p.map_or(f64::NAN, |p| p.value)),
            ),
            floats(
                "standard_error",
                all().map(|(_, p, _)| p.map_or(f64::NAN, |p| p.error)),
            ),
            floats(
                "relative_deviation",
                all().map(|(_, _, deviation)| *deviation),
            ),
            texts("formula", all().map(|(fit, ..)| fit.formula.into())),
            texts("source", all().map(|(fit, ..)| fit.source.into())),
            texts("remark", all().map(|(fit, ..)| remark(fit))),
        ],
    }
}

fn parts<'a>(rows: impl Iterator<Item = Option<&'a Parts>> + Clone) -> Vec<Column> {
    let names = NAMES.iter().enumerate();
    names
        .map(|(i, name)| {
            let cell = |parts: Option<&Parts>| parts.and_then(|p| p.get(i)).copied();
            let cells = rows.clone().map(|parts| cell(parts).unwrap_or(f64::NAN));
            floats(&format!("{name}_core_seconds"), cells)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::log::record::columns;
    use super::super::super::log::record::tests::record;
    use super::*;

    #[test]
    fn runs_have_the_columns_and_cells_of_their_file() {
        let mut run = record(4, 2, 1.5);
        run.parts = Some([0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        let table = runs(std::slice::from_ref(&run));
        let names: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, columns());
        let cells: Vec<String> = table.columns.iter().map(|c| c.cells.text(0)).collect();
        assert_eq!(cells, run.fields());
    }
}
