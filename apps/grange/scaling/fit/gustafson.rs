//! Gustafson's law: of the time on p cores a share, `s`, is serial and does not grow with the problem.
//!
//! J. L. Gustafson, Reevaluating Amdahl's law, Communications of the ACM 31 (1988), 532-533.
//!
//! The scaled speed-up is S(p) = p T1 / T(p) = p - s (p - 1), so that 1 / T(p) = ((1 - s) + s / p) / T1 = a + b / p,
//! with s = b / (a + b) and T1 = 1 / (a + b).

use super::least_squares::Solution;
use super::{Model, Parameter};

pub const MODEL: Model = Model {
    name: "Gustafson's law",
    short: "Gustafson",
    formula: "S(p) = p - s (p - 1), S = p T1 / T(p)",
    source: "Gustafson 1988",
    unknowns: 2,
    observed: |(_, time)| 1.0 / time,
    row: |cores| vec![1.0, 1.0 / cores],
    time: |coefficients, cores| match coefficients {
        [a, b] => 1.0 / (a + b / cores),
        _ => f64::NAN,
    },
    parameters,
};

fn parameters(solution: &Solution) -> (Vec<Parameter>, Option<&'static str>) {
    let [a, b] = solution.coefficients[..] else {
        return (Vec::new(), None);
    };
    let sum = a + b;
    let s = b / sum;
    let squared = sum * sum;
    let parameters = vec![
        Parameter {
            name: "s",
            symbol: "s",
            meaning: "serial fraction of the time",
            value: s,
            error: solution.error(&[-b / squared, a / squared]),
            is_shape: true,
        },
        Parameter {
            name: "T1",
            symbol: "T1",
            meaning: "time on one core, s",
            value: 1.0 / sum,
            error: solution.error(&[-1.0 / squared, -1.0 / squared]),
            is_shape: false,
        },
    ];
    let remark = (s < 0.0).then_some(
        "the serial fraction is negative: larger problems take less time a core than that of one core",
    );
    (parameters, remark)
}
