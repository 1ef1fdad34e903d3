//! Pages in a browser: nothing to complain about.

use super::sample::{self, LARGE, SMALL};
use super::{page_of, written};
use crate::support::outcome::Outcome;
use crate::support::run::Run;
use crate::support::temp::Temp;
use std::fs;
use std::path::Path;

/// A browser that runs without a screen.
fn chromium() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| {
            let test = format!("command -v {name}");
            Run::new("sh").args(["-c", &test]).finish().code() == Some(0)
        })
}

/// What it makes of a page, on standard output, and has to say, on standard error.
fn shown(browser: &str, profile: &Path, page: &Path) -> Outcome {
    Run::new(browser)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-breakpad",
        ])
        .args([
            "--enable-logging=stderr",
            "--window-size=400,800",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", page.display()))
        .finish()
        .ok()
}

#[test]
fn no_browser_complains() {
    let Some(browser) = chromium() else {
        // In continuous integration too: a browser is much to ask of a machine that computes.
        return eprintln!("SKIPPED: report::no_browser_complains: no Chromium on PATH");
    };
    let dir = Temp::new();
    let profile = dir.path().join("profile");
    // Complaints are heard.
    let bad = dir.path().join("bad.html");
    fs::write(
        &bad,
        "<script>console.error('so bad')</script><img src='none.png'>",
    )
    .unwrap();
    let heard = shown(browser, &profile, &bad);
    assert!(
        heard.stderr.contains("CONSOLE") && heard.stderr.contains("so bad"),
        "{heard}"
    );

    let small = written(dir.path(), "small.json", &sample::report(SMALL));
    let large = written(dir.path(), "large.json", &sample::report(LARGE));
    for files in [&[&small][..], &[&large], &[&small, &large]] {
        let page = dir.path().join("page.html");
        page_of(files).arg("--output").arg(&page).finish().ok();
        let outcome = shown(browser, &profile, &page);
        assert!(!outcome.stderr.contains("CONSOLE"), "{outcome}");
        // All of it is there as it was written, and in its place.
        let html = fs::read_to_string(&page).unwrap();
        let count = |text: &str, what: &str| text.matches(what).count();
        for what in ["<svg", "<tr>", "<h2>", "</footer></body>"] {
            assert_eq!(
                count(&outcome.stdout, what),
                count(&html, what),
                "{what} of {files:?}"
            );
        }
    }
}
