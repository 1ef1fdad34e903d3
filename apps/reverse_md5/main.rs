//! The integer whose decimal digits have a given MD5 digest.

mod kernel;

use clap::Parser;
use grange::cli::{self, Common, Report, SelfTest, number};
use grange::{Error, Pool};
use kernel::known::KNOWN;
use kernel::{Digest, Searcher};
use serde_json::json;
use std::process::ExitCode;

/// Finds the integer from START to below END whose decimal digits have the MD5 digest DIGEST, by trying all.
///
///   reverse_md5                                             the digest of 1829182
///   reverse_md5 e555b4bebba1fe0d42a2cc1a6f24e36b --end 1e9
///   mpirun -n 16 reverse_md5 DIGEST --end 1e12              on 16 ranks, which all stop at the hit
///
/// Exit code 0 when it is found, 1 when not.
#[derive(Parser)]
#[command(name = "reverse_md5", version, verbatim_doc_comment)]
struct Args {
    /// 32 hexadecimal digits
    #[arg(value_name = "DIGEST", default_value_t = Digest::of_decimal(1_829_182), allow_negative_numbers = true)]
    digest: Digest,

    /// The first integer to try
    #[arg(long, value_parser = number::integer, default_value = "1", allow_hyphen_values = true)]
    start: u128,

    /// One past the last integer to try
    #[arg(long, value_parser = number::integer, default_value = "2000000", allow_hyphen_values = true)]
    end: u128,

    #[command(flatten)]
    self_test: SelfTest,

    #[command(flatten)]
    common: Common,
}

fn main() -> ExitCode {
    cli::main_tested(|args: &Args| (&args.common, args.self_test), &KNOWN, search)
}

fn search(pool: &Pool, args: &Args) -> Result<bool, Error> {
    let (start, end, digest) = (args.start, args.end, args.digest);
    if start > end {
        return Err(Error::Usage(format!(
            "--start {start} is greater than --end {end}"
        )));
    }
    let mut report = Report::new(pool, "reverse_md5", &args.common);
    let work = pool.range(start..end).name("search for the digest");
    let work = match end.checked_sub(1) {
        Some(last) if !pool.has_grain() => work.grain(kernel::grain(start, last)),
        _ => work,
    };
    let found = work
        .map_init(|| Searcher::new(digest))
        .find_first_in(|searcher, items| {
            let window = items.range()?;
            searcher.find(*window.start(), *window.end(), || items.is_stopped())
        })?;
    let line = match found {
        Some(n) => format!("Reverse md5 for {digest} is {n}"),
        None => format!("Reverse md5 for {digest} has not been found"),
    };
    report.result(&line, json!({"digest": digest.to_string(), "found": found}))?;
    report.finish()?;
    Ok(found.is_some())
}
