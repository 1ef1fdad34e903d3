//! Results in files: CSV, and HDF5 as other programs read it.

#[cfg(feature = "hdf5")]
use super::everywhere;
use super::{sheet, sweep};
use crate::support::temp::Temp;
use std::fs;
use std::path::Path;

fn names_in(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<String> = entries
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn to_a_file_as_to_standard_output() {
    let dir = Temp::new();
    let path = dir.path().join("rows.csv");
    let file = path.to_str().unwrap();
    let args = ["c=0:1:0.1", "t=1"];
    let expected = sweep(&args).finish().ok().stdout;
    let outcome = sweep(&args).args(["--output", file]).finish().ok();
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    assert_eq!(names_in(dir.path()), ["rows.csv"]);
}

#[test]
fn what_is_there_is_replaced_only_if_told() {
    let dir = Temp::new();
    let path = dir.path().join("rows.csv");
    let file = path.to_str().unwrap();
    fs::write(&path, "precious").unwrap();
    let refused = sweep(&["t=1", "--output", file]).finish().with_code(2);
    assert!(
        refused.errors().len() == 1 && refused.stderr.lines().count() == 1,
        "{refused}"
    );
    assert!(refused.stderr.contains("--force"), "{refused}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    sweep(&["t=1", "--output", file, "--force"]).finish().ok();
    assert_eq!(
        sheet(&fs::read_to_string(&path).unwrap()).column("t"),
        ["1"]
    );
    assert_eq!(names_in(dir.path()), ["rows.csv"]);
}

/// A run that ends early leaves neither half a file nor the one before changed.
#[test]
#[cfg(feature = "hdf5")]
fn on_failure_nothing_is_left() {
    let dir = Temp::new();
    let path = dir.path().join("rows.h5");
    let file = path.to_str().unwrap();
    let refused = sweep(&["m/s=1", "--command", "true", "--output", file])
        .finish()
        .with_code(2);
    assert!(
        refused
            .stderr
            .contains("HDF5 cannot have a column of the name 'm/s'"),
        "{refused}"
    );
    assert!(names_in(dir.path()).is_empty());
}

#[cfg(feature = "hdf5")]
mod hdf5 {
    use super::*;
    use crate::support::launcher::skip;
    use crate::support::python::with_h5py;
    use crate::support::run::Run;
    use serde_json::{Value, json};

    /// Columns of every type, a row that fails, and text with all that is hard about text.
    const ARGS: [&str; 5] = [
        "n=1,2",
        "x=0:0.2:0.1",
        "s=\"a, b\",\"\u{e9}\u{4e16}\"",
        "--command",
        "sh -c '[ $1 = 1 ] || exit 7; printf \"%s\\n\\0\" \"$2\"' - {n} {s}",
    ];

    #[test]
    fn read_by_h5dump() {
        if !Run::new("sh")
            .args(["-c", "command -v h5dump"])
            .finish()
            .stdout
            .contains("h5dump")
        {
            return skip("sweep::read_by_h5dump", "no h5dump on PATH");
        }
        let dir = Temp::new();
        let path = dir.path().join("rows.h5");
        let file = path.to_str().unwrap();
        everywhere(
            &[&ARGS[..], &["--output", file]].concat(),
            "sweep::read_by_h5dump",
            |outcome| {
                assert_eq!(outcome.code(), Some(6), "{outcome}");
                let dump = |set: &str| {
                    let run = Run::new("h5dump").args(["-d", set, file]);
                    run.finish().ok().stdout
                };
                let n = dump("/sweep/n");
                assert!(
                    n.contains("H5T_STD_I64LE")
                        && n.contains("(0): 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2"),
                    "{n}"
                );
                let x = dump("/sweep/x");
                assert!(
                    x.contains("H5T_IEEE_F64LE") && x.contains("(0): 0, 0, 0.1, 0.1, 0.2, 0.2,"),
                    "{x}"
                );
                let exit = dump("/sweep/exit");
                assert!(
                    exit.contains("H5T_CSET_UTF8")
                        && exit.contains("\"0\"")
                        && exit.contains("\"7\""),
                    "{exit}"
                );
                let seconds = dump("/sweep/seconds");
                assert!(
                    seconds.contains("ATTRIBUTE \"units\"") && seconds.contains("\"s\""),
                    "{seconds}"
                );
                fs::remove_file(&path).unwrap();
            },
        );
    }

    const READ: &str = "
import h5py, json, sys
with h5py.File(sys.argv[1]) as file:
    sweep = file['sweep']
    text = lambda value: value.decode() if isinstance(value, bytes) else value
    print(json.dumps({
        'types': {name: str(set.dtype) for name, set in sweep.items()},
        'columns': {name: [None if x != x else text(x) for x in set[:].tolist()] for name, set in sweep.items()},
        'units': {name: set.attrs['units'] for name, set in sweep.items() if 'units' in set.attrs},
        'attributes': dict(sweep.attrs)}))
";

    fn read(python: &str, file: &str) -> Value {
        let outcome = Run::new(python).args(["-c", READ, file]).finish().ok();
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {outcome}"))
    }

    #[test]
    fn read_by_h5py() {
        let Some(python) = with_h5py() else {
            return skip("sweep::read_by_h5py", "no python3 with h5py");
        };
        let dir = Temp::new();
        let path = dir.path().join("rows.h5");
        let file = path.to_str().unwrap();
        sweep(&ARGS).args(["--output", file]).finish().with_code(6);
        let all = read(python, file);
        let columns = &all["columns"];
        assert_eq!(columns["n"], json!([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]));
        assert_eq!(
            columns["x"],
            json!([0.0, 0.0, 0.1, 0.1, 0.2, 0.2].repeat(2))
        );
        assert_eq!(columns["s"], json!(["a, b", "\u{e9}\u{4e16}"].repeat(6)));
        assert_eq!(columns["exit"], json!([["0"; 6], ["7"; 6]].concat()));
        let said = ["a, b\n\u{2400}", "\u{e9}\u{4e16}\n\u{2400}"].repeat(3);
        assert_eq!(columns["stdout"], json!([said, vec![""; 6]].concat()));
        let types = &all["types"];
        assert_eq!(
            (&types["n"], &types["x"], &types["s"]),
            (&json!("int64"), &json!("float64"), &json!("object"))
        );
        let version = all["attributes"]["version"].as_str().unwrap();
        assert!(version.starts_with("grange "), "{version}");
        assert!(
            all["attributes"]["command"]
                .as_str()
                .unwrap()
                .contains("'n=1,2'"),
            "{all}"
        );

        // The model's: more rows than are written at once, units, and no number where a row failed.
        let args = ["k=-1:3000:1", "t=0", "--output", file, "--force"];
        sweep(&args).finish().with_code(6);
        let all = read(python, file);
        let x = all["columns"]["x"].as_array().unwrap();
        assert_eq!(
            (x.len(), &x[0], &x[1], &x[3001]),
            (3002, &Value::Null, &json!(1.0), &json!(1.0))
        );
        let energy = all["columns"]["energy"].as_array().unwrap();
        assert!((0..=3000).all(|k| energy[k + 1] == json!(k as f64 / 2.0)));
        assert_eq!(all["columns"]["k"].as_array().unwrap()[3001], json!(3000));
        assert_eq!(
            (&all["units"]["k"], &all["units"]["v"]),
            (&json!("N/m"), &json!("m/s"))
        );
    }
}
