//! Known answers, for `--self-test`.

use super::{Digest, Hit, Path, Searcher, Space, Strings, Targets};
use grange::isa::{Isa, Known};
use std::sync::Arc;

/// Numbers and strings whose digests any MD5 tool gives.
pub const KNOWN: [Known; 5] = [
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
    Known::new(
        "\"password\" among two million strings of eight letters",
        |isa| finds_around_password(isa, &["5f4dcc3b5aa765d61d8327deb882cf99"], &[(0, 0)]),
    ),
    Known::new("two of three digests there", |isa| {
        // "cvtjxord", a number, "password"
        let targets = [
            "616b8dda5a695f29415514b200e99638",
            "cfcd208495d565ef66e7dff9f98764da",
            "5f4dcc3b5aa765d61d8327deb882cf99",
        ];
        finds_around_password(isa, &targets, &[(0, 2), (300_001, 0)])
    }),
];

/// The number of "password" among strings of eight letters, the first of which changes fastest.
const PASSWORD: u128 = 29_523_720_007;

fn finds(isa: Isa, digest: &str, window: (u128, u128), right: Option<u128>) -> Result<(), String> {
    let digest: Digest = digest.parse().map_err(|e| format!("{e}"))?;
    let found = Searcher::with_path(digest, Path::of(isa)).find(window.0, window.1, || false);
    match found == right {
        true => Ok(()),
        false => Err(format!("{found:?} instead of {right:?}")),
    }
}

/// Whether of those digests just those are found: how far after "password", and which digest.
fn finds_around_password(isa: Isa, digests: &[&str], right: &[(u128, u32)]) -> Result<(), String> {
    let letters = Strings::new(vec![(b'a'..=b'z').collect(); 8]);
    let space = Space::Strings(vec![letters.ok_or("these can be counted")?]);
    let digests: Result<Vec<Digest>, _> = digests.iter().map(|digest| digest.parse()).collect();
    let targets = Targets::new(digests.map_err(|e| format!("{e}"))?);
    let mut searcher = Searcher::over(Arc::new(space), Arc::new(targets), Path::of(isa));
    let found = searcher.find_all(PASSWORD - 1_000_000, PASSWORD + 1_000_000, || false);
    let right = right.iter().map(|&(after, target)| Hit {
        index: PASSWORD + after,
        target,
    });
    match right.eq(found.iter().copied()) {
        true => Ok(()),
        false => Err(format!("{found:?}")),
    }
}
