//! Deliberate mistakes, to show that the checks find them.

/// A mistake that the driver makes on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// Second copies of overdue grains are not sent.
    DropCopies,
    /// A request that could not be answered at once never is.
    DropParked,
    /// Whatever is returned counts, news or not.
    CountDuplicates,
    /// Values are combined in order of arrival.
    ArrivalOrder,
    /// Nodes are kept apart although their siblings are there.
    NeverCoalesce,
    /// Reports of lost members are ignored, and so are overdue leases.
    IgnoreLost,
    /// What a sub-coordinator returns is lost on the way.
    DropGroupReturns,
    /// Grains are leased however far ahead of their consumer.
    IgnoreCeiling,
    /// Who failed at a job may be asked again at once.
    ForgetFailures,
}
