//! Values in every spelling, and axes of them.

use super::{axis, texts};
use crate::error::Error;
use crate::params::{Axis, Kind, Value};

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
            Some(9.223_372_036_854_776e18),
        ),
        (
            "9223372036854775808",
            Text,
            "9223372036854775808",
            Some(9.223_372_036_854_776e18),
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
