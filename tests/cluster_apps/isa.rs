//! Instruction sets: what forces one, and what self-tests say.

#[cfg(feature = "mpi")]
use crate::support::launcher::launcher_for;
use crate::{AUTO_DIFF, CALLBACK, DYNAMIC_NCPUS, PARTIAL_SUM, REVERSE_MD5, SWEEP, solo};
use grange::isa::{self, Isa};

/// Programs with kernels.
const TESTED: [&str; 5] = [PARTIAL_SUM, CALLBACK, DYNAMIC_NCPUS, AUTO_DIFF, REVERSE_MD5];

/// A line for that set.
fn line(isa: Isa) -> String {
    let best = if isa == Isa::best() {
        ", the best of this processor"
    } else {
        ""
    };
    format!("self-test with {isa}{best}: all ")
}

#[test]
fn self_tests_tell_each_instruction_set() {
    for program in TESTED {
        let outcome = solo(program, "--self-test").finish().ok();
        let lines: Vec<&str> = outcome.stdout.lines().collect();
        assert_eq!(lines.len(), isa::available().count(), "{outcome}");
        for (told, isa) in lines.iter().zip(isa::available()) {
            let right = told.starts_with(&line(isa)) && told.ends_with(" answers are right");
            assert!(right, "{outcome}");
        }
    }
}

#[test]
fn what_is_forced_is_what_is_tested() {
    for isa in isa::available() {
        let run = solo(PARTIAL_SUM, "--self-test").env("GRANGE_ISA", isa.name());
        let outcome = run.finish().ok();
        assert_eq!(outcome.stdout.lines().count(), 1, "{outcome}");
        assert!(outcome.stdout.starts_with(&line(isa)), "{outcome}");
    }
}

#[test]
fn what_is_no_instruction_set_is_refused() {
    for (program, args) in [
        (PARTIAL_SUM, ""),
        (PARTIAL_SUM, "--self-test"),
        (AUTO_DIFF, "--batch --pp"),
        (SWEEP, "--list x=1:2:1"),
    ] {
        for bad in ["sse9", "512", "portable,avx2"] {
            let outcome = solo(program, args)
                .env("GRANGE_ISA", bad)
                .finish()
                .with_code(2);
            let says = format!(
                "GRANGE_ISA: '{bad}' is no instruction set; there is portable, avx2, avx512"
            );
            let errors = outcome.errors();
            assert!(errors.len() == 1 && errors[0].contains(&says), "{outcome}");
            assert_eq!(outcome.stdout, "", "{outcome}");
        }
    }
    for missing in Isa::ALL.into_iter().filter(|isa| !isa.is_available()) {
        let run = solo(PARTIAL_SUM, "").env("GRANGE_ISA", missing.name());
        let outcome = run.finish().with_code(2);
        assert!(
            outcome
                .stderr
                .contains(&format!("this processor has no {missing}")),
            "{outcome}"
        );
    }
    // As if it were not set.
    solo(PARTIAL_SUM, "").env("GRANGE_ISA", "").finish().ok();
}

#[cfg(feature = "mpi")]
#[test]
fn on_ranks() {
    let Some(launcher) = launcher_for(PARTIAL_SUM, "isa::on_ranks") else {
        return;
    };
    let alone = solo(PARTIAL_SUM, "--self-test").finish().ok().stdout;
    let outcome = launcher
        .run(2, PARTIAL_SUM)
        .arg("--self-test")
        .finish()
        .ok();
    assert_eq!(outcome.stdout, alone, "{outcome}");
    let run = launcher.run(2, PARTIAL_SUM).env("GRANGE_ISA", "sse9");
    let outcome = run.finish().with_code(2);
    assert_eq!(
        outcome
            .stderr
            .matches("'sse9' is no instruction set")
            .count(),
        1,
        "{outcome}"
    );
}
