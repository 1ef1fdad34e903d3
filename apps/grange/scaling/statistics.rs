//! The median of a few measurements, and how far it can be trusted.

/// What an interval should cover.
const WANTED: f64 = 0.95;

/// Measurements of one thing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// The middle one, or the mean of the middle two.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// An interval for the true median: from this order statistic
    pub low: f64,
    /// to this one.
    pub high: f64,
    /// The share of such intervals that hold the true median, whatever the distribution. Below 95 % where there
    /// are fewer than six measurements, since not even their ends reach further.
    pub coverage: f64,
}

impl Spread {
    /// Of these; `None` of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let count = values.len();
        let middle = [values.get((count - 1) / 2), values.get(count / 2)];
        let median = middle.into_iter().flatten().sum::<f64>() / 2.0;
        let (cut, coverage) = interval(count);
        Some(Spread {
            count,
            median,
            min,
            max,
            low: values.get(cut).copied().unwrap_or(min),
            high: values.get(count - 1 - cut).copied().unwrap_or(max),
            coverage,
        })
    }
}

/// How many measurements to leave out at each end so that the rest still spans the median with [`WANTED`]
/// probability, and that probability. Each lies below the true median with probability 1/2, so their number is
/// binomial.
fn interval(count: usize) -> (usize, f64) {
    // The probability that exactly `k` lie below, and that no more than `k` do.
    let mut exactly = 0.5f64.powi(i32::try_from(count).unwrap_or(i32::MAX));
    let mut below = exactly;
    let mut cut = 0;
    let mut coverage = 1.0 - 2.0 * below;
    while 2 * (cut + 1) < count {
        exactly *= (count - cut) as f64 / (cut + 1) as f64;
        below += exactly;
        if 1.0 - 2.0 * below < WANTED {
            break;
        }
        cut += 1;
        coverage = 1.0 - 2.0 * below;
    }
    (cut, coverage.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_few() {
        assert_eq!(Spread::of(&[]), None);
        let one = Spread::of(&[3.0]).unwrap();
        assert_eq!((one.median, one.low, one.high), (3.0, 3.0, 3.0));
        assert_eq!(one.coverage, 0.0);
        let five = Spread::of(&[5.0, 1.0, 4.0, 2.0, 9.0]).unwrap();
        assert_eq!((five.count, five.median), (5, 4.0));
        assert_eq!(
            (five.min, five.low, five.high, five.max),
            (1.0, 1.0, 9.0, 9.0)
        );
        assert_eq!(five.coverage, 0.9375);
        assert_eq!(Spread::of(&[4.0, 1.0, 2.0, 9.0]).unwrap().median, 3.0);
    }

    /// As tables of the sign test have them: for n measurements, the how many-th from each end, and the coverage.
    #[test]
    fn intervals_are_those_of_the_sign_test() {
        for (count, nth, coverage) in [
            (6, 1, 0.9688),
            (8, 1, 0.9922),
            (9, 2, 0.9609),
            (10, 2, 0.9785),
            (15, 4, 0.9648),
            (20, 6, 0.9586),
            (25, 8, 0.9567),
        ] {
            let (cut, covers) = interval(count);
            assert_eq!(cut + 1, nth, "{count}");
            assert!((covers - coverage).abs() < 5e-5, "{count}: {covers}");
        }
        // The ends of 10 values, the second from each side.
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let spread = Spread::of(&values).unwrap();
        assert_eq!((spread.low, spread.high), (2.0, 9.0));
    }
}
