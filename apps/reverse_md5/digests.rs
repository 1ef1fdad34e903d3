//! A file of digests.

use crate::kernel::Digest;
use grange::{Error, Pool};
use std::collections::HashSet;
use std::path::Path;

/// The digests of the file, each once, in order, on every rank. Rank 0 reads it.
pub fn read(pool: &Pool, path: &Path) -> Result<Vec<Digest>, Error> {
    pool.root(|| {
        let text = std::fs::read(path)
            .map_err(|e| Error::Usage(format!("--digests {}: {e}", path.display())))?;
        parse(&String::from_utf8_lossy(&text))
            .map_err(|problem| Error::Usage(format!("--digests {}{problem}", path.display())))
    })
}

/// One digest a line; what follows a # is a comment, and blank lines mean nothing.
fn parse(text: &str) -> Result<Vec<Digest>, String> {
    let (mut digests, mut known) = (Vec::new(), HashSet::new());
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let digest: Digest = line.parse().map_err(|e| format!(", line {number}: {e}"))?;
        if known.insert(digest) {
            digests.push(digest);
        }
    }
    match digests.is_empty() {
        true => Err(": there is no digest in it; one a line is expected".into()),
        false => Ok(digests),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_digests_comments_or_blank() {
        let (a, b) = (Digest::of_decimal(1), Digest::of_decimal(2));
        let upper = b.to_string().to_uppercase();
        let text = format!("# two\r\n\n  {a}  # the first\r\n{upper}\n{b}\n{a}");
        assert_eq!(parse(&text), Ok(vec![a, b]));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let good = Digest::of_decimal(1);
        let error = parse(&format!("{good}\n\n{good}0\n")).expect_err("33 digits");
        assert!(
            error.starts_with(", line 3: the digest has 33 digits"),
            "{error}"
        );
        for empty in ["", "\n\n", "# none\n"] {
            assert!(parse(empty).expect_err("none").contains("no digest"));
        }
    }
}
