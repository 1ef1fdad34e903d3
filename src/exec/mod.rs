//! Runs grains on the cores of one rank.
//!
//! One long-lived loop per worker thread ([`worker`]) pulls blocks of grains from grange's own queue
//! ([`call`]). The loops run on rayon's threads, whose deques serve only the parallelism inside user
//! code: a grain that waits in `par_iter` may help with pieces of that, but never picks up another grain
//! on its stack. There is no barrier between spans; the comm thread asks for the next before the last
//! runs out.
//!
//! | module | concept |
//! | --- | --- |
//! | [`task`] | what a call does with a block of grains, typed |
//! | [`call`] | what one call has leased here, untyped: the meeting point of workers and comm thread |
//! | [`strands`] | which of it a worker takes next |
//! | [`leased`] | what the comm thread knows of a call here, whatever its kind |
//! | [`jobs`] | submitted jobs, one at a time |
//! | [`help`] | what a worker does while it has nothing of its own |
//! | [`audit`] | which grains are to be computed again elsewhere |
//! | [`mailbox`] | values on their way to the thread that folds them |
//! | [`panics`] | catching the user's panics with their text and place |
//! | [`cores`] | which cores this process may use |
//! | [`layout`] | threads per rank, and hints when cores stand idle |

pub mod audit;
pub mod call;
pub mod cores;
pub mod help;
pub mod jobs;
pub mod layout;
pub mod leased;
pub mod mailbox;
pub mod panics;
pub mod strands;
pub mod task;
pub mod worker;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a panic elsewhere does not make the data wrong, since user code never runs half-way through
/// a change of it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
