//! Numbers, axes and tables against plain arithmetic.

use super::decimal::Decimal;
use super::{Axis, Kind, Table, Value};
use crate::error::Error;
use proptest::prelude::*;

fn texts(axis: &Axis) -> Vec<String> {
    axis.values().map(|value| value.to_string()).collect()
}

fn axis(text: &str) -> Axis {
    Axis::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    match Axis::parse(text) {
        Err(Error::Usage(problem)) => problem,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn values_in_every_spelling() {
    use Kind::{Float, Integer, Text};
    for (written, kind, kept, number) in [
        ("0", Integer, "0", Some(0.0)),
        ("-0", Integer, "0", Some(0.0)),
        (" 12 ", Integer, "12", Some(12.0)),
        ("+7", Integer, "7", Some(7.0)),
        ("-1_000", Integer, "-1000", Some(-1000.0)),
        ("1e3", Integer, "1000", Some(1000.0)),
        ("1.5e3", Integer, "1500", Some(1500.0)),
        ("1500e-2", Integer, "15", Some(15.0)),
        ("0.10", Float, "0.10", Some(0.1)),
        ("1.0", Float, "1.0", Some(1.0)),
        (".5", Float, ".5", Some(0.5)),
        ("1_0.5", Float, "10.5", Some(10.5)),
        ("1e-3", Float, "1e-3", Some(0.001)),
        ("1e300", Float, "1e300", Some(1e300)),
        ("-inf", Float, "-inf", Some(f64::NEG_INFINITY)),
        (
            "9223372036854775807",
            Integer,
            "9223372036854775807",
            Some(9.223372036854775807e18),
        ),
        (
            "9223372036854775808",
            Text,
            "9223372036854775808",
            Some(9.223372036854775808e18),
        ),
        ("007", Text, "007", Some(7.0)),
        ("1__0", Text, "1__0", None),
        ("_1", Text, "_1", None),
        ("0x10", Text, "0x10", None),
        ("1e", Text, "1e", None),
        ("e", Text, "e", None),
        (".", Text, ".", None),
        ("-", Text, "-", None),
        ("", Text, "", None),
        (" a b ", Text, " a b ", None),
        ("10:30", Text, "10:30", None),
        ("\u{663}", Text, "\u{663}", None),
    ] {
        let value = Value::parse(written);
        assert_eq!((value.kind(), value.as_str()), (kind, kept), "{written:?}");
        assert_eq!(value.to_f64(), number, "{written:?}");
        assert_eq!(value.to_i64().is_some(), kind == Integer, "{written:?}");
        assert_eq!(Value::parse(kept), value, "{written:?} read once more");
    }
    assert!(Value::from(f64::NAN).to_f64().is_some_and(f64::is_nan));
    assert_eq!(Value::from(1e300).as_str(), "1e300");
}

#[test]
fn ranges_are_exact() {
    let tenths = axis("x=0:1:0.1");
    assert_eq!(tenths.len(), 11);
    assert_eq!(
        texts(&tenths).join(" "),
        "0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1"
    );
    for (text, values, kind) in [
        ("a=1:5:2", "1 3 5", Kind::Integer),
        ("a=1:6:2", "1 3 5", Kind::Integer),
        ("a=1:1:5", "1", Kind::Integer),
        ("a=5:1:-2", "5 3 1", Kind::Integer),
        ("a=0:-1:-0.25", "0 -0.25 -0.5 -0.75 -1", Kind::Float),
        ("a=-0.2:0.2:0.2", "-0.2 0 0.2", Kind::Float),
        ("a=1e3:3_000:1e3", "1000 2000 3000", Kind::Integer),
        ("a=1.0:3.0:1.0", "1 2 3", Kind::Integer),
        ("a=0:1:0.3", "0 0.3 0.6 0.9", Kind::Float),
        (
            "a=1e-300:3e-300:1e-300",
            "1e-300 2e-300 3e-300",
            Kind::Float,
        ),
        ("a=0:0:1e40", "0", Kind::Integer),
        (
            "a=9223372036854775807:9223372036854775808:1",
            "9223372036854775807 9223372036854775808",
            Kind::Float,
        ),
    ] {
        let axis = axis(text);
        assert_eq!(texts(&axis).join(" "), values, "{text}");
        assert_eq!(axis.kind(), kind, "{text}");
        assert_eq!(axis.get(axis.len()), None, "{text}");
    }
    // Only its ends are ever looked at.
    let endless = axis("n=0:1e30:1");
    assert_eq!(endless.len(), 10u128.pow(30) + 1);
    assert_eq!(
        endless.get(10u128.pow(30)).map(|v| v.to_string()),
        Some(format!("1{}", "0".repeat(30)))
    );
}

#[test]
fn lists_and_quotes() {
    assert_eq!(texts(&axis("a=1,2,3")), ["1", "2", "3"]);
    assert_eq!(texts(&axis("a=red")), ["red"]);
    assert_eq!(texts(&axis("a=,")), ["", ""]);
    assert_eq!(
        texts(&axis("a=\"x,y\",\"say \"\"so\"\"\"")),
        ["x,y", "say \"so\""]
    );
    assert_eq!(texts(&axis("a=\"1\n2\"")), ["1\n2"]);
    assert_eq!(texts(&axis("a=b=c")), ["b=c"]);
    assert_eq!(texts(&axis("a=7,1:3:1,x")), ["7", "1", "2", "3", "x"]);
    assert_eq!(axis(" a =1").name(), "a");
    assert_eq!(axis("a=1,2.5").kind(), Kind::Float);
    assert_eq!(axis("a=1,x").kind(), Kind::Text);
}

#[test]
fn axes_that_make_no_sense() {
    for (text, says) in [
        ("a", "\"a\" is not NAME=VALUES"),
        ("", "\"\" is not NAME=VALUES"),
        ("a=", "\"a=\" has no values"),
        ("=1", "\"\" cannot name a parameter"),
        ("  =1", "\"\" cannot name a parameter"),
        ("a\nb=1", "cannot name a parameter"),
        ("a=1\n2", "has a line break"),
        ("x=0:1:0", "x=0:1:0 has a step of 0"),
        ("x=0:1:-0.0", "has a step of 0"),
        (
            "x=0:1:-0.1",
            "x=0:1:-0.1 never gets from 0 to 1 in steps of -0.1",
        ),
        ("x=1:0:0.1", "never gets from 1 to 0 in steps of 0.1"),
        ("x=0:1e30:1e-30", "too far apart"),
        ("x=0:1e99:1e-2000000000", "too far apart"),
        ("x=1,0:1:0", "x=0:1:0 has a step of 0"),
    ] {
        let problem = refused(text);
        assert!(
            problem.contains(says) && !problem.contains('\n'),
            "{text:?}: {problem}"
        );
    }
}

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

fn from(text: &str) -> Result<Table, Error> {
    Table::from_csv(text.as_bytes())
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

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[0-9a-c.,:eE+_=\" -]{0,24}") {
        let _ = Axis::parse(&text).map(|axis| (axis.len(), axis.kind(), axis.get(axis.len() / 2)));
        let _ = from(&text).map(|table| table.row(0));
        // What is kept is read back as the same.
        let value = Value::parse(&text);
        prop_assert_eq!(Value::parse(value.as_str()), value);
    }

    #[test]
    fn decimals_are_read_as_std_reads_them(digits in any::<i64>(), exponent in -60i32..60) {
        let decimal = Decimal { digits: digits.into(), exponent };
        let text = decimal.text();
        prop_assert_eq!(text.parse::<f64>(), format!("{digits}e{exponent}").parse::<f64>());
        prop_assert_eq!(Decimal::parse(&text).map(|d| d.text()), Some(text));
    }

    #[test]
    fn ranges_of_cents(start in -1000i64..1000, steps in 0i64..50, step in -300i64..300, short in 0i64..300) {
        prop_assume!(step != 0);
        // Up to a step short of the next value, which must not be among them.
        let end = start + steps * step + (short % step.abs()) * step.signum();
        let cents = |n: i64| format!("{}{}.{:02}", if n < 0 { "-" } else { "" }, n.abs() / 100, n.abs() % 100);
        let axis = axis(&format!("x={}:{}:{}", cents(start), cents(end), cents(step)));
        let values: Vec<f64> = axis.values().filter_map(|v| v.to_f64()).collect();
        let expected: Vec<f64> = (0..=steps).map(|i| (start + i * step) as f64 / 100.0).collect();
        prop_assert_eq!(values, expected);
        prop_assert!(texts(&axis).iter().all(|text| text.len() <= 8), "{:?}", texts(&axis));
    }

    #[test]
    fn a_product_is_nested_loops(lengths in prop::collection::vec(1i64..5, 1..5)) {
        let axes = lengths.iter().enumerate().map(|(i, &n)| Axis::new(&format!("p{i}"), 0..n).unwrap());
        let table = Table::product(axes).unwrap();
        let mut nested: Vec<Vec<i64>> = vec![vec![]];
        for &n in &lengths {
            nested = nested.into_iter().flat_map(|row| (0..n).map(move |v| [row.clone(), vec![v]].concat())).collect();
        }
        let all: Vec<Vec<i64>> = (0..table.rows())
            .filter_map(|i| table.row(i))
            .map(|row| row.iter().filter_map(Value::to_i64).collect())
            .collect();
        prop_assert_eq!(all, nested);
    }

    #[test]
    fn what_is_written_as_csv_is_read_back(fields in prop::collection::vec(("[a-z ,\"\n]{1,12}x", "[a-z ,\"\n\r]{0,12}"), 1..6)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["a", "b"]).unwrap();
        for (a, b) in &fields {
            writer.write_record([a, b]).unwrap();
        }
        let table = Table::from_csv(&writer.into_inner().unwrap()[..]).unwrap();
        let all: Vec<_> = (0..table.rows())
            .filter_map(|i| table.row(i))
            .map(|row| (row[0].to_string(), row[1].to_string()))
            .collect();
        prop_assert_eq!(all, fields);
    }
}
