//! The Universal Scalability Law: throughput with contention, sigma, and coherency, kappa.
//!
//! N. J. Gunther, Guerrilla Capacity Planning, Springer 2007, chapters 4 to 6.
//!
//! X(p) = lambda p / (1 + sigma (p - 1) + kappa p (p - 1)), where X is work done a second. Then p / X(p) is
//! a + b (p - 1) + c p (p - 1), with lambda = 1 / a, sigma = b / a and kappa = c / a. The unit of work is the
//! whole problem in strong scaling (X = 1 / T), and that of one core in weak scaling (X = p / T).

use super::least_squares::Solution;
use super::{Model, Parameter};

const FORMULA: &str = "X(p) = lambda p / (1 + sigma (p - 1) + kappa p (p - 1))";

/// X = 1 / T.
pub const STRONG: Model = Model {
    name: "Universal Scalability Law",
    short: "USL",
    formula: FORMULA,
    source: "Gunther 2007",
    unknowns: 3,
    observed: |(cores, time)| cores * time,
    row,
    time: |coefficients, cores| load(coefficients, cores) / cores,
    parameters,
};

/// X = p / T.
pub const WEAK: Model = Model {
    observed: |(_, time)| time,
    time: load,
    ..STRONG
};

fn row(cores: f64) -> Vec<f64> {
    vec![1.0, cores - 1.0, cores * (cores - 1.0)]
}

/// p / X(p).
fn load(coefficients: &[f64], cores: f64) -> f64 {
    coefficients
        .iter()
        .zip(row(cores))
        .map(|(c, x)| c * x)
        .sum()
}

fn parameters(solution: &Solution) -> (Vec<Parameter>, Option<&'static str>) {
    let [a, b, c] = solution.coefficients[..] else {
        return (Vec::new(), None);
    };
    let (sigma, kappa, lambda) = (b / a, c / a, 1.0 / a);
    let sigma_error = solution.error(&[-b / (a * a), 1.0 / a, 0.0]);
    let kappa_error = solution.error(&[-c / (a * a), 0.0, 1.0 / a]);
    let mut parameters = vec![
        Parameter {
            name: "sigma",
            symbol: "σ",
            meaning: "contention: waiting for what only one can use at a time",
            value: sigma,
            error: sigma_error,
            is_shape: true,
        },
        Parameter {
            name: "kappa",
            symbol: "κ",
            meaning: "coherency: each telling each other",
            value: kappa,
            error: kappa_error,
            is_shape: true,
        },
        Parameter {
            name: "lambda",
            symbol: "λ",
            meaning: "throughput of one core, 1/s",
            value: lambda,
            error: solution.error(&[-1.0 / (a * a), 0.0, 0.0]),
            is_shape: false,
        },
    ];
    // Where it may as well be zero, there is no such number of cores.
    if kappa > kappa_error && sigma < 1.0 {
        // p_max^2 = (1 - sigma) / kappa = (a - b) / c.
        let most = ((1.0 - sigma) / kappa).sqrt();
        let slope = [1.0 / c, -1.0 / c, -(a - b) / (c * c)].map(|d| d / (2.0 * most));
        parameters.push(Parameter {
            name: "p_max",
            symbol: "p_max",
            meaning: "cores beyond which throughput falls",
            value: most,
            error: solution.error(&slope),
            is_shape: false,
        });
    }
    let negative = sigma < -sigma_error || kappa < -kappa_error;
    let remark = negative.then_some(
        "a negative parameter has no meaning in this law: it does not describe these times",
    );
    (parameters, remark)
}
