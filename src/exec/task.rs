//! What a call does with a block of grains.

use super::call::CallState;
use crate::checkpoint::Rows;
use crate::engine::span::Span;
use crate::error::Error;
use crate::wire::rope::Rope;
use std::cell::Cell;

/// What becomes of a grain that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Trials {
    /// It is tried so often again.
    pub retries: u32,
    /// After that it is set aside, and the call goes on.
    pub skip: bool,
}

impl Trials {
    /// Whether the first failure is not the end.
    pub fn is_tolerant(&self) -> bool {
        self.retries > 0 || self.skip
    }
}

/// What a checkpoint keeps of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing.
    Nothing,
    /// Nodes of the tree.
    Nodes,
    /// Nodes of the tree, when all is done.
    Root,
    /// The values of all items.
    Items,
    /// Which grains are done, and the best hit.
    Hits,
}

/// The typed half of a call. Implementations: a reduction, a map, a search, and so on.
pub trait Task: Sync {
    /// Made once per thread, kept over all its blocks.
    type State;
    /// Values of some grains on their way to rank 0.
    type Part: Send + 'static;
    /// Where a rank keeps parts until they are sent.
    type Store: Send;

    /// A thread's state.
    fn state(&self) -> Self::State;

    /// Computes the grains of `span` in order; hands values to `emit`.
    ///
    /// # Errors
    /// The user's, or that a value does not survive serialization.
    fn block(
        &self,
        state: &mut Self::State,
        span: Span,
        control: &Control<'_>,
        emit: &mut dyn FnMut(Self::Part),
    ) -> Result<(), Error>;

    /// A worker leaves; its state may hold values.
    fn retire(&self, _state: Self::State, _emit: &mut dyn FnMut(Self::Part)) {}

    /// An empty store.
    fn store(&self) -> Self::Store;

    /// Puts a part into the store, merging where that makes it smaller.
    fn put(&self, store: &mut Self::Store, part: Self::Part);

    /// Takes what is to be sent now.
    fn take(&self, store: &mut Self::Store) -> Vec<Self::Part>;

    /// Takes everything, what is held for the end of a deferred call included.
    fn take_held(&self, store: &mut Self::Store) -> Vec<Self::Part> {
        self.take(store)
    }

    /// The leftmost grain with a hit among `parts`, for a search.
    fn hit(&self, _parts: &[Self::Part]) -> Option<u64> {
        None
    }

    /// Writes parts.
    ///
    /// # Errors
    /// When a type refuses to be written.
    fn encode(&self, parts: Vec<Self::Part>, rope: &mut Rope) -> Result<(), Error>;

    /// Whether grains leave nothing but what they did.
    fn is_bare(&self) -> bool {
        false
    }

    /// What a checkpoint keeps of it: rows of which kind, or only what is done, or nothing before the end.
    fn kept(&self) -> Kept {
        Kept::Nothing
    }

    /// What stands for a grain that failed and is set aside, if anything has to.
    fn aside(&self, _grain: u64) -> Option<Self::Part> {
        None
    }

    /// The grains whose values a part is, where it is of whole grains alone.
    fn grains_of(&self, _part: &Self::Part) -> Option<Span> {
        None
    }

    /// A part as rows of a checkpoint.
    ///
    /// # Errors
    /// When a type refuses to be written.
    fn rows_of(&self, _part: &Self::Part, _rows: &mut Rows) -> Result<(), Error> {
        Ok(())
    }

    /// Parts out of rows of a checkpoint.
    ///
    /// # Errors
    /// When the rows are not what this task wrote.
    fn parts_of(&self, _rows: &Rows) -> Result<Vec<Self::Part>, Error> {
        Ok(Vec::new())
    }

    /// Reads the next part.
    ///
    /// # Errors
    /// When the bytes are not one.
    fn decode(&self, rope: &mut Rope) -> Result<Self::Part, Error>;
}

/// What running user code may ask and tells: whether to stop, and which item it is at.
#[derive(Debug)]
pub struct Control<'a> {
    call: &'a CallState,
    grain: Cell<u64>,
    item: Cell<Option<u128>>,
}

impl<'a> Control<'a> {
    /// Control of one worker over a block that begins with `grain`.
    pub fn new(call: &'a CallState, grain: u64) -> Self {
        Control {
            call,
            grain: Cell::new(grain),
            item: Cell::new(None),
        }
    }

    /// The next grain begins.
    pub fn begin(&self, grain: u64) {
        self.grain.set(grain);
        self.item.set(None);
    }

    /// The next item begins.
    pub fn at_item(&self, item: u128) {
        self.item.set(Some(item));
    }

    /// The item at work, where it is known, else the grain.
    pub fn place(&self) -> (u64, Option<u128>) {
        (self.grain.get(), self.item.get())
    }

    /// Whether what is being computed is no longer wanted: the call is over, or something further left
    /// has settled it.
    pub fn is_stopped(&self) -> bool {
        self.call.is_unwanted(self.grain.get())
    }

    /// A find hit in this grain: nothing right of it matters any more.
    pub fn hit(&self, grain: u64) {
        self.call.hit(grain);
    }
}
