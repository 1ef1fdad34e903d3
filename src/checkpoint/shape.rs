//! What CBOR (RFC 8949) values look like: which containers and keys there are, and where numbers stand in them.
//!
//! Only what has the same form in every row has a shape: numbers, truth values, nothing, and lists and maps of
//! these. Text, bytes and whatever else CBOR has do not.

use serde::{Deserialize, Serialize};

/// The deepest that values may be nested.
const DEEPEST: u32 = 16;
/// The most leaves: each is a column.
const MOST: usize = 256;
/// The longest key, in bytes: it is part of a name.
const LONGEST_KEY: usize = 255;

/// The form of a value. As JSON: `"u64"`, `["f64", "f64"]`, `{"map": [["mean", "f64"], ["n", "u64"]]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Shape {
    /// A number or the like.
    Leaf(Kind),
    /// A list, a tuple.
    List(Vec<Shape>),
    /// A struct.
    Map {
        /// Its keys, in order, and what they stand for.
        map: Vec<(String, Shape)>,
    },
}

/// What a leaf is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Whole numbers from 0. Also any whole number, while it is not known what the other rows have.
    U64,
    /// Whole numbers.
    I64,
    /// Large whole numbers from 0.
    U128,
    /// Large whole numbers.
    I128,
    /// Floating point numbers of single precision.
    F32,
    /// Floating point numbers of double precision.
    F64,
    /// True or false.
    Bool,
    /// Nothing; needs no column.
    Null,
}

/// One leaf of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaf {
    /// 0, 1, 2, ...
    Whole(u128),
    /// -1 less this.
    Negative(u128),
    /// Bits of a number of single precision.
    F32(u32),
    /// Bits of a number of double precision.
    F64(u64),
    /// True or false.
    Bool(bool),
}

impl Shape {
    /// The form of a value, if it has one.
    pub fn of(value: &[u8]) -> Option<Self> {
        let (mut rest, mut leaves) = (value, 0);
        let shape = look(&mut rest, DEEPEST, &mut leaves)?;
        rest.is_empty().then_some(shape)
    }

    /// Whether it can be that of a value, as far as depth, keys and the number of leaves go: one that was read
    /// from a file may be anything.
    pub fn is_usual(&self) -> bool {
        self.is_within(DEEPEST, &mut 0)
    }

    fn is_within(&self, deeper: u32, leaves: &mut usize) -> bool {
        let mut inside = |shape: &Shape| deeper > 0 && shape.is_within(deeper - 1, leaves);
        match self {
            Shape::List(list) if !list.is_empty() => list.iter().all(inside),
            Shape::Map { map } if !map.is_empty() => {
                map.iter().all(|(key, shape)| is_key(key) && inside(shape))
            }
            _ => count(leaves).is_some(),
        }
    }

    /// Names of the leaves that have columns, in order: `value`, `value.0`, `value.name`.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.name("value", &mut names);
        names
    }

    fn name(&self, path: &str, names: &mut Vec<String>) {
        match self {
            Shape::Leaf(Kind::Null) => {}
            Shape::Leaf(_) => names.push(path.to_owned()),
            Shape::List(list) => {
                for (i, shape) in list.iter().enumerate() {
                    shape.name(&format!("{path}.{i}"), names);
                }
            }
            Shape::Map { map } => {
                for (key, shape) in map {
                    shape.name(&format!("{path}.{key}"), names);
                }
            }
        }
    }

    /// The kinds of the leaves that have columns, in order.
    pub fn kinds(&mut self) -> Vec<&mut Kind> {
        match self {
            Shape::Leaf(Kind::Null) => Vec::new(),
            Shape::Leaf(kind) => vec![kind],
            Shape::List(list) => list.iter_mut().flat_map(Shape::kinds).collect(),
            Shape::Map { map } => map.iter_mut().flat_map(|(_, s)| s.kinds()).collect(),
        }
    }

    /// Hands over the leaves of a value, if it is of this form.
    pub fn follow(
        &self,
        rest: &mut &[u8],
        each: &mut impl FnMut(Leaf) -> Option<()>,
    ) -> Option<()> {
        match self {
            Shape::Leaf(kind) => match (kind, leaf(rest)?) {
                (Kind::Null, None) => Some(()),
                (Kind::Null, _) | (_, None) => None,
                (_, Some(leaf)) => each(leaf),
            },
            Shape::List(list) => {
                (head(rest)? == (4, list.len() as u64)).then_some(())?;
                list.iter().try_for_each(|shape| shape.follow(rest, each))
            }
            Shape::Map { map } => {
                (head(rest)? == (5, map.len() as u64)).then_some(())?;
                map.iter().try_for_each(|(key, shape)| {
                    (text(rest)? == key).then_some(())?;
                    shape.follow(rest, each)
                })
            }
        }
    }

    /// Writes a value of this form with those leaves.
    pub fn write(&self, out: &mut Vec<u8>, next: &mut impl FnMut() -> Option<Leaf>) -> Option<()> {
        match self {
            Shape::Leaf(Kind::Null) => out.push(0xf6),
            Shape::Leaf(_) => next()?.write(out),
            Shape::List(list) => {
                put(out, 4, list.len() as u64);
                list.iter().try_for_each(|shape| shape.write(out, next))?;
            }
            Shape::Map { map } => {
                put(out, 5, map.len() as u64);
                for (key, shape) in map {
                    put(out, 3, key.len() as u64);
                    out.extend_from_slice(key.as_bytes());
                    shape.write(out, next)?;
                }
            }
        }
        Some(())
    }
}

impl Leaf {
    fn write(self, out: &mut Vec<u8>) {
        let mut whole = |major: u8, n: u128| match u64::try_from(n) {
            Ok(n) => put(out, major, n),
            Err(_) => {
                let bytes = n.to_be_bytes();
                let from = n.leading_zeros() as usize / 8;
                out.push(0xc2 + major);
                put(out, 2, (bytes.len() - from) as u64);
                out.extend_from_slice(&bytes[from..]);
            }
        };
        match self {
            Leaf::Whole(n) => whole(0, n),
            Leaf::Negative(n) => whole(1, n),
            Leaf::F32(bits) => {
                out.push(0xfa);
                out.extend(bits.to_be_bytes());
            }
            Leaf::F64(bits) => {
                out.push(0xfb);
                out.extend(bits.to_be_bytes());
            }
            Leaf::Bool(is) => out.push(0xf4 + u8::from(is)),
        }
    }
}

/// Some characters have a meaning in the names of data sets.
fn is_key(key: &str) -> bool {
    (1..=LONGEST_KEY).contains(&key.len()) && !key.contains(['/', '.', '\0'])
}

/// One leaf more; a container with nothing in it is one too, or a short file could have rows without end.
fn count(leaves: &mut usize) -> Option<()> {
    *leaves += 1;
    (*leaves <= MOST).then_some(())
}

fn look(rest: &mut &[u8], deeper: u32, leaves: &mut usize) -> Option<Shape> {
    match rest.first()? >> 5 {
        4 => {
            let (_, n) = head(rest)?;
            if n == 0 {
                count(leaves)?;
            }
            // A shape is never longer than its value.
            let list = (0..n).map(|_| look(rest, deeper.checked_sub(1)?, leaves));
            Some(Shape::List(list.collect::<Option<_>>()?))
        }
        5 => {
            let (_, n) = head(rest)?;
            if n == 0 {
                count(leaves)?;
            }
            let map = (0..n).map(|_| {
                let key = text(rest).filter(|key| is_key(key))?.to_owned();
                Some((key, look(rest, deeper.checked_sub(1)?, leaves)?))
            });
            let map = map.collect::<Option<_>>()?;
            Some(Shape::Map { map })
        }
        _ => {
            count(leaves)?;
            Some(Shape::Leaf(match leaf(rest)? {
                None => Kind::Null,
                Some(Leaf::Whole(_) | Leaf::Negative(_)) => Kind::U64,
                Some(Leaf::F32(_)) => Kind::F32,
                Some(Leaf::F64(_)) => Kind::F64,
                Some(Leaf::Bool(_)) => Kind::Bool,
            }))
        }
    }
}

/// A leaf; the inner `None` is CBOR's null.
fn leaf(rest: &mut &[u8]) -> Option<Option<Leaf>> {
    let first = *rest.first()?;
    Some(Some(match first {
        0x00..=0x1b => Leaf::Whole(head(rest)?.1.into()),
        0x20..=0x3b => Leaf::Negative(head(rest)?.1.into()),
        0xc2 | 0xc3 => {
            take(rest, 1)?;
            let (major, n) = head(rest)?;
            (major == 2 && n <= 16).then_some(())?;
            let n = take(rest, n)?
                .iter()
                .fold(0, |n, &byte| n << 8 | u128::from(byte));
            if first == 0xc2 {
                Leaf::Whole(n)
            } else {
                Leaf::Negative(n)
            }
        }
        0xfa => Leaf::F32(u32::from_be_bytes(take(rest, 5)?[1..].try_into().ok()?)),
        0xfb => Leaf::F64(u64::from_be_bytes(take(rest, 9)?[1..].try_into().ok()?)),
        0xf4 | 0xf5 => Leaf::Bool(take(rest, 1)?[0] == 0xf5),
        0xf6 => {
            take(rest, 1)?;
            return Some(None);
        }
        _ => return None,
    }))
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let (major, n) = head(rest)?;
    (major == 3).then_some(())?;
    std::str::from_utf8(take(rest, n)?).ok()
}

/// A major type with its number or length; of a known length only.
fn head(rest: &mut &[u8]) -> Option<(u8, u64)> {
    let first = take(rest, 1)?[0];
    let number = match first & 0x1f {
        small @ 0..=0x17 => small.into(),
        size @ 0x18..=0x1b => take(rest, 1 << (size - 0x18))?
            .iter()
            .fold(0, |n, &byte| n << 8 | u64::from(byte)),
        _ => return None,
    };
    Some((first >> 5, number))
}

fn take<'a>(rest: &mut &'a [u8], n: u64) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(usize::try_from(n).ok()?)?;
    *rest = left;
    Some(taken)
}

/// A head in its shortest form.
fn put(out: &mut Vec<u8>, major: u8, n: u64) {
    let major = major << 5;
    let bytes = n.to_be_bytes();
    match n {
        0..=0x17 => out.push(major | n as u8),
        0x18..=0xff => out.extend([major | 0x18, n as u8]),
        0x100..=0xffff => {
            out.push(major | 0x19);
            out.extend_from_slice(&bytes[6..]);
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 0x1a);
            out.extend_from_slice(&bytes[4..]);
        }
        _ => {
            out.push(major | 0x1b);
            out.extend_from_slice(&bytes);
        }
    }
}
