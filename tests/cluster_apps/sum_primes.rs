//! Sums of primes: known ones, windows, and the ends of the range.

use crate::json::report;
use crate::{SUM_PRIMES, prime, solo};
use serde_json::{Value, json};

/// The sum of the primes below 10^k (OEIS A046731), from k = 0.
const BELOW_POWERS_OF_TEN: [u128; 12] = [
    0,
    17,
    1_060,
    76_127,
    5_736_396,
    454_396_537,
    37_550_402_023,
    3_203_324_994_356,
    279_209_790_387_276,
    24_739_512_092_254_535,
    2_220_822_432_581_729_238,
    201_467_077_743_744_681_014,
];

/// The sums that one command prints, as numbers.
fn sums(args: &str) -> Vec<u128> {
    let outcome = solo(SUM_PRIMES, &format!("--json --quiet {args}"))
        .finish()
        .ok();
    let results: Vec<Value> =
        serde_json::from_str(&report(&outcome).results).expect("results are a list");
    let sum = |result: &Value| result["sum"].as_str().and_then(|text| text.parse().ok());
    results
        .iter()
        .map(|result| sum(result).unwrap_or_else(|| panic!("{outcome}")))
        .collect()
}

#[test]
fn known_sums_in_one_command() {
    let long = std::env::var_os("GRANGE_LONG").is_some();
    let count = if long {
        BELOW_POWERS_OF_TEN.len()
    } else {
        BELOW_POWERS_OF_TEN.len() - 1
    };
    let numbers: Vec<String> = (0..count).map(|k| format!("1e{k}")).collect();
    assert_eq!(sums(&numbers.join(" ")), BELOW_POWERS_OF_TEN[..count]);
}

#[test]
fn text() {
    let outcome = solo(SUM_PRIMES, "100").finish().ok();
    assert_eq!(outcome.stdout, "Sum of primes below 100 is 1060\n");
    let outcome = solo(SUM_PRIMES, "10 1_000 2^4").finish().ok();
    let expected = "Sum of primes below 10 is 17\nSum of primes below 1000 is 76127\nSum of primes below 16 is 41\n";
    assert_eq!(outcome.stdout, expected);
    let outcome = solo(SUM_PRIMES, "--from 90 100").finish().ok();
    assert_eq!(outcome.stdout, "Sum of primes from 90 to below 100 is 97\n");
    let outcome = solo(SUM_PRIMES, "").finish().ok();
    assert_eq!(
        outcome.stdout,
        "Sum of primes below 1000000000 is 24739512092254535\n"
    );
}

#[test]
fn json_has_the_sum_as_text() {
    let outcome = solo(SUM_PRIMES, "--json --threads 1 100").finish().ok();
    let report = report(&outcome);
    assert_eq!(report.program, "sum_primes");
    assert_eq!(
        report.results,
        json!([{"n": 100, "sum": "1060"}]).to_string()
    );
    assert_eq!((report.ranks, report.threads), (1, 1));
}

#[test]
fn small_numbers_one_by_one() {
    let numbers: Vec<u64> = (0..300).collect();
    let args: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let expected: Vec<u128> = numbers
        .iter()
        .map(|&n| if n == 0 { 0 } else { prime::sum(0, n - 1) })
        .collect();
    assert_eq!(sums(&args.join(" ")), expected);
}

#[test]
fn windows_add_up() {
    // Around multiples of the wheel's 30, of words, of squares of primes, and a fair way apart.
    let cuts = [
        0u64,
        1,
        2,
        3,
        29,
        30,
        31,
        49,
        120,
        121,
        122,
        65_536,
        1_000_003,
        16_777_216,
        99_999_989,
        100_000_000,
    ];
    let parts = cuts
        .windows(2)
        .map(|cut| sums(&format!("--from {} {}", cut[0], cut[1]))[0]);
    assert_eq!(parts.sum::<u128>(), BELOW_POWERS_OF_TEN[8]);
    // Several ends of one start.
    let ends = sums("--from 1e12 1e12 1000000000100 1000001000000 1000002000000");
    assert_eq!(ends[0], 0);
    let rest = sums("--from 1000001000000 1000002000000")[0];
    assert_eq!(ends[2] + rest, ends[3]);
}

#[test]
fn windows_anywhere() {
    for first in [
        1 << 32,
        999_999_999_989,
        10u64.pow(15),
        1 << 53,
        1 << 61,
        (1 << 63) - 5_000,
    ] {
        let last = first + 10_000;
        let sum = sums(&format!("--from {first} {}", last + 1))[0];
        assert_eq!(sum, prime::sum(first, last), "from {first}");
    }
}

#[test]
fn the_end_of_the_range() {
    // The last windows there are; the primes that sieve them go up to 2^32, which takes a while.
    let first = 18_446_744_073_708_551_616u64;
    let ends = sums(&format!(
        "--from {first} 18446744073709551600 18446744073709551615 2^64"
    ));
    assert_eq!(ends[2], prime::sum(first, u64::MAX));
    // None of the last 16 is prime.
    assert_eq!(ends[..2], [ends[2]; 2]);
    assert_eq!(sums("--from 2^64 2^64"), [0]);
    assert_eq!(
        sums("--from 18446744073709551557 2^64"),
        [18_446_744_073_709_551_557]
    );
}

/// Far beyond what a sieve does in a test (OEIS A046731).
#[test]
fn combinatorial_sums() {
    let to_1e11 = sums("--method combinatorial 0 1 2 3 1e1 1e2 1e3 1e6 1e9 1e10 1e11");
    let [below_1e6, below_1e9] = [BELOW_POWERS_OF_TEN[6], BELOW_POWERS_OF_TEN[9]];
    let expected = [0, 0, 0, 2, 17, 1060, 76_127, below_1e6, below_1e9];
    assert_eq!(to_1e11[..9], expected);
    assert_eq!(to_1e11[9..], BELOW_POWERS_OF_TEN[10..]);
    let far = sums("--method combinatorial 1e12 --threads 1");
    assert_eq!(far, [18_435_588_552_550_705_911_377]);
    // The sum of what `primesieve 1e12 1000010000000 --print` prints.
    let window = sums("--method combinatorial --from 1e12 1000010000001");
    assert_eq!(window, [361_727_809_140_324_132]);
}

#[test]
fn verified_sums() {
    for args in [
        "0 1 2 100 1e7",
        "--from 1e10 10001000000",
        "--jobs",
        "--threads 1 --jobs 1e6 5",
    ] {
        let plain = solo(SUM_PRIMES, args).finish().ok().stdout;
        let verified = solo(SUM_PRIMES, args).arg("--verify").finish().ok();
        assert_eq!(verified.stdout, plain, "{args}");
    }
}

#[test]
fn what_the_combinatorial_method_does_not_take() {
    for (args, says) in [
        (
            "--method combinatorial 1e16 10000000000000001",
            "up to 10000000000000000 (1e16), not 10000000000000001",
        ),
        ("--verify 2e16", "--verify takes numbers up to"),
        (
            "--verify --method combinatorial 100",
            "makes no sense with --method combinatorial",
        ),
        (
            "--jobs --method combinatorial 100",
            "--jobs are sums by the sieve",
        ),
        ("--method guess 100", "guess"),
    ] {
        let outcome = solo(SUM_PRIMES, args).finish().with_code(2);
        assert!(outcome.stdout.is_empty(), "{outcome}");
        let errors = outcome.errors();
        assert!(errors.len() == 1 && errors[0].contains(says), "{outcome}");
    }
}

#[test]
fn known_answers() {
    let outcome = solo(SUM_PRIMES, "--self-test").finish().ok();
    assert!(
        outcome.stdout.contains("all 3 answers are right"),
        "{outcome}"
    );
}
