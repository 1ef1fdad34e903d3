//! Known answers, for `--self-test`.

use super::{Digest, Path, Searcher};
use grange::isa::{Isa, Known};

/// Numbers whose digests any MD5 tool gives.
pub const KNOWN: [Known; 3] = [
    Known::new("1829182 among those to 2e6", |isa| {
        finds(
            isa,
            "48ae4d2d384dcc470e471f4169daa96a",
            (1, 2_000_000),
            Some(1_829_182),
        )
    }),
    Known::new("the last of ten digits", |isa| {
        finds(
            isa,
            "e0ec043b3f9e198ec09041687e4d4e8d",
            (9_999_000_000, 10_000_000_000),
            Some(9_999_999_999),
        )
    }),
    Known::new("one of twenty digits, in a window just before it", |isa| {
        finds(
            isa,
            "fd85e62d9beb45428771ec688418b271",
            (12_345_678_901_234_000_000, 12_345_678_901_234_567_889),
            None,
        )
    }),
];

fn finds(isa: Isa, digest: &str, window: (u128, u128), right: Option<u128>) -> Result<(), String> {
    let digest: Digest = digest.parse().map_err(|e| format!("{e}"))?;
    let found = Searcher::with_path(digest, Path::of(isa)).find(window.0, window.1, || false);
    match found == right {
        true => Ok(()),
        false => Err(format!("{found:?} instead of {right:?}")),
    }
}
