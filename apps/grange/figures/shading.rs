//! Spans of time as shades of pixels: the more of a pixel's time they take, the darker it is.

use super::timeline::Span;

/// Shades between nothing and all of a pixel's time.
pub const SHADES: usize = 4;

/// From 0 for nothing to [`SHADES`]; what is there at all is seen.
pub fn shade(share: f64) -> usize {
    ((share * SHADES as f64 - 0.05).ceil() as usize)
        .max(usize::from(share > 0.0))
        .min(SHADES)
}

/// The share of each column's time that spans take.
pub fn shares<'a>(spans: impl Iterator<Item = &'a Span>, end: f64, columns: usize) -> Vec<f64> {
    let mut shares = vec![0.0; columns];
    for span in spans {
        let scale = |time: f64| (time / end * columns as f64).clamp(0.0, columns as f64);
        let (from, to) = (scale(span.began), scale(span.ended));
        // Also false for what is no number.
        if !(to >= from && span.share > 0.0) {
            continue;
        }
        let weight = span.share.min(1.0);
        // A span too short for a float's digits, or of no time, is a speck.
        let last = (to.ceil() as usize).max(from as usize + 1).min(columns);
        for (column, share) in shares.iter_mut().enumerate().take(last).skip(from as usize) {
            let covered = to.min(column as f64 + 1.0) - from.max(column as f64);
            *share += covered.max(1e-6) * weight;
        }
    }
    shares
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn span(began: f64, ended: f64, share: f64) -> Span {
        Span {
            began,
            ended,
            share,
            kind: 0,
        }
    }

    #[test]
    fn columns_have_their_share() {
        let spans = [
            span(0.0, 1.5, 1.0),
            span(2.25, 2.75, 1.0),
            span(3.0, 4.0, 0.5),
        ];
        assert_eq!(shares(spans.iter(), 5.0, 5), [1.0, 0.5, 0.5, 0.5, 0.0]);
        let odd = [
            span(f64::NAN, 1.0, 1.0),
            span(2.0, 1.0, 1.0),
            span(-1.0, 0.0, 0.0),
            span(9.0, 99.0, 0.0),
        ];
        assert_eq!(shares(odd.iter(), 5.0, 2), [0.0, 0.0]);
        // Nothing that happened is invisible.
        let speck = shares([span(1.0, 1.0, 1.0)].iter(), 5.0, 5);
        assert!(shade(speck[1]) == 1 && shade(speck[0]) == 0);
    }

    #[test]
    fn shades() {
        let all: Vec<usize> = [0.0, 1e-6, 0.25, 0.3, 0.5, 0.76, 1.0, 1.1]
            .into_iter()
            .map(shade)
            .collect();
        assert_eq!(all, [0, 1, 1, 2, 2, 3, 4, 4]);
    }
}
