//! Runs submitted jobs on the cores of one rank.
//!
//! Unlike the grains of a range, jobs take any time, so each worker takes one at a time: a long one holds up
//! nothing behind it, and whatever no worker has begun can go to another rank. Nothing here is typed; what a
//! job does is a function over bytes.
//!
//! | module | concept |
//! | --- | --- |
//! | [`batch`] | inputs of consecutive jobs on their way from the driver to a worker |
//! | [`record`] | what became of a job, on its way back |
//! | [`state`] | what is leased here: where workers and comm thread meet |
//! | [`worker`] | the loop of one worker thread |
//! | [`frozen`] | values that many jobs share, sent to a rank once |

pub mod batch;
pub mod frozen;
pub mod record;
pub mod state;
pub mod worker;
