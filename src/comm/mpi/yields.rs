//! Looks for messages that keep the core.
//!
//! Where ranks are more than cores Open MPI gives the core away after each look that finds nothing
//! (`mpi_yield_when_idle`). That is meant for ranks that look without end. The comm thread naps between its looks, so
//! it holds nobody up, and what it gives away is a slice of some milliseconds, to whoever computes. Beside other work
//! jobs on more ranks than cores took twenty times as long.

use super::symbol;
use std::env;
use std::ffi::c_void;

/// Open MPI's own parameter: what is set there, stays.
const VARIABLE: &str = "OMPI_MCA_mpi_yield_when_idle";

type Set = unsafe extern "C" fn(bool);

/// From now on looks keep the core, but where the user wants it otherwise. Other libraries do nothing of the kind.
pub fn none() {
    if env::var_os(VARIABLE).is_some() {
        return;
    }
    if let Some(found) = symbol::find(c"opal_progress_set_yield_when_idle") {
        // SAFETY: this is Open MPI's function of that name (opal/runtime/opal_progress.h), which has this type in
        // versions 4.1 and 5.0 and those before, but for a result that nobody needs. It sets a flag that is read by
        // the thread that looks for messages, which is this one.
        unsafe { std::mem::transmute::<*mut c_void, Set>(found)(false) };
    }
}
