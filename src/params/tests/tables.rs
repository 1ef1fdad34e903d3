//! Products, zips and files.

use super::{axis, from};
use crate::error::Error;
use crate::params::{Axis, Kind, Table, Value};

fn rows(table: &Table) -> Vec<String> {
    let row = |i| {
        table
            .row(i)
            .map(|row| row.iter().map(Value::as_str).collect::<Vec<_>>().join("-"))
    };
    (0..table.rows()).filter_map(row).collect()
}

#[test]
fn products_zips_and_products_of_them() {
    let product = Table::product([axis("a=1,2"), axis("b=x,y,z")]).unwrap();
    assert_eq!(rows(&product), ["1-x", "1-y", "1-z", "2-x", "2-y", "2-z"]);
    assert_eq!(product.kinds(), [Kind::Integer, Kind::Text]);
    assert_eq!(product.row(6), None);
    let zip = Table::zip([axis("a=1,2"), axis("b=x,y")]).unwrap();
    assert_eq!(rows(&zip), ["1-x", "2-y"]);
    let both = zip.times(Table::product([axis("c=7,8")]).unwrap()).unwrap();
    assert_eq!(rows(&both), ["1-x-7", "1-x-8", "2-y-7", "2-y-8"]);
    assert_eq!(Table::zip([]).unwrap().rows(), 0);
    let none = Axis::new("n", [0i64; 0]).unwrap();
    let huge = ["a", "b", "c"].map(|name| axis(&format!("{name}=1:1e18:1")));
    let nothing = Table::product(huge.into_iter().chain([none])).unwrap();
    assert_eq!((nothing.rows(), nothing.row(0)), (0, None));
}

#[test]
fn tables_that_make_no_sense() {
    let told = |table: Result<Table, Error>| match table {
        Err(Error::Usage(problem)) => problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        told(Table::zip([axis("a=1,2"), axis("b=1:3:1")])),
        "axes side by side need as many values each: a has 2, b has 3"
    );
    let twice = "the parameter 'a' is given twice";
    assert_eq!(
        told(Table::product([axis("a=1"), axis("b=1"), axis("a=2")])),
        twice
    );
    assert_eq!(told(Table::zip([axis("a=1"), axis("a=2")])), twice);
    let one = Table::product([axis("a=1")]).unwrap();
    assert_eq!(told(one.clone().times(one)), twice);
    let huge = ["a", "b", "c"].map(|name| axis(&format!("{name}=1:1e18:1")));
    assert_eq!(
        told(Table::product(huge)),
        "the parameters have 2^128 combinations or more"
    );
}

#[test]
fn files_with_quotes_and_line_breaks() {
    let table =
        from("a,b\r\n1,\"x, y\"\r\n2,\"line 1\nline 2\"\r\n3,\"say \"\"so\"\"\"\r\n").unwrap();
    assert_eq!(rows(&table), ["1-x, y", "2-line 1\nline 2", "3-say \"so\""]);
    // As spreadsheets begin their files; without a line break at the end.
    let table = from("\u{feff}a,b\n1,2").unwrap();
    assert_eq!(table.names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(rows(&table), ["1-2"]);
    assert_eq!(from("a,b\n").unwrap().rows(), 0);
    // A range is not a value.
    assert_eq!(rows(&from("a\n0:1:0.1\n").unwrap()), ["0:1:0.1"]);
}

#[test]
fn files_that_make_no_sense() {
    for (text, says) in [
        ("", "no line that names the parameters"),
        ("a,b\n1,2\n3\n", "line 3: 1 field(s) instead of 2"),
        (
            "a,b\n\"1\n\n\",2\n3,4,5\n",
            "line 5: 3 field(s) instead of 2",
        ),
        ("a,,b\n1,2,3\n", "line 1: \"\" cannot name a parameter"),
        ("a,b,a\n1,2,3\n", "the parameter 'a' is given twice"),
    ] {
        assert_eq!(from(text), Err(Error::Usage(says.into())), "{text:?}");
    }
    let bytes = Table::from_csv(&b"a\n1\n\xff\n"[..]);
    assert_eq!(bytes, Err(Error::Usage("line 3: not UTF-8 text".into())));
}
