//! Programs whose times follow a law give its parameters back.

use super::{ENV, Place, table};

/// Writes a report with a time that `awk` computes from `p`, `n` (the last argument) and what it says.
fn program(time: &str) -> String {
    format!(
        r#"[ "$1" = --report ] || exit 9
for last; do :; done
awk -v r="$RANKS" -v p="$((RANKS * THREADS))" -v n="$last" 'BEGIN {{
    T = {time}
    printf "{{\"format\": \"grange report\", \"version\": 1, \"wall_seconds\": %.15g, \"ranks\": %d, \"threads\": %d,", T, r, p
    printf "\"core_seconds\": {{\"startup\": 0, \"useful\": %.15g, \"overhead\": 0, \"waiting\": 0, \"tail\": %.15g,", p*T*0.75, p*T*0.25
    printf "\"gather\": 0, \"serial\": 0, \"shutdown\": 0}}, \"results\": [\"%s\"]}}\n", n
}}' >"$2""#
    )
}

impl Place {
    /// A script that takes `--report`.
    fn model(&self, time: &str) -> String {
        let path = self.script(&program(time));
        let text = self.text("program");
        let asks = "case $1 in --help) echo '  --report <FILE>'; exit;; --version) echo model 1; exit;; esac";
        let (first, rest) = text.split_once('\n').expect("a first line");
        let (_, rest) = rest.split_once('\n').expect("a second line");
        std::fs::write(&path, format!("{first}\n{asks}\n{rest}")).expect("a file");
        path
    }
}

#[track_caller]
fn check(place: &Place, known: &[(&str, &str, f64)]) {
    let fits = table(&place.text("out/fits.csv"));
    let (models, names) = (fits.column("model"), fits.column("parameter"));
    let (values, errors) = (fits.numbers("value"), fits.numbers("standard_error"));
    for (model, name, value) in known {
        let at = (0..models.len()).find(|&i| models[i].contains(model) && names[i] == *name);
        let at = at.unwrap_or_else(|| panic!("no {name} of {model}"));
        assert!(
            (values[at] / value - 1.0).abs() < 1e-6,
            "{name}: {}",
            values[at]
        );
        assert!(errors[at] < 1e-6 * value, "{name}: {}", errors[at]);
    }
}

#[test]
fn amdahls_law_and_that_of_gunther() {
    let place = Place::new();
    let program = place.model("40 * (1 + 0.02 * (p - 1) + 0.0005 * p * (p - 1)) / p");
    let options = [
        "--ranks",
        "1,2,4,8",
        "--threads",
        "1,2",
        "--repeat",
        "2",
        "--launch",
        ENV,
    ];
    let outcome = place.study(&options, &program, &["7"]).finish().ok();
    let gunther = [
        ("Scalability", "sigma", 0.02),
        ("Scalability", "kappa", 0.0005),
        ("Scalability", "lambda", 0.025),
        ("Scalability", "p_max", (0.98f64 / 0.0005).sqrt()),
    ];
    check(&place, &gunther);
    assert!(
        outcome.stdout.contains("all 16 runs gave the same bits"),
        "{outcome}"
    );
    let scaling = table(&place.text("out/scaling.csv"));
    assert_eq!(
        scaling.column("cores"),
        ["1", "2", "2", "4", "4", "8", "8", "16"]
    );
    let (times, parts) = (
        scaling.numbers("median_seconds"),
        scaling.numbers("tail_core_seconds"),
    );
    for (i, cores) in scaling.numbers("cores").into_iter().enumerate() {
        assert!((parts[i] - 0.25 * cores * times[i]).abs() < 1e-9);
        let speedup = scaling.numbers("speedup")[i];
        assert!((speedup - times[0] / times[i]).abs() < 1e-12);
        assert!((scaling.numbers("efficiency")[i] - speedup / cores).abs() < 1e-12);
    }

    let place = Place::new();
    let program = place.model("8 * (0.1 + 0.9 / p)");
    let options = ["--ranks", "1,2,4,8", "--repeat", "1", "--launch", ENV];
    place.study(&options, &program, &["7"]).finish().ok();
    check(&place, &[("Amdahl", "s", 0.1), ("Amdahl", "T1", 8.0)]);
    // By Amdahl's law the serial fraction after Karp and Flatt is that of the law.
    let scaling = table(&place.text("out/scaling.csv"));
    let fractions = scaling.column("karp_flatt");
    assert_eq!(fractions[0], "");
    for fraction in &fractions[1..] {
        let fraction: f64 = fraction.parse().expect("a number");
        assert!((fraction - 0.1).abs() < 1e-9, "{fraction}");
    }
}

#[test]
fn gustafsons_law() {
    let place = Place::new();
    // The time of n, which is exact far beyond a float, on p: as scaled speed-up has it.
    let program = place.model("(n - 9007199254740992) / (p - 0.05 * (p - 1))");
    let options = [
        "--weak",
        "--scale",
        "N=2^53+100*p",
        "--ranks",
        "1,2,4,8",
        "--repeat",
        "1",
        "--launch",
        ENV,
    ];
    let outcome = place
        .study(&options, &program, &["--size", "{N}"])
        .finish()
        .ok();
    check(
        &place,
        &[("Gustafson", "s", 0.05), ("Gustafson", "T1", 100.0)],
    );
    let runs = table(&place.text("out/runs.csv"));
    assert_eq!(
        runs.column("sizes"),
        [
            "N=9007199254741092",
            "N=9007199254741192",
            "N=9007199254741392",
            "N=9007199254741792"
        ]
    );
    // Each size has its result.
    assert!(
        outcome.stdout.contains("same bits, for each of 4 sizes"),
        "{outcome}"
    );
    let weak = table(&place.text("out/scaling.csv"));
    let times = weak.numbers("median_seconds");
    let efficiency = weak.numbers("efficiency")[2];
    assert!((efficiency - times[0] / times[2]).abs() < 1e-12);
}

#[test]
fn a_report_of_another_run_is_no_report() {
    for (time, says) in [
        ("-1", "wall_seconds"),
        ("8; r = 9", "it ran on 9 rank(s)"),
        ("8; exit", "its report is not usable"),
    ] {
        let place = Place::new();
        let program = place.model(time);
        let options = ["--ranks", "2", "--repeat", "1", "--launch", ENV];
        let outcome = place.study(&options, &program, &[]).finish().with_code(3);
        let errors = outcome.errors();
        assert!(errors.len() == 1 && errors[0].contains(says), "{outcome}");
    }
}
