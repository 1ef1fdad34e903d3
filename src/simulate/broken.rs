//! How a run may break a promise.

/// How a run broke a promise.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Broken {
    /// A grain counted twice.
    #[error("grain {0} counted twice")]
    CountedTwice(u64),
    /// The run ended without a grain that it needed.
    #[error("the run ended without grain {0}")]
    Missing(u64),
    /// The result differs from the serial one.
    #[error("the result is {got:?}, serial it is {serial:?}")]
    WrongBits {
        /// What came out; nothing if the tree has no root.
        got: Option<f64>,
        /// What should have.
        serial: f64,
    },
    /// The value of a job or of a grain of a map differs from the serial one or is not there.
    #[error("the value of job or grain {0} is wrong or missing")]
    WrongValue(u64),
    /// A search found something else than the leftmost hit.
    #[error("the search found {got:?}, the leftmost hit is {leftmost:?}")]
    WrongHit {
        /// What came out.
        got: Option<u64>,
        /// What should have.
        leftmost: Option<u64>,
    },
    /// A job was given again to a rank that had failed at it, while there were others.
    #[error("job {0} went again to the rank that had failed at it")]
    Shunned(u64),
    /// A grain was leased that was done, here or in the checkpoint that the session began with.
    #[error("grain {0} was leased although it was done")]
    LeasedAgain(u64),
    /// A grain was computed that was in the checkpoint that the session began with.
    #[error("grain {0} was in the checkpoint and was computed again")]
    ComputedAgain(u64),
    /// A session began with less than the last good checkpoint.
    #[error("checkpoint {good} was good, but checkpoint {loaded:?} was loaded")]
    OldCheckpoint {
        /// The newest that was written as it should be.
        good: u64,
        /// What the session began with.
        loaded: Option<u64>,
    },
    /// A checkpoint lacks a grain that the one before had, or that was done before the session was
    /// stopped, by ranks that reported in time.
    #[error("grain {0} was done before, but is not in the checkpoint")]
    Forgotten(u64),
    /// More nodes are held than the gaps explain.
    #[error("the ledger holds {nodes} nodes for {gaps} gaps")]
    TooManyNodes {
        /// Nodes held.
        nodes: usize,
        /// Gaps between what is done.
        gaps: usize,
    },
    /// A streamed result came before its consumer was ready for it.
    #[error("grain {grain} was done when only those before {ceiling} might be")]
    TooFarAhead {
        /// Which grain.
        grain: u64,
        /// The first that should have waited.
        ceiling: u64,
    },
    /// The run did not end in time.
    #[error("not finished after {at} ns of virtual time; the bound was {bound} ns")]
    NotFinished {
        /// When it was given up.
        at: u64,
        /// See [`super::Report::bound`].
        bound: u64,
    },
}
