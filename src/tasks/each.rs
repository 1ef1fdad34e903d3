//! Calls for the sake of what they do: nothing travels back.

use super::Cut;
use crate::engine::span::Span;
use crate::error::Error;
use crate::exec::task::{Control, Kept, Task};
use crate::source::{Items, Source};
use crate::wire::rope::Rope;

/// Runs `f` over every grain.
pub struct Each<'a, S, I, F> {
    /// The grains.
    pub cut: Cut<'a, S>,
    /// Makes a thread's state.
    pub init: I,
    /// What to do.
    pub f: F,
}

impl<S, St, I, F> Task for Each<'_, S, I, F>
where
    S: Source,
    I: Fn() -> St + Sync,
    F: Fn(&mut St, Items<'_, S>) -> Result<(), Error> + Sync,
{
    type State = St;
    type Part = ();
    type Store = ();

    fn state(&self) -> St {
        (self.init)()
    }

    fn block(
        &self,
        state: &mut St,
        span: Span,
        control: &Control<'_>,
        _: &mut dyn FnMut(()),
    ) -> Result<(), Error> {
        self.cut
            .each_grain(span, control, |_, items| (self.f)(state, items))
    }

    fn store(&self) {}

    fn put(&self, _: &mut (), (): ()) {}

    fn take(&self, _: &mut ()) -> Vec<()> {
        Vec::new()
    }

    fn encode(&self, _: Vec<()>, _: &mut Rope) -> Result<(), Error> {
        Ok(())
    }

    fn is_bare(&self) -> bool {
        true
    }

    fn kept(&self) -> Kept {
        Kept::Hits
    }

    fn decode(&self, _: &mut Rope) -> Result<(), Error> {
        // Who decodes until nothing is left would never come to an end.
        Err(Error::Value("values of a call that has none".into()))
    }
}
