//! Digests of the user's values, equal where the values are.
//!
//! The entries of a map (`HashMap`) are written in an order that chance decides, so they are sorted first by
//! their bytes, as RFC 8949, section 4.2.1, has it. What is written as a list (`HashSet`) cannot be told from
//! lists whose order counts.

use super::value;
use crate::error::Error;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Deeper values are taken as they are.
const DEEPEST: u32 = 128;

/// The SHA-256 (FIPS 180-4) of what `value` writes, the entries of its maps in order.
///
/// # Errors
/// When the type's own `Serialize` refuses.
pub fn of<T: Serialize>(value: &T) -> Result<[u8; 32], Error> {
    let mut bytes = Vec::new();
    value::append(&mut bytes, value)?;
    let sorted = sorted(&bytes, false);
    Ok(Sha256::digest(sorted.as_ref().unwrap_or(&bytes)).into())
}

/// One item of CBOR with the entries of its maps in order and, if they are to be, those of its `lists`; `None`
/// when it is not one.
pub fn sorted(bytes: &[u8], lists: bool) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut items = Items {
        bytes,
        depth: 0,
        lists,
    };
    items.copy(&mut out)?;
    items.bytes.is_empty().then_some(out)
}

/// CBOR that is left to be read.
struct Items<'a> {
    bytes: &'a [u8],
    depth: u32,
    /// Those of lists are sorted, too.
    lists: bool,
}

/// What ends lists and maps of no given length.
const BREAK: u8 = 0xff;

impl<'a> Items<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.bytes.split_at_checked(n)?;
        self.bytes = left;
        Some(taken)
    }

    /// Copies the head of an item. Gives its kind (RFC 8949, section 3), and its number unless that is open.
    fn head(&mut self, out: &mut Vec<u8>) -> Option<(u8, Option<u64>)> {
        let first = self.take(1)?[0];
        out.push(first);
        let (kind, low) = (first >> 5, first & 31);
        let more = match low {
            0..=23 => return Some((kind, Some(low.into()))),
            24..=27 => self.take(1 << (low - 24))?,
            31 => return Some((kind, None)),
            _ => return None,
        };
        out.extend_from_slice(more);
        let number = more.iter().fold(0, |n, &byte| n << 8 | u64::from(byte));
        Some((kind, Some(number)))
    }

    /// Copies one item; `None` when it is not one.
    fn copy(&mut self, out: &mut Vec<u8>) -> Option<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        match self.head(out)? {
            (0 | 1 | 7, Some(_)) => {}
            (2 | 3, Some(n)) => out.extend_from_slice(self.take(usize::try_from(n).ok()?)?),
            (4, n) if self.lists => self.sort(n, 1, out)?,
            (2..=4, n) => self.each(n, out, |items, out| items.copy(out))?,
            (5, n) => self.sort(n, 2, out)?,
            (6, Some(_)) => self.copy(out)?,
            _ => return None,
        }
        self.depth -= 1;
        Some(())
    }

    /// Copies entries of so many items each, by their bytes.
    fn sort(&mut self, n: Option<u64>, items: usize, out: &mut Vec<u8>) -> Option<()> {
        let (mut entries, mut end) = (Vec::new(), Vec::new());
        self.each(n, &mut end, |from, _| {
            let mut entry = Vec::new();
            (0..items).try_for_each(|_| from.copy(&mut entry))?;
            entries.push(entry);
            Some(())
        })?;
        entries.sort_unstable();
        out.extend(entries.into_iter().flatten());
        out.append(&mut end);
        Some(())
    }

    /// Runs `one` so often or, where that is open, up to the break, which is copied.
    fn each(
        &mut self,
        n: Option<u64>,
        out: &mut Vec<u8>,
        mut one: impl FnMut(&mut Self, &mut Vec<u8>) -> Option<()>,
    ) -> Option<()> {
        if let Some(n) = n {
            return (0..n).try_for_each(|_| one(self, out));
        }
        while *self.bytes.first()? != BREAK {
            one(self, out)?;
        }
        out.extend_from_slice(self.take(1)?);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn known_answer() {
        // The SHA-256 of the one byte 0, which is the number 0 in CBOR.
        let sum = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        let hex = |sum: [u8; 32]| sum.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(of(&0u8).map(hex).as_deref(), Ok(sum));
    }

    #[test]
    fn equal_maps_have_equal_digests() {
        // Each map has another order of its own.
        let map = |from: u32| (from..from + 50).map(|n| (n % 50, vec![n % 50])).collect();
        let value = |from| -> (f64, HashMap<u32, Vec<u32>>) { (0.5, map(from)) };
        let nested = |from| vec![HashMap::from([("a", value(from)), ("b", value(from + 1))])];
        assert_eq!(of(&nested(0)), of(&nested(17)));
        let mut other = nested(0);
        other[0].insert("c", value(0));
        assert_ne!(of(&nested(0)), of(&other));
        assert_ne!(of(&[1, 2]), of(&[2, 1]));
        assert_ne!(of(&0.0f64), of(&-0.0f64));
    }

    proptest! {
        #[test]
        fn any_bytes_are_copied_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            for lists in [false, true] {
                let out = sorted(&bytes, lists);
                prop_assert!(out.is_none_or(|out| out.len() == bytes.len()));
            }
        }
    }
}
