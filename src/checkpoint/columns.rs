//! Values as typed columns, one for each number in them; exact to the bit or not at all.

use super::rows::Rows;
use super::shape::{Kind, Leaf, Shape};
use std::collections::HashSet;

/// Values of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// Their shape; with the kinds of the columns.
    pub shape: Shape,
    /// A column for each leaf.
    pub columns: Vec<Column>,
}

/// A leaf of all values. Large numbers are two columns: the upper and the lower 64 bits.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// See [`Kind::U64`].
    U64(Vec<u64>),
    /// See [`Kind::I64`].
    I64(Vec<i64>),
    /// See [`Kind::U128`].
    U128(Vec<u64>, Vec<u64>),
    /// See [`Kind::I128`].
    I128(Vec<i64>, Vec<u64>),
    /// See [`Kind::F32`].
    F32(Vec<f32>),
    /// See [`Kind::F64`].
    F64(Vec<f64>),
    /// See [`Kind::Bool`].
    Bool(Vec<bool>),
}

impl Columns {
    /// Of the values of `rows`, if they all have the same shape, and come back from it to the bit.
    pub fn of(rows: &Rows) -> Option<Self> {
        let mut shape = Shape::of(rows.values().next()?)?;
        let mut columns: Vec<Column> = shape
            .kinds()
            .iter()
            .map(|kind| Column::new(**kind))
            .collect();
        for value in rows.values() {
            let (mut rest, mut at) = (value, columns.iter_mut());
            shape.follow(&mut rest, &mut |leaf| at.next()?.push(leaf))?;
            rest.is_empty().then_some(())?;
        }
        for (kind, column) in shape.kinds().into_iter().zip(&columns) {
            *kind = column.kind();
        }
        let columns = Columns { shape, columns };
        let names = columns.names();
        let distinct: HashSet<&String> = names.iter().collect();
        (distinct.len() == names.len()).then_some(())?;
        let (_, _, end, bytes) = rows.columns();
        (columns.values(rows.len())? == (end.to_vec(), bytes.to_vec())).then_some(columns)
    }

    /// The names of all data sets.
    fn names(&self) -> Vec<String> {
        let pairs = self.shape.names().into_iter().zip(&self.columns);
        pairs
            .flat_map(|(name, column)| match column {
                Column::U128(..) | Column::I128(..) => {
                    vec![format!("{name}.hi"), format!("{name}.lo")]
                }
                _ => vec![name],
            })
            .collect()
    }

    /// The values as they were: the end of each, and all bytes.
    pub fn values(&self, rows: usize) -> Option<(Vec<u64>, Vec<u8>)> {
        let (mut end, mut bytes) = (Vec::with_capacity(rows), Vec::new());
        for row in 0..rows {
            let mut at = self.columns.iter();
            self.shape.write(&mut bytes, &mut || at.next()?.get(row))?;
            end.push(bytes.len() as u64);
        }
        Some((end, bytes))
    }
}

impl Column {
    /// Empty.
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::U64 | Kind::Null => Column::U64(Vec::new()),
            Kind::I64 => Column::I64(Vec::new()),
            Kind::U128 => Column::U128(Vec::new(), Vec::new()),
            Kind::I128 => Column::I128(Vec::new(), Vec::new()),
            Kind::F32 => Column::F32(Vec::new()),
            Kind::F64 => Column::F64(Vec::new()),
            Kind::Bool => Column::Bool(Vec::new()),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Column::U64(_) => Kind::U64,
            Column::I64(_) => Kind::I64,
            Column::U128(..) => Kind::U128,
            Column::I128(..) => Kind::I128,
            Column::F32(_) => Kind::F32,
            Column::F64(_) => Kind::F64,
            Column::Bool(_) => Kind::Bool,
        }
    }

    /// Adds a leaf; a column of whole numbers gets wider where one does not fit.
    fn push(&mut self, leaf: Leaf) -> Option<()> {
        match (&mut *self, leaf) {
            (Column::U64(list), Leaf::Whole(n)) if n <= u64::MAX.into() => list.push(n as u64),
            (Column::I64(list), leaf) if leaf.small().is_some() => list.extend(leaf.small()),
            (Column::U128(hi, lo), Leaf::Whole(n)) => {
                hi.push((n >> 64) as u64);
                lo.push(n as u64);
            }
            (Column::I128(hi, lo), leaf) => {
                let n = leaf.large()?;
                hi.push((n >> 64) as i64);
                lo.push(n as u64);
            }
            (Column::F32(list), Leaf::F32(bits)) => list.push(f32::from_bits(bits)),
            (Column::F64(list), Leaf::F64(bits)) => list.push(f64::from_bits(bits)),
            (Column::Bool(list), Leaf::Bool(is)) => list.push(is),
            (Column::U64(_) | Column::I64(_) | Column::U128(..), leaf) => {
                leaf.is_whole().then_some(())?;
                *self = self.wider(leaf)?;
            }
            _ => return None,
        }
        Some(())
    }

    /// The narrowest that can hold `leaf` too, with it.
    fn wider(&self, leaf: Leaf) -> Option<Column> {
        let rows = (0..).map_while(|row| self.get(row));
        [Kind::I64, Kind::U128, Kind::I128]
            .into_iter()
            .find_map(|kind| {
                let mut column = Column::new(kind);
                let fits = rows.clone().chain([leaf]).all(|leaf| column.holds(leaf));
                (fits
                    && rows
                        .clone()
                        .chain([leaf])
                        .all(|leaf| column.push(leaf).is_some()))
                .then_some(column)
            })
    }

    /// Whether a leaf fits as the column is.
    fn holds(&self, leaf: Leaf) -> bool {
        match self {
            Column::I64(_) => leaf.small().is_some(),
            Column::U128(..) => matches!(leaf, Leaf::Whole(_)),
            Column::I128(..) => leaf.large().is_some(),
            _ => false,
        }
    }

    fn get(&self, row: usize) -> Option<Leaf> {
        let join = |hi: u64, lo: u64| u128::from(hi) << 64 | u128::from(lo);
        Some(match self {
            Column::U64(list) => Leaf::Whole((*list.get(row)?).into()),
            Column::I64(list) => Leaf::signed((*list.get(row)?).into()),
            Column::U128(hi, lo) => Leaf::Whole(join(*hi.get(row)?, *lo.get(row)?)),
            Column::I128(hi, lo) => Leaf::signed(join(*hi.get(row)? as u64, *lo.get(row)?) as i128),
            Column::F32(list) => Leaf::F32(list.get(row)?.to_bits()),
            Column::F64(list) => Leaf::F64(list.get(row)?.to_bits()),
            Column::Bool(list) => Leaf::Bool(*list.get(row)?),
        })
    }
}

impl Leaf {
    fn is_whole(self) -> bool {
        matches!(self, Leaf::Whole(_) | Leaf::Negative(_))
    }

    fn signed(n: i128) -> Self {
        match u128::try_from(n) {
            Ok(n) => Leaf::Whole(n),
            Err(_) => Leaf::Negative(!n as u128),
        }
    }

    fn large(self) -> Option<i128> {
        match self {
            Leaf::Whole(n) => i128::try_from(n).ok(),
            Leaf::Negative(n) => i128::try_from(n).ok().map(|n| !n),
            _ => None,
        }
    }

    fn small(self) -> Option<i64> {
        i64::try_from(self.large()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::value;
    use proptest::prelude::*;
    use serde::Serialize;

    fn rows<T: Serialize>(values: &[T]) -> Rows {
        let mut rows = Rows::default();
        for (i, v) in values.iter().enumerate() {
            let mut bytes = Vec::new();
            value::append(&mut bytes, v).unwrap();
            rows.push(0, i as u64, &bytes);
        }
        rows
    }

    /// The kinds of the columns, having seen that the values come back.
    fn kinds<T: Serialize>(values: &[T]) -> Option<Vec<Kind>> {
        let rows = rows(values);
        let mut columns = Columns::of(&rows)?;
        let json = serde_json::to_string(&columns.shape).unwrap();
        assert_eq!(serde_json::from_str::<Shape>(&json).unwrap(), columns.shape);
        let (_, _, end, bytes) = rows.columns();
        assert_eq!(
            columns.values(values.len()),
            Some((end.to_vec(), bytes.to_vec()))
        );
        Some(columns.shape.kinds().into_iter().map(|k| *k).collect())
    }

    #[derive(Serialize)]
    struct Welford {
        n: u64,
        mean: f64,
        bounds: (f32, f32),
        last: Option<()>,
    }

    #[test]
    fn numbers_are_columns() {
        let welford = Welford {
            n: 3,
            mean: -0.0,
            bounds: (1.5, f32::INFINITY),
            last: None,
        };
        let shape = Columns::of(&rows(&[welford])).unwrap().shape;
        assert_eq!(
            shape.names(),
            ["value.n", "value.mean", "value.bounds.0", "value.bounds.1"]
        );
        assert_eq!(
            serde_json::to_string(&shape).unwrap(),
            r#"{"map":[["n","u64"],["mean","f64"],["bounds",["f32","f32"]],["last","null"]]}"#
        );
        assert_eq!(kinds(&[(); 3]), Some(vec![]));
        assert_eq!(
            kinds(&[(true, 1u8), (false, 2)]),
            Some(vec![Kind::Bool, Kind::U64])
        );
        let signalling = f64::from_bits(0x7ff0_0000_0000_0001);
        assert_eq!(
            kinds(&[f64::NAN, -f64::NAN, signalling, -0.0]),
            Some(vec![Kind::F64])
        );
    }

    #[test]
    fn whole_numbers_get_as_wide_as_they_must() {
        let up = u128::from(u64::MAX);
        for (values, kind) in [
            (vec![0, 5], Some(Kind::U64)),
            (vec![0, i128::from(u64::MAX)], Some(Kind::U64)),
            (vec![7, -1], Some(Kind::I64)),
            (vec![-1, i64::MAX.into(), i64::MIN.into()], Some(Kind::I64)),
            (vec![-1, i128::from(i64::MAX) + 1], Some(Kind::I128)),
            (vec![i128::from(u64::MAX), -1], Some(Kind::I128)),
            (vec![1, i128::from(u64::MAX) + 1], Some(Kind::U128)),
            (vec![i128::MAX, i128::MIN], Some(Kind::I128)),
            (vec![i128::MIN, 0, -1], Some(Kind::I128)),
        ] {
            assert_eq!(kinds(&values), kind.map(|k| vec![k]), "{values:?}");
        }
        assert_eq!(kinds(&[0, up, up + 1, u128::MAX]), Some(vec![Kind::U128]));
    }

    #[test]
    fn what_varies_is_no_column() {
        assert!(kinds(&["a", "b"]).is_none());
        assert!(kinds(&[vec![1], vec![1, 2]]).is_none());
        assert!(kinds(&[Some(1), None]).is_none());
        assert!(kinds(&[vec![0; 257]]).is_none());
        assert!(kinds(&[Ok::<u8, f64>(1), Err(2.0)]).is_none());
        let map = |key: &str| std::collections::BTreeMap::from([(key.to_owned(), 1)]);
        assert!(kinds(&[map("a.b")]).is_none() && kinds(&[map("a/b")]).is_none());
        assert!(kinds(&[map("a")]).is_some() && kinds(&[map("a"), map("b")]).is_none());
        // A name that is taken: a large number's upper half and a key.
        let both = |n: u128| (n, std::collections::BTreeMap::from([("hi", 1)]));
        assert!(kinds(&[both(u128::MAX)]).is_some());
        // Longer than it must be, deeper than is looked, of unknown length, cut short, two values.
        for odd in [
            &[0x18, 1][..],
            &[0x81; 40],
            &[0x9f, 1, 0xff],
            &[0x82, 1],
            &[1, 1],
            &[0xc2, 0x41, 1],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[],
        ] {
            let mut rows = Rows::default();
            rows.push(0, 0, odd);
            assert!(Columns::of(&rows).is_none(), "{odd:x?}");
        }
        assert!(Columns::of(&Rows::default()).is_none());
    }

    proptest! {
        #[test]
        fn all_numbers_come_back(values in prop::collection::vec(
            (any::<i64>(), any::<u64>(), any::<u128>(), any::<i128>(), any::<u64>(), any::<u32>(), any::<bool>()), 1..20
        )) {
            let values: Vec<_> = values.into_iter().map(|(a, b, c, d, e, f, g)| {
                ((a, b >> (c % 64)), [c >> (b % 128), 1], d >> (b % 128), f64::from_bits(e), f32::from_bits(f), g)
            }).collect();
            prop_assert!(kinds(&values).is_some());
        }

        #[test]
        fn no_bytes_are_changed(values in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..4)) {
            let mut rows = Rows::default();
            values.iter().for_each(|value| rows.push(0, 0, value));
            if let Some(columns) = Columns::of(&rows) {
                let (_, _, end, bytes) = rows.columns();
                prop_assert_eq!(columns.values(rows.len()), Some((end.to_vec(), bytes.to_vec())));
            }
        }
    }
}
