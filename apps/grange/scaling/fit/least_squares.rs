//! Weighted linear least squares with few unknowns.

use nalgebra::{DMatrix, DVector};

/// Coefficients with what is known of their errors.
#[derive(Clone, Debug)]
pub struct Solution {
    /// One for each column.
    pub coefficients: Vec<f64>,
    /// Their covariance, from the scatter of the points about the fit.
    pub covariance: DMatrix<f64>,
    /// Root mean square of the points' relative deviations from the fit, for as many degrees of freedom as
    /// there are.
    pub deviation: f64,
}

/// Fits `y = rows * coefficients`, where relative deviations count, since times scatter in proportion to
/// themselves. By a QR decomposition of columns of the same length: powers of large numbers are no trouble.
///
/// `None` where the points do not determine the coefficients and leave at least one degree of freedom.
pub fn solve(rows: &[Vec<f64>], y: &[f64]) -> Option<Solution> {
    let unknowns = rows.first()?.len();
    let freedom = rows.len().checked_sub(unknowns).filter(|&n| n > 0)?;
    let weighted = |i: usize, j: usize| {
        let value = rows.get(i).and_then(|row| row.get(j));
        value.copied().unwrap_or(f64::NAN) / y.get(i).copied().unwrap_or(f64::NAN)
    };
    let mut matrix = DMatrix::from_fn(rows.len(), unknowns, weighted);
    let lengths: Vec<f64> = matrix.column_iter().map(|column| column.norm()).collect();
    for (mut column, length) in matrix.column_iter_mut().zip(&lengths) {
        column /= *length;
    }
    let right = DVector::from_element(rows.len(), 1.0);
    let decomposed = matrix.clone().qr();
    let triangle = decomposed.r();
    // Columns of length 1: a small diagonal element is one that the others nearly make up.
    let degenerate = |x: &f64| !x.is_finite() || x.abs() < 1e-10;
    if triangle.diagonal().iter().any(degenerate) {
        return None;
    }
    let scaled = triangle.solve_upper_triangular(&(decomposed.q().transpose() * &right))?;
    let residual = &right - matrix * &scaled;
    let variance = residual.norm_squared() / freedom as f64;
    let inverse = triangle.solve_upper_triangular(&DMatrix::identity(unknowns, unknowns))?;
    let mut covariance = &inverse * inverse.transpose() * variance;
    let mut coefficients = scaled.as_slice().to_vec();
    for (i, length) in lengths.iter().enumerate() {
        if let Some(coefficient) = coefficients.get_mut(i) {
            *coefficient /= length;
        }
        covariance.row_mut(i).scale_mut(1.0 / length);
        covariance.column_mut(i).scale_mut(1.0 / length);
    }
    Some(Solution {
        coefficients,
        covariance,
        deviation: variance.sqrt(),
    })
}

impl Solution {
    /// The standard error of a function of the coefficients with this gradient, to first order.
    pub fn error(&self, gradient: &[f64]) -> f64 {
        let gradient = DVector::from_row_slice(gradient);
        let variance = (gradient.transpose() * &self.covariance * &gradient).sum();
        variance.max(0.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_by_hand() {
        // Through (1, 1), (1, 3): with weights 1/y^2 the level c minimizes (c - 1)^2 + (c/3 - 1)^2, so that
        // c = (1 + 1/3) / (1 + 1/9) = 1.2; what is left is 0.2^2 + 0.6^2 = 0.4, for one degree of freedom.
        let solution = solve(&[vec![1.0], vec![1.0]], &[1.0, 3.0]).unwrap();
        assert!((solution.coefficients[0] - 1.2).abs() < 1e-14);
        assert!((solution.deviation - 0.4f64.sqrt()).abs() < 1e-14);
        // The variance of c: 0.4 / (1 + 1/9).
        assert!((solution.error(&[1.0]) - 0.36f64.sqrt()).abs() < 1e-14);
        assert!((solution.error(&[-2.0]) - 1.2).abs() < 1e-14);
    }

    #[test]
    fn columns_of_very_different_size() {
        let row = |p: f64| vec![1.0, p - 1.0, p * (p - 1.0)];
        let rows: Vec<Vec<f64>> = [1.0, 1e2, 1e4, 1e5, 1e6].into_iter().map(row).collect();
        let y: Vec<f64> = rows
            .iter()
            .map(|r| 3.0 * r[0] + 1e-3 * r[1] + 1e-9 * r[2])
            .collect();
        let found = solve(&rows, &y).unwrap().coefficients;
        for (found, is) in found.iter().zip([3.0, 1e-3, 1e-9]) {
            assert!((found / is - 1.0).abs() < 1e-6, "{found} {is}");
        }
    }

    #[test]
    fn what_the_points_do_not_tell() {
        assert!(solve(&[], &[]).is_none());
        assert!(solve(&[vec![1.0, 2.0]], &[1.0]).is_none());
        // No degree of freedom.
        assert!(solve(&[vec![1.0, 1.0], vec![1.0, 2.0]], &[1.0, 2.0]).is_none());
        // The same place three times.
        let same = vec![vec![1.0, 2.0]; 3];
        assert!(solve(&same, &[1.0, 1.1, 0.9]).is_none());
    }
}
