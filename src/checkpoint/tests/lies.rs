//! Files whose sum is right and whose content is not: somebody wrote them so.

use super::*;
use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, File, Group};

/// Reads a checkpoint of one call with five values after `change` had its way with that call.
fn told(name: &str, change: impl FnOnce(&Group)) -> Result<state::Image, String> {
    let folder = Folder::new(name);
    finished(&folder.file(), 5);
    {
        let file = store::patiently(|| File::open_rw(folder.file())).unwrap();
        change(&file.group("calls/0000").unwrap());
        file.flush().unwrap();
        file.close().unwrap();
    }
    header::seal(&folder.file(), 9, 9).unwrap();
    assert!(header::check(&folder.file()).is_ok());
    store::read_main(&folder.file())
}

fn shape(call: &Group, json: &str) {
    let values = call.group("values").unwrap();
    values.delete_attr("shape").unwrap();
    let text: VarLenUnicode = json.parse().unwrap();
    let attribute = values.new_attr::<VarLenUnicode>().create("shape").unwrap();
    attribute.write_scalar(&text).unwrap();
}

#[test]
fn what_is_declared_and_not_there_is_not_made_up() {
    assert!(told("lies-none", |_| {}).is_ok());
    let huge = |call: &Group, name: &str, chunk: Option<usize>| {
        call.unlink(name).unwrap();
        let builder = call.new_dataset::<u64>();
        let set: Dataset = match chunk {
            Some(n) => builder.chunk(n).shape(1 << 50).create(name).unwrap(),
            None => builder.shape(1 << 50).create(name).unwrap(),
        };
        assert_eq!(set.size(), 1 << 50);
    };
    for (at, chunk) in [None, Some(1024)].into_iter().enumerate() {
        let said = told(&format!("lies-huge-{at}"), |call| {
            huge(call, "index", chunk)
        });
        assert!(said.is_err_and(|said| said.contains("index makes no sense")));
    }
}

#[test]
fn shapes_that_no_value_has_are_refused() {
    let nulls = format!("[{}]", vec!["\"null\""; 3000].join(","));
    let lists = format!("[{}]", vec!["[]"; 3000].join(","));
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let deeper = "[".repeat(10_000);
    let key = r#"{"map": [["a/b", "u64"]]}"#;
    for (at, json) in [&nulls, &lists, &deep, &deeper, key].iter().enumerate() {
        let said = told(&format!("lies-shape-{at}"), |call| shape(call, json));
        let said = said.expect_err("a shape that no value has");
        assert!(said.contains("shape makes no sense"), "{said}");
    }
}

#[test]
fn pieces_are_looked_for_in_their_folder_only() {
    for (name, inside) in [
        ("000001.h5", true),
        ("../run.h5", false),
        ("/etc/passwd", false),
        ("..", false),
        ("", false),
    ] {
        let piece = PieceId {
            name: name.into(),
            sha256: String::new(),
            rows: 1,
        };
        assert_eq!(piece.is_inside(), inside, "{name}");
    }
}
