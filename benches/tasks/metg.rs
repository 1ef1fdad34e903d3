//! METG: the minimum effective task granularity.

/// The smallest task whose efficiency reaches `level`, between the last size that misses it and the next.
/// `curve`: sizes, ascending from 0 for the empty task, with their efficiencies.
pub fn crossing(curve: &[(f64, f64)], level: f64) -> Option<f64> {
    let above = curve.iter().rposition(|&(_, e)| e < level)? + 1;
    let ((x0, e0), (x1, e1)) = (curve[above - 1], *curve.get(above)?);
    // With an overhead of o a task, e = x/(x + o): e/(1 - e) is linear in x.
    let odds = |e: f64| e / (1.0 - e.min(0.9999));
    Some(x0 + (x1 - x0) * (odds(level) - odds(e0)) / (odds(e1) - odds(e0)))
}
