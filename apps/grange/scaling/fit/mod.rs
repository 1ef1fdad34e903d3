//! Models of how time depends on the number of cores, fitted to the medians.
//!
//! Every model here is linear in its coefficients once time is written in the right way, so that no iteration is
//! needed. All configurations with the same number of cores are points of the same weight.

mod amdahl;
mod gustafson;
mod least_squares;
mod usl;

use super::mode::Mode;
use least_squares::Solution;

/// A measured configuration: cores and the median time.
pub type Point = (f64, f64);

/// A parameter of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name in a file.
    pub name: &'static str,
    /// Its symbol.
    pub symbol: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// As the points have it.
    pub value: f64,
    /// Standard error.
    pub error: f64,
    /// Whether the curve's shape depends on it, and not only its height.
    pub is_shape: bool,
}

/// A model that was fitted.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// With their values.
    pub parameters: Vec<Parameter>,
    /// Root mean square of the relative deviations of the points from the model.
    pub deviation: f64,
    /// How many.
    pub points: usize,
    /// What to note about the values.
    pub remark: Option<&'static str>,
    coefficients: Vec<f64>,
    time: fn(&[f64], f64) -> f64,
}

impl Fitted {
    /// The time on so many cores, by the model.
    pub fn time(&self, cores: f64) -> f64 {
        (self.time)(&self.coefficients, cores)
    }
}

/// A model, and what became of it.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Its name.
    pub model: &'static str,
    /// The same for a legend.
    pub short: &'static str,
    /// In terms of its parameters.
    pub formula: &'static str,
    /// Who proposed it.
    pub source: &'static str,
    /// The parameters, or why there are none.
    pub outcome: Result<Fitted, String>,
}

/// How a model is written so that it is linear.
struct Model {
    name: &'static str,
    short: &'static str,
    formula: &'static str,
    source: &'static str,
    unknowns: usize,
    /// What is fitted, from cores and time.
    observed: fn(Point) -> f64,
    /// What the coefficients stand before, for so many cores.
    row: fn(f64) -> Vec<f64>,
    /// The time, from coefficients and cores.
    time: fn(&[f64], f64) -> f64,
    parameters: fn(&Solution) -> (Vec<Parameter>, Option<&'static str>),
}

/// Fits the models for strong or for weak scaling.
pub fn all(mode: Mode, points: &[Point]) -> Vec<Fit> {
    let models = match mode {
        Mode::Strong => [amdahl::MODEL, usl::STRONG],
        Mode::Weak => [gustafson::MODEL, usl::WEAK],
    };
    models.iter().map(|model| fit(model, points)).collect()
}

fn fit(model: &Model, points: &[Point]) -> Fit {
    let outcome = |outcome| Fit {
        model: model.name,
        short: model.short,
        formula: model.formula,
        source: model.source,
        outcome,
    };
    let mut cores: Vec<u64> = points.iter().map(|(cores, _)| *cores as u64).collect();
    cores.sort_unstable();
    cores.dedup();
    let needed = model.unknowns + 1;
    if cores.len() < needed {
        return outcome(Err(format!(
            "not fitted: it takes {needed} numbers of cores or more, and there are {}",
            cores.len()
        )));
    }
    let rows: Vec<Vec<f64>> = points
        .iter()
        .map(|(cores, _)| (model.row)(*cores))
        .collect();
    let observed: Vec<f64> = points.iter().copied().map(model.observed).collect();
    let Some(solution) = least_squares::solve(&rows, &observed) else {
        return outcome(Err("not fitted: the points do not determine it".into()));
    };
    let (parameters, remark) = (model.parameters)(&solution);
    if parameters
        .iter()
        .any(|parameter| !parameter.value.is_finite())
    {
        return outcome(Err("not fitted: the points do not determine it".into()));
    }
    outcome(Ok(Fitted {
        parameters,
        deviation: solution.deviation,
        points: points.len(),
        remark,
        coefficients: solution.coefficients,
        time: model.time,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(time: impl Fn(f64) -> f64) -> Vec<Point> {
        [1.0, 2.0, 4.0, 8.0, 16.0].map(|p| (p, time(p))).to_vec()
    }

    #[track_caller]
    fn check(fit: &Fit, known: &[(&str, f64)]) {
        let fitted = fit.outcome.as_ref().expect("it can be fitted");
        for (name, is) in known {
            let parameter = fitted.parameters.iter().find(|p| p.name == *name);
            let parameter = parameter.expect("the model has it");
            assert!(
                (parameter.value - is).abs() < 1e-9 * is.abs().max(1.0),
                "{parameter:?}"
            );
            assert!(parameter.error < 1e-9, "{parameter:?}");
        }
        assert!(fitted.deviation < 1e-12);
    }

    #[test]
    fn data_from_a_model_give_its_parameters_back() {
        let points = times(|p| 20.0 * (0.05 + 0.95 / p));
        check(&all(Mode::Strong, &points)[0], &[("s", 0.05), ("T1", 20.0)]);
        let (lambda, sigma, kappa) = (0.25, 0.03, 0.0004);
        let load = |p: f64| 1.0 + sigma * (p - 1.0) + kappa * p * (p - 1.0);
        let parameters = [
            ("sigma", sigma),
            ("kappa", kappa),
            ("lambda", lambda),
            ("p_max", (0.97f64 / kappa).sqrt()),
        ];
        let points = times(|p| load(p) / (lambda * p));
        check(&all(Mode::Strong, &points)[1], &parameters);
        let points = times(|p| load(p) / lambda);
        check(&all(Mode::Weak, &points)[1], &parameters);
        // S = p - s (p - 1), and S = p T1 / T.
        let points = times(|p| p * 10.0 / (p - 0.1 * (p - 1.0)));
        check(&all(Mode::Weak, &points)[0], &[("s", 0.1), ("T1", 10.0)]);
    }

    #[test]
    fn a_fit_gives_the_times_back() {
        let time = |p: f64| 7.0 * (0.2 + 0.8 / p);
        let points = times(time);
        for fit in all(Mode::Strong, &points) {
            // Amdahl's law is the case of no coherency in the other.
            let fitted = fit.outcome.expect("it can be fitted");
            for p in [1.0, 3.0, 16.0, 100.0] {
                assert!(
                    (fitted.time(p) / time(p) - 1.0).abs() < 1e-9,
                    "{}",
                    fit.model
                );
            }
        }
    }

    #[test]
    fn scatter_gives_errors_that_hold_the_truth() {
        // Fixed deviations of 1 %, up and down.
        let signs = [1.0, -1.0, 1.0, -1.0, 1.0];
        let points: Vec<Point> = times(|p| 20.0 * (0.1 + 0.9 / p))
            .into_iter()
            .zip(signs)
            .map(|((p, t), sign)| (p, t * (1.0 + 0.01 * sign)))
            .collect();
        let fit = &all(Mode::Strong, &points)[0];
        let fitted = fit.outcome.as_ref().unwrap();
        let s = &fitted.parameters[0];
        let error = s.error;
        assert!(error > 1e-4 && error < 0.02, "{error}");
        assert!((s.value - 0.1).abs() < 3.0 * error, "{s:?}");
        assert!((0.005..0.02).contains(&fitted.deviation));
    }

    #[test]
    fn too_few_points_are_not_fitted() {
        let points = [(1.0, 10.0), (2.0, 5.5), (2.0, 5.6), (4.0, 3.0)];
        let fits = all(Mode::Strong, &points);
        assert!(fits[0].outcome.is_ok());
        let told = fits[1].outcome.as_ref().unwrap_err();
        assert_eq!(
            told,
            "not fitted: it takes 4 numbers of cores or more, and there are 3"
        );
        assert!(
            all(Mode::Weak, &points[..3])
                .iter()
                .all(|fit| fit.outcome.is_err())
        );
    }

    #[test]
    fn superlinear_times_are_remarked_on() {
        let points = times(|p| 10.0 / p.powf(1.2));
        let fitted = all(Mode::Strong, &points)[0].outcome.clone().unwrap();
        assert!(fitted.parameters[0].value < 0.0);
        assert!(fitted.remark.unwrap().contains("negative"));
    }
}
