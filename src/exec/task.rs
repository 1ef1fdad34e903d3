//! What a call does with a block of grains.

use super::call::CallState;
use super::leased::Leased;
use crate::checkpoint::Rows;
use crate::engine::audit::{Outcome, Record};
use crate::engine::nanoseconds;
use crate::engine::span::Span;
use crate::error::Error;
use crate::wire::rope::Rope;
use crate::wire::{digest, value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::time::Instant;

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

    /// Computes one grain apart from all others, for an audit: the digest of its value.
    ///
    /// # Errors
    /// As [`Task::block`].
    fn again(
        &self,
        _state: &mut Self::State,
        _grain: u64,
        _control: &Control<'_>,
    ) -> Result<[u8; 32], Error> {
        Err(Error::Value("a call that has no values".into()))
    }

    /// Whether grains leave nothing but what they did.
    fn is_bare(&self) -> bool {
        false
    }

    /// Whether it makes no difference in which order grains are done, so that each thread may go on where it was.
    fn in_any_order(&self) -> bool {
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
    /// Which worker.
    me: usize,
    grain: Cell<u64>,
    item: Cell<Option<u128>>,
    /// When the grain began, if it is audited.
    began: Cell<Option<Instant>>,
    computed: RefCell<Vec<Record>>,
    /// It is wanted whatever has been found elsewhere.
    again: bool,
}

impl<'a> Control<'a> {
    /// Control of worker `me` over a block that begins with `grain`.
    pub fn new(call: &'a CallState, me: usize, grain: u64) -> Self {
        Control {
            call,
            me,
            grain: Cell::new(grain),
            item: Cell::new(None),
            began: Cell::new(None),
            computed: RefCell::default(),
            again: false,
        }
    }

    /// Of a grain that is computed again.
    pub fn again(call: &'a CallState, me: usize, grain: u64) -> Self {
        Control {
            again: true,
            ..Control::new(call, me, grain)
        }
    }

    /// The next grain begins.
    pub fn begin(&self, grain: u64) {
        self.grain.set(grain);
        self.item.set(None);
        let audited = !self.again && self.call.is_audited(grain);
        self.began.set(audited.then(Instant::now));
    }

    /// Whether the value of the grain at work is to be handed to [`Control::computed`].
    pub fn is_apart(&self) -> bool {
        self.began.get().is_some() || self.bends()
    }

    /// Whether what comes out of grains is to be wrong here, for a test.
    fn bends(&self) -> bool {
        self.call.bends() && !self.again
    }

    /// The value of the grain at work is there. Gives it back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn computed<V: Serialize + DeserializeOwned>(&self, mut v: V) -> Result<V, Error> {
        if self.bends() {
            v = self.bent(v)?;
        }
        if let Some(began) = self.began.get() {
            let outcome = Outcome::Digest(digest::of(&v)?);
            let record = self.record(outcome, began);
            self.computed.borrow_mut().push(record);
        }
        Ok(v)
    }

    /// What is known of the grain at work, which began then.
    pub fn record(&self, outcome: Outcome, began: Instant) -> Record {
        Record {
            grain: self.grain.get(),
            thread: u32::try_from(self.me).unwrap_or(u32::MAX),
            outcome,
            took: nanoseconds(began.elapsed()),
        }
    }

    /// Takes what came out of audited grains.
    pub fn take_computed(&self) -> Vec<Record> {
        self.computed.take()
    }

    /// A value with one bit flipped, where it is still a value then.
    fn bent<V: Serialize + DeserializeOwned>(&self, v: V) -> Result<V, Error> {
        let mut bytes = Vec::new();
        value::append(&mut bytes, &v)?;
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        Ok(match value::from_slice(&bytes) {
            Ok(bent) => {
                self.call.bent();
                bent
            }
            Err(_) => v,
        })
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
        match self.again {
            true => self.call.is_stopped(),
            false => self.call.is_unwanted(self.grain.get()),
        }
    }

    /// A find hit in this grain: nothing right of it matters any more.
    pub fn hit(&self, grain: u64) {
        self.call.hit(grain);
    }
}
