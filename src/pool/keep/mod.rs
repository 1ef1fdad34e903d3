//! What a run keeps in checkpoints, on rank 0.
//!
//! A call's values are handed over as they are folded: what counts as done in a file is exactly what its
//! values are of, whatever the coordinator knows. [`files`] holds the checkpoints of a run, [`call`] what goes
//! to and comes from one on behalf of a call, [`jobs`] the
//! same for jobs, [`identity`] how a call finds its place.

pub mod call;
pub mod files;
mod identity;
pub mod jobs;
