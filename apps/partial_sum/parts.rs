//! The series in parts, for programs that submit a job a part, and its sum as text.

use grange::Error;
use grange::cli::number;

/// The options of these programs.
#[derive(clap::Args)]
pub struct Series {
    /// One past the last x, up to 2^64
    #[arg(long, value_parser = end, default_value = "1e10", allow_hyphen_values = true)]
    end: u128,

    /// Jobs, of as many terms each as can be [default: 128, or one a term]
    #[arg(long, value_name = "N", value_parser = parts, allow_hyphen_values = true)]
    parts: Option<u64>,

    /// The sizes of Parallel Python's example
    #[arg(long, conflicts_with_all = ["end", "parts"])]
    pp: bool,
}

/// Jobs, if nothing is said of them.
const PARTS: u64 = 128;

fn end(text: &str) -> Result<u128, String> {
    number::bounded(text, 1, 1 << 64)
}

/// More parts than this are a mistake: each should be worth its job.
fn parts(text: &str) -> Result<u64, String> {
    number::bounded(text, 1, 1 << 20).map(|n| n as u64)
}

impl Series {
    /// The end and the number of parts; `pp` are those of the example.
    ///
    /// # Errors
    /// When more parts are asked for than there are terms.
    pub fn sizes(&self, pp: (u128, u64)) -> Result<(u128, u64), Error> {
        if self.pp {
            return Ok(pp);
        }
        let end = self.end;
        let terms = end - 1;
        let few = u64::try_from(terms).map_or(PARTS, |terms| terms.min(PARTS));
        let parts = self.parts.unwrap_or(few);
        if u128::from(parts) > terms {
            let text = format!("--parts {parts} is more than the number of terms, {terms}");
            return Err(Error::Usage(text));
        }
        Ok((end, parts))
    }
}

/// The first and the last x of each of `parts` parts of `1 <= x < end`. No part is empty, and none has two terms
/// more than another.
pub fn cut(end: u128, parts: u64) -> impl Iterator<Item = (u64, u64)> {
    // Below 2^64 times at most 2^20.
    let before = move |part: u64| (end - 1) * u128::from(part) / u128::from(parts);
    (0..parts).map(move |part| (before(part) as u64 + 1, before(part + 1) as u64))
}

/// The sum, and what it is off ln 2.
pub fn line(sum: f64) -> String {
    let diff = sum - std::f64::consts::LN_2;
    format!("Partial sum is {sum} | diff = {diff:e}")
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn parts_are_all_there_is_and_of_one_size() {
        for (end, parts) in [(2, 1), (8, 7), (1001, 64), (1 << 64, 1 << 20), (1 << 64, 7)] {
            let mut next = 1u128;
            let mut lengths = (u128::MAX, 0);
            for (first, last) in cut(end, parts) {
                assert_eq!(u128::from(first), next);
                next = u128::from(last) + 1;
                let length = next - u128::from(first);
                lengths = (lengths.0.min(length), lengths.1.max(length));
            }
            assert_eq!(next, end);
            assert!(lengths.0 >= 1 && lengths.1 - lengths.0 <= 1, "{lengths:?}");
        }
    }
}
