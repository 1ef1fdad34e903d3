//! The built-in model: a weight on a spring, with friction.
//!
//! `m x'' + c x' + k x = 0`, by the classical Runge-Kutta method of fourth order in steps of equal length. Only
//! additions, multiplications and divisions: the same bits on every machine. The energy falls where there is
//! friction; with `c` at `2 sqrt(k m)` the weight just fails to swing past its rest; a `dt` too long for the
//! stiffness makes the method diverge, and the row fails.

use crate::row::{Cell, Outcome};
use grange::Error;
use grange::params::Value;

/// Name, value where it is not given, unit.
const PARAMETERS: [(&str, f64, &str); 7] = [
    ("m", 1.0, "kg"),
    ("k", 1.0, "N/m"),
    ("c", 0.1, "kg/s"),
    ("x0", 1.0, "m"),
    ("v0", 0.0, "m/s"),
    ("t", 10.0, "s"),
    ("dt", 1e-3, "s"),
];

/// More would take minutes.
const MOST_STEPS: f64 = 1e10;

/// Which parameter each column is.
pub struct Model {
    places: Vec<usize>,
}

impl Model {
    pub fn new(names: &[&str]) -> Result<Self, Error> {
        let place = |name: &&str| {
            let known = PARAMETERS.iter().position(|(known, ..)| known == name);
            known.ok_or_else(|| {
                let known = PARAMETERS.map(|(known, ..)| known).join(", ");
                Error::Usage(format!(
                    "the built-in model has no parameter '{name}', only {known}; --command runs a program of your own"
                ))
            })
        };
        Ok(Model {
            places: names.iter().map(place).collect::<Result<_, _>>()?,
        })
    }

    pub fn unit(name: &str) -> &'static str {
        let known = PARAMETERS.iter().find(|(known, ..)| *known == name);
        known.map_or("", |(_, _, unit)| unit)
    }

    pub fn run(&self, values: &[Value]) -> Outcome {
        match self.compute(values) {
            Ok(results) => Outcome {
                cells: results
                    .map(Cell::Float)
                    .into_iter()
                    .chain([Cell::Text(String::new())])
                    .collect(),
                failure: None,
            },
            Err(problem) => Outcome {
                cells: vec![
                    Cell::Empty,
                    Cell::Empty,
                    Cell::Empty,
                    Cell::Text(problem.clone()),
                ],
                failure: Some(problem),
            },
        }
    }

    /// Position, speed and energy in the end.
    fn compute(&self, values: &[Value]) -> Result<[f64; 3], String> {
        let mut all = PARAMETERS.map(|(_, default, _)| default);
        for (&place, value) in self.places.iter().zip(values) {
            let name = PARAMETERS[place].0;
            let number = value
                .to_f64()
                .ok_or_else(|| format!("{name} is '{value}', which is not a number"))?;
            if !number.is_finite() {
                return Err(format!("{name} is {value}, which is not finite"));
            }
            all[place] = number;
        }
        let [m, k, c, x0, v0, t, dt] = all;
        for (name, number) in [("m", m), ("dt", dt)] {
            if number <= 0.0 {
                return Err(format!("{name} is {number}, which is not above 0"));
            }
        }
        for (name, number) in [("k", k), ("c", c), ("t", t)] {
            if number < 0.0 {
                return Err(format!("{name} is {number}, which is below 0"));
            }
        }
        let steps = (t / dt).ceil();
        if steps > MOST_STEPS {
            return Err(format!(
                "{steps:e} steps of dt are more than {MOST_STEPS:e}"
            ));
        }
        let (x, v) = swing([m, k, c], [x0, v0], t, steps as u64);
        let energy = (m * v * v + k * x * x) / 2.0;
        if !energy.is_finite() {
            return Err(format!("diverged: dt = {dt} is too long a step"));
        }
        Ok([x, v, energy])
    }
}

/// Position and speed after `t` in so many steps.
fn swing([m, k, c]: [f64; 3], [mut x, mut v]: [f64; 2], t: f64, steps: u64) -> (f64, f64) {
    let h = t / steps.max(1) as f64;
    let force = |x: f64, v: f64| -(c * v + k * x) / m;
    for _ in 0..steps {
        let (x1, v1) = (v, force(x, v));
        let (x2, v2) = (v + h / 2.0 * v1, force(x + h / 2.0 * x1, v + h / 2.0 * v1));
        let (x3, v3) = (v + h / 2.0 * v2, force(x + h / 2.0 * x2, v + h / 2.0 * v2));
        let (x4, v4) = (v + h * v3, force(x + h * x3, v + h * v3));
        x += h / 6.0 * (x1 + 2.0 * (x2 + x3) + x4);
        v += h / 6.0 * (v1 + 2.0 * (v2 + v3) + v4);
    }
    (x, v)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(names: &[&str], values: &[&str]) -> Result<[f64; 3], String> {
        let values: Vec<Value> = values.iter().map(|&text| text.into()).collect();
        Model::new(names).expect("known names").compute(&values)
    }

    #[test]
    fn as_in_the_textbook() {
        for (m, k, c) in [
            (1.0, 1.0, 0.1),
            (2.0, 8.0, 0.0),
            (0.5, 3.0, 1.0),
            (1.0, 0.25, 0.9),
        ] {
            let texts = [m, k, c].map(|n: f64| n.to_string());
            let [x, v, energy] = run(&["m", "k", "c"], &texts.each_ref().map(|t| &**t)).unwrap();
            // x = e^(-d t) (cos w t + d/w sin w t), which starts at 1 with speed 0.
            let (d, t) = (c / (2.0 * m), 10.0);
            let w = (k / m - d * d).sqrt();
            let fall = (-d * t).exp();
            let exact = fall * ((w * t).cos() + d / w * (w * t).sin());
            let speed = -fall * (w + d * d / w) * (w * t).sin();
            assert!((x - exact).abs() < 1e-9, "{x} for {exact}");
            assert!((v - speed).abs() < 1e-9, "{v} for {speed}");
            let sum = (m * speed * speed + k * exact * exact) / 2.0;
            assert!((energy - sum).abs() < 1e-8, "{energy} for {sum}");
        }
        assert_eq!(run(&["t"], &["0"]), Ok([1.0, 0.0, 0.5]));
        assert_eq!(
            run(&["k", "v0", "c", "t"], &["0", "2", "0", "4"]).map(|r| r[1]),
            Ok(2.0)
        );
    }

    #[test]
    fn what_it_cannot_compute() {
        for (name, value, says) in [
            ("m", "0", "m is 0, which is not above 0"),
            ("k", "-1", "k is -1, which is below 0"),
            ("c", "soft", "c is 'soft', which is not a number"),
            ("c", "", "c is '', which is not a number"),
            ("x0", "nan", "x0 is nan, which is not finite"),
            ("v0", "1e400", "v0 is 1e400, which is not finite"),
            ("dt", "1e-300", "steps of dt are more than"),
            ("k", "1e9", "diverged: dt = 0.001 is too long a step"),
        ] {
            let told = run(&[name], &[value]).unwrap_err();
            assert!(told.contains(says), "{told}");
        }
        let unknown = Model::new(&["k", "q"]).map(|_| ()).unwrap_err().to_string();
        assert!(
            unknown.contains("no parameter 'q', only m, k, c, x0, v0, t, dt;"),
            "{unknown}"
        );
    }
}
