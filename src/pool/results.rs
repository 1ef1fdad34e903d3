//! Values that are on rank 0, and values that arrive there one by one.

use super::Pool;
use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::panic::Location;

/// A value that lies on rank 0 only, since it may be large.
#[must_use = "the values are on rank 0: use on_root or everywhere"]
pub struct Rooted<'p, T> {
    pub(super) pool: &'p Pool,
    pub(super) value: Option<T>,
}

impl<T> Rooted<'_, T> {
    /// Runs `f` on the value, on rank 0; returns its result on every rank.
    ///
    /// # Errors
    /// The error of `f`.
    #[track_caller]
    pub fn on_root<R, E>(self, f: impl FnOnce(T) -> Result<R, E>) -> Result<R, Error>
    where
        R: Serialize + DeserializeOwned,
        E: Into<Error>,
    {
        let value = self.value;
        self.pool
            .on_root("on_root", Location::caller(), || match value {
                Some(value) => f(value).map_err(Into::into),
                None => Err(Error::Value("the value is not on rank 0".into())),
            })
    }

    /// The value itself on every rank.
    ///
    /// # Errors
    /// When the run was stopped.
    #[track_caller]
    pub fn everywhere(self) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        let value = self.value;
        self.pool.on_root("everywhere", Location::caller(), || {
            value.ok_or_else(|| Error::Value("the value is not on rank 0".into()))
        })
    }

    /// The value on rank 0, `None` on the others.
    pub fn into_root(self) -> Option<T> {
        self.value
    }
}

impl<T> fmt::Debug for Rooted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Rooted({})",
            if self.value.is_some() {
                "here"
            } else {
                "on rank 0"
            }
        )
    }
}

/// The results of an `imap`, as they come. Ends early when the run is being stopped.
pub struct Results<'a, V> {
    next: Box<dyn FnMut() -> Option<V> + 'a>,
}

impl<'a, V> Results<'a, V> {
    pub(crate) fn new(next: impl FnMut() -> Option<V> + 'a) -> Self {
        Results {
            next: Box::new(next),
        }
    }
}

impl<V> Iterator for Results<'_, V> {
    type Item = V;

    fn next(&mut self) -> Option<V> {
        (self.next)()
    }
}

impl<V> fmt::Debug for Results<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Results")
    }
}
