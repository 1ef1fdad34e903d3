//! Looking for functions of the MPI library when the program runs: one binary serves libraries with and
//! without them.

use std::ffi::CStr;
use std::os::raw::{c_char, c_void};

#[cfg(not(target_os = "macos"))]
const ANYWHERE: *mut c_void = std::ptr::null_mut();
#[cfg(target_os = "macos")]
const ANYWHERE: *mut c_void = -2isize as *mut c_void;

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// Where the function of that name is, if a loaded library has it.
pub fn find(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: a handle that stands for all loaded libraries, and a C string.
    let found = unsafe { dlsym(ANYWHERE, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}
