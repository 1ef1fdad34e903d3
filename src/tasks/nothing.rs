//! A call that leases nothing: a section on rank 0.

use crate::engine::span::Span;
use crate::error::Error;
use crate::exec::task::{Control, Task};
use crate::wire::rope::Rope;

/// No grains, no values.
pub struct Nothing;

impl Task for Nothing {
    type State = ();
    type Part = ();
    type Store = ();

    fn state(&self) {}

    fn block(
        &self,
        (): &mut (),
        _: Span,
        _: &Control<'_>,
        _: &mut dyn FnMut(()),
    ) -> Result<(), Error> {
        Ok(())
    }

    fn store(&self) {}

    fn put(&self, _: &mut (), (): ()) {}

    fn take(&self, _: &mut ()) -> Vec<()> {
        Vec::new()
    }

    fn encode(&self, _: Vec<()>, _: &mut Rope) -> Result<(), Error> {
        Ok(())
    }

    fn decode(&self, _: &mut Rope) -> Result<(), Error> {
        // Who decodes until nothing is left would never come to an end.
        Err(Error::Value("values of a call that has none".into()))
    }
}
