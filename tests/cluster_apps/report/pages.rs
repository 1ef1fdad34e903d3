//! What stands on a page.

use super::sample::{self, LARGE, SMALL};
use super::{page_of, written};
use crate::support::temp::Temp;
use serde_json::json;
use std::fs;

#[test]
fn a_page_of_one_run() {
    let dir = Temp::new();
    let file = written(dir.path(), "run.json", &sample::report(SMALL));
    let outcome = page_of([&file]).finish().ok();
    let page = dir.path().join("run.html");
    assert_eq!(outcome.stdout, format!("{}\n", page.display()), "{outcome}");
    assert!(outcome.stderr.is_empty(), "{outcome}");
    let html = fs::read_to_string(&page).unwrap();
    for part in [
        "<title>sum_primes 1e10 'a b'</title>",
        "2\u{a0}ranks",
        "81.8\u{a0}%",
        "13.7\u{a0}%",
        "a smaller --grain would help",
        "rank 1 thread 1",
        "call 1",
        "checkpoint",
        "node0",
        "2220822432581729238",
        "Open MPI v4.1.4",
        "adaptive",
        "2026-11-22 04:00:00 UTC",
        "sum of &lt;primes&gt;",
    ] {
        assert!(html.contains(part), "'{part}' in {html}");
    }
    // Four figures, of which none is empty; nothing is fetched, nothing runs.
    assert_eq!(html.matches("<svg").count(), 4);
    assert!(!html.contains("no data") && !html.contains("NaN"));
    assert!(!html.contains("<script") && !html.contains("src="));
}

#[test]
fn a_thousand_ranks_are_a_page_of_bounded_size() {
    let dir = Temp::new();
    let mut report = sample::report(LARGE);
    report["lost"] = json!([517]);
    let file = written(dir.path(), "large.json", &report);
    page_of([&file]).finish().ok();
    let html = fs::read_to_string(dir.path().join("large.html")).unwrap();
    // A table of all ranks, and figures of some.
    assert!(html.contains("24 of 1000 ranks") && html.contains("all 1000 ranks"));
    assert!(html.len() < 2_000_000, "{}", html.len());
    // The one that is slow, and the one that was lost.
    for rank in [0, 517, 999] {
        assert!(html.contains(&format!("rank {rank} thread 1")), "{rank}");
    }
    assert!(html.contains("Lost on the way: rank 517"));
}

#[test]
fn what_went_wrong_comes_first() {
    let dir = Temp::new();
    let mut report = sample::report(SMALL);
    report["exit_code"] = json!(3);
    report["outcome"] = json!("<b>rank 1</b> panicked");
    report["results"] = json!([]);
    report["calls"] = json!([]);
    report["spans"]["rows"] = json!([]);
    report["events"]["rows"] = json!([]);
    report["per_rank"] = json!([]);
    report["largest_loss"] = json!(null);
    report["efficiency"]["parallel"] = json!(null);
    report["grain_seconds"] =
        json!({"count": 0, "p50": null, "p99": null, "longest": null, "histogram": []});
    let file = written(dir.path(), "run.json", &report);
    page_of([&file]).finish().ok();
    let html = fs::read_to_string(dir.path().join("run.html")).unwrap();
    let told = "exit code 3: &lt;b&gt;rank 1&lt;/b&gt; panicked";
    assert!(html.contains(told) && !html.contains("<b>"), "{html}");
    assert!(!html.contains("NaN"), "{html}");
}

#[test]
fn parts_that_do_not_add_up_are_told() {
    let dir = Temp::new();
    let mut report = sample::report(SMALL);
    report["core_seconds"]["useful"] = json!(1.0);
    let file = written(dir.path(), "run.json", &report);
    page_of([&file]).finish().ok();
    let html = fs::read_to_string(dir.path().join("run.html")).unwrap();
    assert!(html.contains("some of the report is missing"));
}

#[test]
fn several_are_compared() {
    let dir = Temp::new();
    let one = sample::report(SMALL);
    let mut two = one.clone();
    two["wall_seconds"] = json!(one["wall_seconds"].as_f64().unwrap() / 2.0);
    let mut three = one.clone();
    three["results"] = json!([{"sum": "1"}]);
    three["arguments"] = json!(["1e11"]);
    let names = ["one.json", "two.json", "three.json"];
    let files: Vec<_> = names
        .iter()
        .zip([&one, &two, &three])
        .map(|(name, report)| written(dir.path(), name, report))
        .collect();
    let page = dir.path().join("all.html");
    let html = |files: &[std::path::PathBuf]| {
        let outcome = page_of(files).arg("--output").arg(&page).finish().ok();
        assert_eq!(outcome.stdout, format!("{}\n", page.display()));
        fs::read_to_string(&page).unwrap()
    };
    let same = html(&files[..2]);
    assert!(same.contains("2 runs of sum_primes"));
    assert!(same.contains("All 2 runs have the same results, bit for bit."));
    assert!(same.contains(">1.00\u{a0}\u{d7}<") && same.contains(">2.00\u{a0}\u{d7}<"));
    assert!(!same.contains("class=\"alert\""));
    let different = html(&files);
    assert!(different.contains("3 runs have 2 different results."));
    assert!(different.contains("not all runs of the same command"));
    assert!(different.contains("class=\"alert\"") && different.contains("different (no. 2)"));
}

#[test]
fn only_pages_of_its_own_are_replaced() {
    let dir = Temp::new();
    let file = written(dir.path(), "run.json", &sample::report(SMALL));
    let page = dir.path().join("run.html");
    page_of([&file]).finish().ok();
    page_of([&file]).finish().ok();
    fs::write(&page, "precious").unwrap();
    let refused = page_of([&file]).finish().with_code(2);
    assert!(refused.stderr.contains("--force"), "{refused}");
    assert_eq!(fs::read_to_string(&page).unwrap(), "precious");
    page_of([&file]).arg("--force").finish().ok();
    assert!(fs::read_to_string(&page).unwrap().contains("<svg"));
    // Never the report.
    let refused = page_of([&file]).arg("--force").arg("--output").arg(&file);
    refused.finish().with_code(2);
    assert!(fs::read_to_string(&file).unwrap().starts_with('{'));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}
