//! What holds for all, tried on many.

use super::{axis, from, texts};
use crate::params::decimal::Decimal;
use crate::params::{Axis, Table, Value};
use proptest::prelude::*;

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
