//! Where the time of a run went.
//!
//! Every thread that computes has the wall time of the run to spend, from the beginning of `grange::run` on rank 0 to
//! its end, and all of it is accounted for ([`parts`]):
//!
//! | part | what the thread did |
//! | --- | --- |
//! | start-up | nothing: no call had begun (MPI comes up, a checkpoint is read) |
//! | useful | the user's function |
//! | overhead | merged, encoded and handed over what came out of it |
//! | waiting | nothing, in a call, before its last grain: it waited for a lease |
//! | tail | nothing, in a call, after its last grain, while others were still at work |
//! | gather | nothing, in a call all of whose grains were done: rank 0 folds what came out |
//! | serial | nothing, between calls and in sections that run on rank 0 alone |
//! | shutdown | nothing, after the last call (a checkpoint is written, MPI goes down) |
//! | lost | nobody knows: its rank died or stands still |
//!
//! The efficiencies are those of the POP project's model (`https://pop-coe.eu/node/69`), taken over threads: see
//! [`summary`].
//!
//! | module | concept |
//! | --- | --- |
//! | [`histogram`] | how long grains take |
//! | [`bounded`] | events of a run of any length in bounded memory |
//! | [`epoch`] | the beginning of a rank's clock |
//! | [`clock`] | by how much the clocks of ranks differ |
//! | [`messages`] | what went to and fro |
//! | [`strata`] | how fast ranks are at the same grains |
//! | [`crowding`] | how long threads waited for a core |
//! | [`thread`] | what one thread did |
//! | [`rank`] | what the threads of one rank did, call by call |
//! | [`record`] | what a rank tells at the end |
//! | [`parts`] | the time of a thread, in parts |
//! | [`summary`] | efficiencies of the whole run |
//! | [`advice`] | the largest loss, and what to do about it |
//! | [`text`] | all that for people |
//! | [`report`] | and for programs |
//! | [`trace`] | and for viewers |

pub mod advice;
pub mod bounded;
pub mod clock;
pub mod crowding;
pub mod epoch;
pub mod histogram;
pub mod messages;
pub mod parts;
pub mod rank;
pub mod record;
pub mod report;
pub mod strata;
pub mod summary;
pub mod text;
pub mod thread;
pub mod trace;
