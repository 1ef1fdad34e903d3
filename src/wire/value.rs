//! The user's values as CBOR (RFC 8949).

use super::digest;
use super::rope::Rope;
use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes `value` at the end of `rope`.
///
/// # Errors
/// When the type's own `Serialize` refuses.
pub fn write<T: Serialize>(rope: &mut Rope, value: &T) -> Result<(), Error> {
    cbor4ii::serde::to_writer(rope, value).map_err(|e| unwritable::<T>(&e))
}

/// Reads one value from the front of `rope`; what it has read is freed as it goes.
///
/// # Errors
/// When the bytes are not such a value.
pub fn read<T: DeserializeOwned>(rope: &mut Rope) -> Result<T, Error> {
    cbor4ii::serde::from_reader(rope).map_err(|e| unreadable::<T>(&e))
}

/// Appends the bytes of `value` to `buffer`.
///
/// # Errors
/// As [`write()`].
pub fn append<T: Serialize>(buffer: &mut Vec<u8>, value: &T) -> Result<(), Error> {
    cbor4ii::serde::to_writer(buffer, value).map_err(|e| unwritable::<T>(&e))
}

/// Reads the one value that `bytes` are.
///
/// # Errors
/// When they are not.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    cbor4ii::serde::from_slice(bytes).map_err(|e| unreadable::<T>(&e))
}

/// A text that tells `value` from others: of what it writes. For
/// [`Workload::version`](crate::Workload::version).
///
/// # Errors
/// When the type's own `Serialize` refuses.
pub fn fingerprint<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    let mut bytes = Vec::new();
    append(&mut bytes, &value)?;
    Ok(format!("{:016x}", super::hash::of(&bytes)))
}

fn unwritable<T>(error: &dyn std::fmt::Display) -> Error {
    let name = std::any::type_name::<T>();
    Error::Value(format!("{name} cannot be written: {error}"))
}

fn unreadable<T>(error: &dyn std::fmt::Display) -> Error {
    let name = std::any::type_name::<T>();
    Error::Value(format!("{name} cannot be read back: {error}"))
}

/// The bytes of one value.
///
/// # Errors
/// As [`write()`].
pub fn to_rope<T: Serialize>(value: &T) -> Result<Rope, Error> {
    let mut rope = Rope::new();
    write(&mut rope, value)?;
    Ok(rope)
}

/// In debug builds: that `value` survives being written and read. A value that changes on the way to
/// another rank would give other results there than here.
///
/// # Errors
/// When what was read back writes other bytes than the original.
pub fn check<T: Serialize + DeserializeOwned>(value: &T) -> Result<(), Error> {
    if !cfg!(debug_assertions) {
        return Ok(());
    }
    let (mut first, mut second) = (Vec::new(), Vec::new());
    append(&mut first, value)?;
    append(&mut second, &from_slice::<T>(&first)?)?;
    // The order within hash maps and hash sets is up to chance.
    let sorted = |bytes| digest::sorted(bytes, true);
    if first == second || (sorted(&first).is_some() && sorted(&first) == sorted(&second)) {
        return Ok(());
    }
    let name = std::any::type_name::<T>();
    Err(Error::Value(format!(
        "{name} changes when it is written and read back (its serde implementation loses something)"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(untagged)]
    enum Any {
        Number(u32),
        Text(String),
        Many(Vec<f32>),
    }

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Awkward {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        gone: Option<u8>,
        any: Vec<Any>,
        big: (u128, i128),
        unit: ((), char),
    }

    #[test]
    fn what_serde_can_write_can_travel() {
        let any = vec![Any::Number(7), Any::Text("é".into()), Any::Many(vec![0.5])];
        let value = Awkward {
            gone: None,
            any,
            big: (u128::MAX, i128::MIN),
            unit: ((), 'z'),
        };
        check(&value).unwrap();
        assert_eq!(
            read::<Awkward>(&mut to_rope(&value).unwrap()).unwrap(),
            value
        );
    }

    #[test]
    fn floats_keep_their_bits() {
        for bits in [
            0u64,
            1 << 63,
            0x7ff8_0000_0000_1234,
            0xfff0_0000_0000_0001,
            1,
        ] {
            let back: f64 = read(&mut to_rope(&f64::from_bits(bits)).unwrap()).unwrap();
            assert_eq!(back.to_bits(), bits);
        }
    }

    #[test]
    fn values_that_change_are_told() {
        #[derive(Deserialize)]
        struct Lossy(f64);
        impl Serialize for Lossy {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_f64(self.0 + 1.0)
            }
        }
        assert_eq!(check(&Lossy(0.5)).is_err(), cfg!(debug_assertions));
    }

    #[test]
    fn chance_may_order_maps_and_sets() {
        use std::collections::{HashMap, HashSet};
        let set: HashSet<u32> = (0..100).collect();
        let map: HashMap<u32, HashSet<u32>> = (0..9).map(|n| (n, set.clone())).collect();
        check(&(map, set)).unwrap();
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(read::<Vec<u64>>(&mut Rope::from(vec![0x9b; 9])).is_err());
        assert!(read::<String>(&mut Rope::new()).is_err());
    }
}
