//! `--self-test`: a program's known answers on the machine at hand.

use super::{Common, main};
use crate::error::Error;
use crate::isa::{self, Isa, Known};
use crate::pool::{Pool, Verdict};
use clap::Parser;
use std::process::ExitCode;

/// The option of programs that have kernels.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct SelfTest {
    /// Compute known answers on each instruction set of this machine, or that of GRANGE_ISA, instead of
    /// anything else: exit code 7 when one comes out wrong
    #[arg(long, help_heading = "Running")]
    pub self_test: bool,
}

/// As [`main()`], for a program with kernels: with `--self-test` every rank checks the `known` answers on the
/// processor that it is on, instead of running `f`.
///
/// Each instruction set gets a line; one that gives a wrong answer ends the run with [`Error::SelfTest`], exit code
/// 7. `options` finds the [`Common`] options and [`SelfTest`] among the program's own.
///
/// ```no_run
/// use clap::Parser;
/// use grange::cli::{self, Common, SelfTest};
/// use grange::isa::Known;
/// use std::process::ExitCode;
///
/// #[derive(Parser)]
/// struct Args {
///     #[command(flatten)]
///     self_test: SelfTest,
///     #[command(flatten)]
///     common: Common,
/// }
///
/// const KNOWN: [Known; 1] = [Known::new("two and two", |_isa| match 2 + 2 {
///     4 => Ok(()),
///     sum => Err(format!("{sum} instead of 4")),
/// })];
///
/// fn main() -> ExitCode {
///     cli::main_tested(|args: &Args| (&args.common, args.self_test), &KNOWN, |pool, _| {
///         pool.print(format_args!("{}", 2 + 2))
///     })
/// }
/// ```
pub fn main_tested<A: Parser, V: Verdict>(
    options: impl Fn(&A) -> (&Common, SelfTest),
    known: &[Known],
    f: impl FnOnce(&Pool, &A) -> Result<V, Error>,
) -> ExitCode {
    main(
        |args: &A| options(args).0,
        |pool, args| match options(args).1.self_test {
            true => {
                tell(pool, &isa::check(known)?, known.len())?;
                Ok(Code(0))
            }
            false => f(pool, args).map(|verdict| Code(verdict.code())),
        },
    )
}

/// What either of them says.
struct Code(u8);

impl Verdict for Code {
    fn code(&self) -> u8 {
        self.0
    }
}

fn tell(pool: &Pool, sets: &[Isa], answers: usize) -> Result<(), Error> {
    for isa in sets {
        let best = if *isa == Isa::best() {
            ", the best of this processor"
        } else {
            ""
        };
        pool.print(format_args!(
            "self-test with {isa}{best}: all {answers} answers are right"
        ))?;
    }
    Ok(())
}
