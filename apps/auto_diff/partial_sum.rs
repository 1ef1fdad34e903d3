//! The series, for numbers of any kind.

use num_dual::DualNum;

/// Powers whose coefficients are kept: a quarter of a megabyte, which second-level caches hold.
const KEPT: u64 = 1 << 15;

/// Partial sums of the series of ln(1 + u).
pub struct PartialSum {
    /// One past the last power.
    end: u64,
    /// Coefficients of the first powers, from 1. Those of higher ones are divisions each time, which take a little
    /// longer and no memory.
    first: Vec<f64>,
}

impl PartialSum {
    /// Sums up to below the power `end`.
    pub fn new(end: u64) -> Self {
        let first = (1..end.min(KEPT)).map(|power| sign(power) / power as f64);
        PartialSum {
            end,
            first: first.collect(),
        }
    }

    /// The truncated logarithm, which tends to ln x for 0 < x <= 2.
    pub fn t_log<D: DualNum<Primitive = f64> + Copy>(&self, x: D) -> D {
        self.partial_sum(x - 1.0)
    }

    /// u - u^2/2 + u^3/3 - u^4/4 + ...
    ///
    /// By Horner's rule, from the last term to the first: no power is ever computed, and small terms are added
    /// up before large ones. Only +, * and / of IEEE 754 appear, so every machine gives the same bits.
    pub fn partial_sum<D: DualNum<Primitive = f64> + Copy>(&self, u: D) -> D {
        let mut sum = D::from(0.0);
        // Below 2^53 a count in floats is exact, and is not converted for each term.
        let mut power = self.end as f64;
        let mut sign = sign(self.end);
        for _ in self.first.len() as u64 + 1..self.end {
            power -= 1.0;
            sign = -sign;
            sum = sum * u + sign / power;
        }
        for coefficient in self.first.iter().rev() {
            sum = sum * u + *coefficient;
        }
        sum * u
    }
}

/// The sign of the term of a power.
fn sign(power: u64) -> f64 {
    if power.is_multiple_of(2) { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_dual::first_derivative;

    #[test]
    fn few_terms_as_by_hand() {
        // u - u^2/2 + u^3/3 at u = 1/2, and 1 - u + u^2.
        let (value, slope) = first_derivative(|x| PartialSum::new(4).t_log(x), 1.5f64);
        assert!((value - (0.5 - 0.125 + 0.125 / 3.0)).abs() < 1e-16);
        assert!((slope - 0.75).abs() < 1e-15);
        assert_eq!(PartialSum::new(2).partial_sum(0.375), 0.375);
        assert_eq!(PartialSum::new(100).t_log(1.0), 0.0);
    }

    #[test]
    fn the_value_does_not_depend_on_the_derivative() {
        let series = PartialSum::new(1000);
        for x in [1.0f64, 1.25, 1.96875] {
            assert_eq!(first_derivative(|x| series.t_log(x), x).0, series.t_log(x));
        }
    }
}
