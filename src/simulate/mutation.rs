//! Deliberate mistakes, to show that the checks find them.

/// A mistake that is made on purpose: by the engine, its driver, or who keeps and loads checkpoints.
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
    /// A node inside one that is there is combined with that.
    OverAncestor,
    /// Reports of lost members are ignored, and so are overdue leases.
    IgnoreLost,
    /// What a sub-coordinator returns is lost on the way.
    DropGroupReturns,
    /// Grains are leased however far ahead of their consumer.
    IgnoreCeiling,
    /// Who failed at a job may be asked again at once.
    ForgetFailures,
    /// The engine: what a lost member held is not given back.
    KeepLost,
    /// The engine: of what is given back, one grain gets lost.
    LoseOneGivenBack,
    /// The engine: what is done a second time is called news.
    AllIsNews,
    /// The engine: the work is finished while a grain is missing.
    EndEarly,
    /// A snapshot takes the set of done grains after the values that have arrived, not before.
    DoneAfterValues,
    /// What is leased counts as done in a snapshot.
    LeasedIsDone,
    /// A snapshot that was under way at the stop is written after the last one.
    LateSnapshot,
    /// A new session is not told what the checkpoint has done.
    ForgetDone,
    /// A damaged newest checkpoint means to begin afresh.
    ForgetPrevious,
    /// A checkpoint's checksum is not looked at.
    TrustTorn,
    /// After a damaged newest checkpoint the next one is written over the good one.
    OverwriteGood,
    /// Messages of former sessions are taken for ones of this session.
    OldMessages,
    /// Who is told to stop does not report what it has done.
    ForgetAtStop,
}
