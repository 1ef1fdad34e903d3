//! Where the time went, as programs tell it: `--stats`, `--report`, `--trace`, `--progress`.

#[cfg(all(feature = "hdf5", feature = "mpi"))]
use crate::support::launcher::{launcher_for, skip};
#[cfg(all(feature = "hdf5", feature = "mpi"))]
use crate::support::python::with_h5py;
#[cfg(all(feature = "hdf5", feature = "mpi"))]
use crate::support::run::Run;
use crate::support::temp::Temp;
use crate::{PROGRAMS, SUM_PRIMES, schema, solo};
use serde_json::Value;
use std::fs;

/// Reads a report with h5py and checks it; prints ranks and grains.
#[cfg(all(feature = "hdf5", feature = "mpi"))]
const READ: &str = r#"
import h5py, json, sys
file = h5py.File(sys.argv[1])
assert file.attrs["format"] == "grange report" and file.attrs["version"] == 1
wall, threads = file.attrs["wall_seconds"], file.attrs["threads"]
parts = {k: v for k, v in file["core_seconds"].attrs.items() if k != "units"}
assert abs(sum(parts.values()) - wall * threads) < 1e-6 * wall * threads
ranks, spans = file["per_rank"], file["spans"]
for rank in ranks:
    own = sum(rank[k + "_seconds"] for k in parts)
    assert abs(own - wall * rank["threads"]) < 1e-6 * wall * threads
for table in ("per_rank", "calls", "spans", "messages", "events", "histogram"):
    assert len(file[table].attrs["units"].split(",")) == len(file[table].dtype.names), table
assert all(0 <= s["began"] <= s["ended"] <= wall for s in spans)
assert sum(spans["grains"]) == sum(ranks["grains"]) == sum(file["histogram"]["count"])
assert len(file["events"]) > 0 and all(e["kind"] == b"checkpoint" for e in file["events"])
assert sum(file["messages"]["count"]) > 0
results = json.loads(file["results"][()])
print(len(ranks), int(sum(ranks["items"])), results[0]["sum"])
"#;

#[test]
#[cfg(all(feature = "hdf5", feature = "mpi"))]
fn report_of_ranks_read_by_h5py() {
    let Some(launcher) = launcher_for(SUM_PRIMES, "times::report_of_ranks_read_by_h5py") else {
        return;
    };
    let Some(python) = with_h5py() else {
        return skip(
            "times::report_of_ranks_read_by_h5py",
            "no python3 with h5py",
        );
    };
    let place = Temp::new();
    let path = |name: &str| place.path().join(name).display().to_string();
    let run = launcher.run(3, SUM_PRIMES).args(["--quiet", "--report"]);
    let run = run.arg(path("r.h5")).args(["--checkpoint", &path("c.h5")]);
    let outcome = run.arg("1e8").finish().ok();
    assert!(outcome.stderr.is_empty(), "{outcome}");
    let read = Run::new(python).args(["-c", READ, &path("r.h5")]);
    // OEIS A046731.
    assert_eq!(read.finish().ok().stdout, "3 100000000 279209790387276\n");
    let dumped = Run::new("h5dump").args(["-H", &path("r.h5")]).finish().ok();
    assert!(dumped.stdout.contains("H5T_COMPOUND"), "{dumped}");
}

#[test]
fn told_together_on_every_program() {
    let place = Temp::new();
    let of_reports = schema::of_reports();
    for (program, name) in PROGRAMS {
        let path = |kind: &str| place.path().join(format!("{name}.{kind}.json"));
        let args = match name {
            "sum_primes" => "1e6",
            "reverse_md5" => "e4da3b7fbbce2345d7772b0674a318d5 --end 1000",
            "partial_sum" => "--end 1e6",
            "sweep" => "k=1:3:1 t=0",
            "quicksort" => "--n 1e4",
            "dynamic_ncpus" | "callback" => "--end 1e6",
            "auto_diff" => "--end 1e4",
            "parallel" => "--sleeps 0",
            _ => panic!("{name}"),
        };
        let run = solo(program, args).args(["--threads", "2", "--quiet", "--stats"]);
        let run = run.arg("--report").arg(path("report"));
        let outcome = run.arg("--trace").arg(path("trace")).finish().ok();
        let said = |word: &str| outcome.stderr.contains(word);
        // What was asked for is not silenced.
        assert!(
            said("parallel efficiency") && said("largest loss: "),
            "{outcome}"
        );
        let read = |kind: &str| -> Value {
            let text = fs::read_to_string(path(kind)).unwrap_or_else(|e| panic!("{e}: {outcome}"));
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
        };
        let report = read("report");
        let faults = schema::faults(&report, &of_reports, name);
        assert!(faults.is_empty(), "{faults:#?}");
        assert_eq!(report["program"], name, "{report}");
        assert_eq!(report["exit_code"], 0, "{report}");
        assert!(
            report["calls"].as_array().is_some_and(|c| !c.is_empty()),
            "{report}"
        );
        let trace = read("trace");
        assert!(
            trace["traceEvents"].as_array().is_some_and(|e| e.len() > 3),
            "{trace}"
        );
    }
}

#[test]
fn a_report_has_the_results() {
    let place = Temp::new();
    let file = place.path().join("r.json");
    let run = solo(SUM_PRIMES, "100 1e6 --report").arg(&file);
    let outcome = run.finish().ok();
    let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{e}: {outcome}"));
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(report["results"][0]["sum"], "1060");
    assert_eq!(report["results"][1]["sum"], "37550402023");
    assert_eq!(report["calls"].as_array().map(Vec::len), Some(2));
}

#[test]
fn files_that_cannot_be() {
    let place = Temp::new();
    let path = |name: &str| place.path().join(name).display().to_string();
    fs::write(path("mine.json"), "{\"mine\": 1}").expect("a file");
    let fails = |args: &[&str], said: &str| {
        let outcome = solo(SUM_PRIMES, "100").args(args).finish().with_code(2);
        let errors = outcome.errors();
        assert!(
            errors.len() == 1 && errors[0].contains(said),
            "{said}: {outcome}"
        );
    };
    fails(
        &["--report", &path("r.txt")],
        "it takes FILE.h5, FILE.hdf5 or FILE.json",
    );
    fails(&["--report", &path("none/r.json")], "cannot be written");
    fails(
        &["--report", &path("mine.json")],
        "is no report of grange; it is not overwritten",
    );
    fails(
        &["--trace", &path("mine.json")],
        "is no trace of grange; it is not overwritten",
    );
    fails(&["--trace", &path("t.h5")], "it takes FILE.json");
    fs::create_dir(path("folder.json")).expect("a new folder");
    fails(&["--trace", &path("folder.json")], "is a directory");
    let both = path("both.json");
    fails(&["--report", &both, "--trace", &both], "cannot be one file");
    fails(&["--progress", "often"], "auto, always, never");
    assert_eq!(
        fs::read_to_string(path("mine.json")).expect("it is there"),
        "{\"mine\": 1}"
    );
    // One of ours is replaced.
    for _ in 0..2 {
        solo(SUM_PRIMES, "100 --report")
            .arg(path("r.json"))
            .finish()
            .ok();
    }
    if !cfg!(feature = "hdf5") {
        fails(&["--report", &path("r.h5")], "built without HDF5");
    }
}

#[test]
fn progress_when_it_is_wanted() {
    let said = |args: &str| solo(SUM_PRIMES, args).finish().ok().stderr;
    assert_eq!(said("1e6"), "");
    assert_eq!(said("1e6 --progress never"), "");
    let always = said("1e6 --progress always");
    assert!(
        always.contains("1,000,000/1,000,000 items (100 %) in "),
        "{always}"
    );
}
