//! The loader of checkpoints, fed with any bytes. libhdf5 is not: nothing reaches it whose sum is wrong.

use super::columns::Columns;
use super::header::{self, Header};
use super::owner::Owner;
use super::rows::Rows;
use super::shape::Shape;
use crate::fuzzing::Seed;
use crate::wire::value;

/// The first bytes of a file, and those of a lock.
pub fn header(bytes: &[u8]) {
    if let Ok(header) = Header::parse(bytes) {
        assert_eq!(header.text(), bytes);
    }
    // A carriage return at the end of a field is lost on the way, so only that it is read.
    let _ = Owner::parse(&String::from_utf8_lossy(bytes));
}

/// Of [`header`].
pub fn header_seeds() -> Vec<Seed> {
    let header = Header {
        sha256: "0123456789abcdef".repeat(4),
        generation: 7,
        token: u64::MAX,
    };
    let owner = "grange lock\ntoken 3\nhost n1\nprocesses a b\npid 7\nstarted -\nsince x\nmark y\n";
    vec![
        ("whole", header.text().to_vec()),
        ("cut", header.text()[..header::SIZE / 2].to_vec()),
        ("lock", owner.into()),
    ]
}

/// A value; or the shape of values in a file, and columns for it.
pub fn shape(bytes: &[u8]) {
    if let Some(shape) = Shape::of(bytes) {
        assert!(shape.is_usual());
        assert!(shape.follow(&mut &*bytes, &mut |_| Some(())).is_some());
        assert!(shape.follow(&mut &bytes[1..], &mut |_| Some(())).is_none() || bytes.len() > 1);
        let json = serde_json::to_string(&shape).unwrap_or_default();
        assert!(serde_json::from_str::<Shape>(&json).is_ok_and(|back| back.is_usual()));
    }
    if let Ok(shape) = serde_json::from_slice::<Shape>(bytes)
        && shape.is_usual()
    {
        let mut out = Vec::new();
        let rows = shape.write(&mut out, &mut || None);
        assert_eq!(rows.is_some(), shape.names().is_empty());
    }
    let values: Vec<&[u8]> = bytes.split(|&byte| byte == 0xff).collect();
    let mut rows = Rows::default();
    for (i, v) in values.iter().enumerate() {
        rows.push(0, i as u64, v);
    }
    // Its own word that they come back to the bit is checked here.
    if let Some(columns) = Columns::of(&rows) {
        let (_, _, end, bytes) = rows.columns();
        assert_eq!(
            columns.values(rows.len()),
            Some((end.to_vec(), bytes.to_vec()))
        );
    }
    let ends: Vec<u64> = bytes.iter().map(|&byte| byte.into()).collect();
    let n = ends.len();
    if let Some(rows) = Rows::from_columns(vec![0; n], vec![1; n], ends, bytes.to_vec()) {
        assert_eq!(rows.iter().count(), n);
        assert!((0..n).all(|i| rows.get(i).is_some()));
    }
}

/// Of [`shape`].
pub fn shape_seeds() -> Vec<Seed> {
    #[derive(serde::Serialize)]
    struct Inner {
        mean: f64,
        n: u128,
        ok: Option<bool>,
    }
    let inner = Inner {
        mean: -0.5,
        n: u128::MAX,
        ok: Some(true),
    };
    let mut nested = Vec::new();
    // What seeds are made of can be written.
    let _ = value::append(&mut nested, &(1u8, [-1i64, i64::MIN], 1.5f32, inner));
    let mut list = Vec::new();
    let _ = value::append(&mut list, &vec![(); 30]);
    let two = [&[0x82, 0x01, 0x02, 0xff][..], &[0x82, 0x20, 0x18, 0xfe]].concat();
    let ends = [&[1, 1, 2, 4][..], &[4; 12]].concat();
    let huge = [&[0x9b; 1][..], &[0xff; 8]].concat();
    vec![
        ("nested", nested),
        ("list", list),
        ("two", two),
        ("ends", ends),
        ("huge", huge),
        (
            "json",
            br#"{"map": [["mean", "f64"], ["n", ["u64", "null", {"map": []}]]]}"#.to_vec(),
        ),
        ("deep", "[".repeat(300).into_bytes()),
    ]
}
