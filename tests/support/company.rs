//! Which tests may run beside one another.
//!
//! Most tests of several ranks wait, for messages and for their limits, and some can do so at a time. A few compute on
//! all cores, or measure times: each of those runs while no other test does.

use std::sync::{PoisonError, RwLock};

static ROOM: RwLock<()> = RwLock::new(());

/// Runs `test` beside others that may be.
pub fn beside(test: fn()) {
    let _here = ROOM.read().unwrap_or_else(PoisonError::into_inner);
    test();
}

/// Runs `test` while no other does.
pub fn by_itself(test: fn()) {
    let _here = ROOM.write().unwrap_or_else(PoisonError::into_inner);
    test();
}
