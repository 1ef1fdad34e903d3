//! The integer, or string, that has a given MD5 digest.

mod candidates;
mod charset;
mod digests;
mod kernel;
mod many;

use candidates::Candidates;
use clap::Parser;
use grange::cli::{self, Common, Report, SelfTest, number};
use grange::{Error, Pool, isa};
use kernel::known::KNOWN;
use kernel::{Digest, Path, Searcher, Space, Targets};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Finds the integer from START to below END whose decimal digits have the MD5 digest DIGEST, by
/// trying all; or the string, with --mask or --charset; or those of all digests in a file.
///
///   reverse_md5                                             the digest of 1829182
///   reverse_md5 e555b4bebba1fe0d42a2cc1a6f24e36b --end 1e9
///   mpirun -n 16 reverse_md5 DIGEST --end 1e12              on 16 ranks, which all stop at the hit
///   reverse_md5 DIGEST --mask '?u?l?l?l?d?d'                strings like Abcd12
///   reverse_md5 DIGEST --mask '?1?1?1?1-?d' -1 '?lxyz_'     with a set of one's own
///   reverse_md5 DIGEST --charset '?l?d' --length 1..7       all strings of letters and digits
///   reverse_md5 --digests FILE --mask '?a?a?a?a?a'          one digest a line; # begins a comment
///
/// The first candidate that has the digest is told: of numbers the smallest; of strings the
/// shortest and, of these, the first where the first character changes fastest, in the order of its
/// set: aa, ba, ca. Strings have up to 16 bytes; what is not printable ASCII is told as $HEX[...].
///
/// The digests of a file are told in its order, each once, when all are found or all was tried.
///
/// Exit code 0 when it is found, or all are, 1 when not.
#[derive(Parser)]
#[command(name = "reverse_md5", version, verbatim_doc_comment)]
struct Args {
    /// 32 hexadecimal digits
    #[arg(value_name = "DIGEST", default_value_t = Digest::of_decimal(1_829_182), conflicts_with = "digests")]
    digest: Digest,

    /// The first integer to try
    #[arg(long, value_parser = number::integer, default_value = "1", allow_hyphen_values = true)]
    start: u128,

    /// One past the last integer to try
    #[arg(long, value_parser = number::integer, default_value = "2000000", allow_hyphen_values = true)]
    end: u128,

    /// Search for all digests in that file, one a line, at once
    #[arg(long, value_name = "FILE")]
    digests: Option<PathBuf>,

    #[command(flatten)]
    candidates: Candidates,

    #[command(flatten)]
    self_test: SelfTest,

    #[command(flatten)]
    common: Common,
}

fn main() -> ExitCode {
    cli::main_tested(|args: &Args| (&args.common, args.self_test), &KNOWN, search)
}

fn search(pool: &Pool, args: &Args) -> Result<bool, Error> {
    let (start, end) = (args.start, args.end);
    if start > end {
        return Err(Error::Usage(format!(
            "--start {start} is greater than --end {end}"
        )));
    }
    let (space, window) = match args.candidates.space()? {
        Some(strings) => {
            let count = strings.count();
            (strings, (0, count))
        }
        None => (Space::Decimal, (start, end)),
    };
    let space = Arc::new(space);
    let mut report = Report::new(pool, "reverse_md5", &args.common);
    let (digests, found) = match &args.digests {
        Some(path) => {
            let digests = digests::read(pool, path)?;
            let found = many::search(pool, &space, &digests, window)?;
            (digests, found)
        }
        None => {
            let found = search_for_one(pool, &space, args.digest, window)?;
            (vec![args.digest], vec![found])
        }
    };
    for (digest, &found) in digests.iter().zip(&found) {
        tell(&mut report, &space, *digest, found)?;
    }
    report.finish()?;
    Ok(found.iter().all(Option::is_some))
}

/// The number of the first candidate from `start` to before `end` that has the digest.
fn search_for_one(
    pool: &Pool,
    space: &Arc<Space>,
    digest: Digest,
    (start, end): (u128, u128),
) -> Result<Option<u128>, Error> {
    let targets = Arc::new(Targets::new(vec![digest]));
    let path = Path::of(isa::current());
    let (mut from, mut found) = (start, None);
    // Nearly always in one call.
    while found.is_none() {
        let to = end.min(from.saturating_add(kernel::MOST));
        let work = pool.range(from..to).name("search for the digest");
        let work = match to.checked_sub(1) {
            Some(last) if !pool.has_grain() => work.grain(kernel::grain(from, last)),
            _ => work,
        };
        found = work
            .map_init(|| Searcher::over(Arc::clone(space), Arc::clone(&targets), path))
            .find_first_in(|searcher, items| {
                let window = items.range()?;
                searcher.find(*window.start(), *window.end(), || items.is_stopped())
            })?;
        from = to;
        if from == end {
            break;
        }
    }
    Ok(found)
}

/// The result for one digest.
fn tell(
    report: &mut Report<'_>,
    space: &Space,
    digest: Digest,
    found: Option<u128>,
) -> Result<(), Error> {
    let text = found.map(|index| printable(&space.text(index)));
    let line = match &text {
        Some(text) => format!("Reverse md5 for {digest} is {text}"),
        None => format!("Reverse md5 for {digest} has not been found"),
    };
    let value: Value = match space {
        Space::Decimal => json!(found),
        Space::Strings(_) => json!(text),
    };
    report.result(&line, json!({"digest": digest.to_string(), "found": value}))
}

/// A text, or its bytes as hashcat writes them where they could not be read, or would be taken for such.
fn printable(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(plain)
            if text.iter().all(|byte| (b' '..=b'~').contains(byte))
                && !plain.starts_with("$HEX[") =>
        {
            plain.to_owned()
        }
        _ => {
            let digits: String = text.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("$HEX[{digits}]")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_printable_is_told_in_hex() {
        assert_eq!(printable(b"a b~"), "a b~");
        assert_eq!(printable("é".as_bytes()), "$HEX[c3a9]");
        assert_eq!(printable(b"a\n"), "$HEX[610a]");
        assert_eq!(printable(b"$HEX[61]"), "$HEX[244845585b36315d]");
    }
}
