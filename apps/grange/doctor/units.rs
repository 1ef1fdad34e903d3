//! Figures with units, for people.

/// A time with its sign.
pub fn signed(seconds: f64) -> String {
    let sign = if seconds < 0.0 { "-" } else { "+" };
    format!("{sign}{}", time(seconds.abs()))
}

/// A time of a few digits.
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s >= 1.0 => format!("{s:.1} s"),
        s if s >= 1e-3 => format!("{:.1} ms", s * 1e3),
        s => format!("{:.1} us", s * 1e6),
    }
}

/// Bytes a second.
pub fn rate(bytes: f64) -> String {
    match bytes {
        b if b >= 1e9 => format!("{:.1} GB/s", b / 1e9),
        b => format!("{:.0} MB/s", b / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_units() {
        assert_eq!(signed(-2.5), "-2.5 s");
        assert_eq!(signed(0.0005), "+500.0 us");
        assert_eq!(time(0.0021), "2.1 ms");
        assert_eq!(rate(1.25e10), "12.5 GB/s");
        assert_eq!(rate(118e6), "118 MB/s");
    }
}
