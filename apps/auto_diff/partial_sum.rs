//! The series, for numbers of any kind.

use num_dual::DualNum;

/// Partial sums of the series of ln(1 + u).
pub struct PartialSum {
    /// One past the last power.
    end: u64,
}

impl PartialSum {
    /// Sums up to below the power `end`.
    pub fn new(end: u64) -> Self {
        PartialSum { end }
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
        for power in (1..self.end).rev() {
            let sign = if power % 2 == 1 { 1.0 } else { -1.0 };
            sum = sum * u + sign / power as f64;
        }
        sum * u
    }
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
