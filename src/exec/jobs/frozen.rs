//! Values that many jobs share: sent to a rank once, decoded there once.
//!
//! An input refers to one by number. Reading an input happens on a thread that has entered the store of its
//! rank, which turns the number into the value.

use crate::error::Error;
use crate::exec::lock;
use crate::wire::rope::Rope;
use crate::wire::value;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

type Shared = Arc<dyn Any + Send + Sync>;

/// The frozen values of one rank.
#[derive(Default)]
pub struct Store(Mutex<HashMap<u64, Arc<Entry>>>);

/// Bytes until somebody wants the value.
struct Entry(Mutex<(Option<Rope>, Option<Shared>)>);

thread_local! {
    static ENTERED: RefCell<Option<Arc<Store>>> = const { RefCell::new(None) };
    static WRITTEN: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Numbers are never used twice in a process.
static NEXT: AtomicU64 = AtomicU64::new(1);

impl Store {
    /// A value arrived.
    pub fn arrived(&self, id: u64, bytes: Rope) {
        let entry = Arc::new(Entry(Mutex::new((Some(bytes), None))));
        lock(&self.0).entry(id).or_insert(entry);
    }

    /// Whether that value is here.
    pub fn has(&self, id: u64) -> bool {
        lock(&self.0).contains_key(&id)
    }

    fn keep(&self, id: u64, value: Shared) {
        let entry = Arc::new(Entry(Mutex::new((None, Some(value)))));
        lock(&self.0).insert(id, entry);
    }

    fn get<T: DeserializeOwned + Send + Sync + 'static>(&self, id: u64) -> Result<Arc<T>, Error> {
        let entry = lock(&self.0).get(&id).cloned();
        let entry = entry.ok_or_else(|| {
            Error::Usage("a frozen value of another call of Pool::jobs cannot be read here".into())
        })?;
        // Others that want it wait for the one that decodes it.
        let mut entry = lock(&entry.0);
        if let Some(mut bytes) = entry.0.clone() {
            let value: T = value::read(&mut bytes)?;
            *entry = (None, Some(Arc::new(value)));
        }
        let value = entry.1.clone().and_then(|v| v.downcast::<T>().ok());
        value.ok_or_else(|| Error::Value("a frozen value is of another type".into()))
    }
}

/// Inputs read on this thread until the guard is dropped find their frozen values in `store`.
pub fn enter(store: &Arc<Store>) -> impl Drop + use<> {
    struct Entered(Option<Arc<Store>>);
    impl Drop for Entered {
        fn drop(&mut self) {
            ENTERED.replace(self.0.take());
        }
    }
    Entered(ENTERED.replace(Some(store.clone())))
}

/// The frozen values that what was written on this thread refers to, since this was last asked.
pub fn written() -> Vec<u64> {
    WRITTEN.take()
}

/// A value that many jobs share: see [`Scope::freeze`](crate::Scope::freeze). As part of an input it weighs
/// nothing; in the handler it dereferences to the value.
pub struct Frozen<T> {
    id: u64,
    value: Arc<T>,
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Frozen<T> {
    /// Keeps `value` in this rank's store; gives the number and the bytes for other ranks too.
    pub fn new(value: T, store: &Store) -> Result<(Self, u64, Rope), Error> {
        value::check(&value)?;
        let bytes = value::to_rope(&value)?;
        let (id, value) = (NEXT.fetch_add(1, Ordering::Relaxed), Arc::new(value));
        store.keep(id, value.clone());
        Ok((Frozen { id, value }, id, bytes))
    }
}

impl<T> Deref for Frozen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Clone for Frozen<T> {
    fn clone(&self) -> Self {
        Frozen {
            id: self.id,
            value: self.value.clone(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Frozen<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frozen").field(&self.value).finish()
    }
}

impl<T> Serialize for Frozen<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WRITTEN.with_borrow_mut(|ids| {
            if !ids.contains(&self.id) {
                ids.push(self.id);
            }
        });
        serializer.serialize_u64(self.id)
    }
}

impl<'de, T: DeserializeOwned + Send + Sync + 'static> Deserialize<'de> for Frozen<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = u64::deserialize(deserializer)?;
        let store = ENTERED.with_borrow(Clone::clone);
        let store = store.ok_or_else(|| {
            D::Error::custom("a frozen value can only be read as part of a job's input")
        })?;
        let value = store.get(id).map_err(D::Error::custom)?;
        Ok(Frozen { id, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_travels_and_the_value_is_found() {
        let (here, there) = (Arc::new(Store::default()), Arc::new(Store::default()));
        let (frozen, id, bytes) = Frozen::new(vec![1.5f64; 1000], &here).unwrap();
        written();
        let input = value::to_rope(&(frozen.clone(), 7)).unwrap();
        assert_eq!(written(), [id]);
        assert!(input.len() < 20);
        assert!(value::read::<(Frozen<Vec<f64>>, u8)>(&mut input.clone()).is_err());
        let entered = enter(&there);
        assert!(value::read::<(Frozen<Vec<f64>>, u8)>(&mut input.clone()).is_err());
        there.arrived(id, bytes);
        assert!(there.has(id) && value::read::<(Frozen<u8>, u8)>(&mut input.clone()).is_err());
        drop(entered);
        let _entered = enter(&here);
        let (back, seven): (Frozen<Vec<f64>>, u8) = value::read(&mut input.clone()).unwrap();
        assert_eq!((back.len(), seven), (1000, 7));
        assert!(Arc::ptr_eq(&back.value, &frozen.value));
    }
}
