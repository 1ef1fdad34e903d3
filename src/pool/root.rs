//! Sections that run on rank 0 only, and whose result all ranks get.

use super::Pool;
use super::execute::Order;
use crate::error::Error;
use crate::session::spec::{Kind, Spec};
use crate::tasks::nothing::Nothing;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use std::panic::Location;

impl Pool {
    /// Runs `f` on rank 0 only, and returns its result on every rank: the way to read standard input, a
    /// file or the clock.
    ///
    /// The other ranks wait. An error or a panic in `f` ends the run on all of them.
    ///
    /// # Errors
    /// The error of `f`; [`Error::Usage`] when called inside another such section.
    ///
    /// ```
    /// # fn demo(pool: &grange::Pool) -> Result<(), grange::Error> {
    /// let text = pool.root(|| std::fs::read_to_string("Cargo.toml"))?;
    /// assert!(text.contains("grange"));
    /// # Ok(()) }
    /// # assert_eq!(grange::Builder::new().quiet(true).run_code(|pool| demo(pool)), 0);
    /// ```
    #[track_caller]
    pub fn root<R, E>(&self, f: impl FnOnce() -> Result<R, E>) -> Result<R, Error>
    where
        R: Serialize + DeserializeOwned,
        E: Into<Error>,
    {
        self.on_root("root", Location::caller(), f)
    }

    pub(super) fn on_root<R, E>(
        &self,
        verb: &'static str,
        at: &'static Location<'static>,
        f: impl FnOnce() -> Result<R, E>,
    ) -> Result<R, Error>
    where
        R: Serialize + DeserializeOwned,
        E: Into<Error>,
    {
        let order = Order {
            spec: Spec::of(Kind::Root),
            verb,
            name: None,
            at,
            types: type_name::<R>(),
            streaming: false,
            show: None,
            audit: None,
            keeping: None,
        };
        self.execute(order, &Nothing, |_| {
            self.section(|| f().map_err(Into::into))
        })
    }

    /// Runs `f` with calls of the pool forbidden.
    pub(super) fn section<R>(&self, f: impl FnOnce() -> R) -> R {
        let _guard = Section::enter(self);
        f()
    }
}

/// Inside a section for as long as it lives, whichever way it is left.
struct Section<'p>(&'p Pool);

impl<'p> Section<'p> {
    fn enter(pool: &'p Pool) -> Self {
        pool.in_section.set(true);
        Section(pool)
    }
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        self.0.in_section.set(false);
    }
}
