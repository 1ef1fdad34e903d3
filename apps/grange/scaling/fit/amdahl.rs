//! Amdahl's law: a share of the work, `s`, gains nothing from more cores.
//!
//! G. M. Amdahl, Validity of the single processor approach to achieving large scale computing capabilities, AFIPS
//! Spring Joint Computer Conference 1967, 483-485.
//!
//! T(p) = T1 (s + (1 - s) / p) = a + b / p, with s = a / (a + b) and T1 = a + b.

use super::least_squares::Solution;
use super::{Model, Parameter};

pub const MODEL: Model = Model {
    name: "Amdahl's law",
    short: "Amdahl",
    formula: "T(p) = T1 (s + (1 - s) / p)",
    source: "Amdahl 1967",
    unknowns: 2,
    observed: |(_, time)| time,
    row: |cores| vec![1.0, 1.0 / cores],
    time: |coefficients, cores| match coefficients {
        [a, b] => a + b / cores,
        _ => f64::NAN,
    },
    parameters,
};

fn parameters(solution: &Solution) -> (Vec<Parameter>, Option<&'static str>) {
    let [a, b] = solution.coefficients[..] else {
        return (Vec::new(), None);
    };
    let sum = a + b;
    let s = a / sum;
    let parameters = vec![
        Parameter {
            name: "s",
            symbol: "s",
            meaning: "serial fraction",
            value: s,
            error: solution.error(&[b / (sum * sum), -a / (sum * sum)]),
            is_shape: true,
        },
        Parameter {
            name: "T1",
            symbol: "T1",
            meaning: "time on one core, s",
            value: sum,
            error: solution.error(&[1.0, 1.0]),
            is_shape: false,
        },
    ];
    let remark = match s {
        ..0.0 => Some(
            "the serial fraction is negative: more cores gain more than their share, as when data fit into their \
             caches",
        ),
        1.0.. => Some("the serial fraction is above 1: more cores take longer than one"),
        _ => None,
    };
    (parameters, remark)
}
