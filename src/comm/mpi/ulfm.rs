//! Asking which ranks have failed, where the MPI library can tell (ULFM; Open MPI 5 has it).
//!
//! One binary serves libraries with and without it, so the functions are looked for when the program runs.

use super::symbol;
use mpi::ffi;
use std::os::raw::{c_int, c_void};

/// Classes of errors that tell of failed ranks: failed, pending, revoked.
const LOSSES: std::ops::RangeInclusive<c_int> = 75..=77;

type GetFailed = unsafe extern "C" fn(ffi::MPI_Comm, *mut ffi::MPI_Group) -> c_int;
type Acknowledge = unsafe extern "C" fn(ffi::MPI_Comm) -> c_int;

/// What the library offers.
#[derive(Clone, Copy)]
pub struct Ulfm {
    get_failed: GetFailed,
    acknowledge: Acknowledge,
}

impl Ulfm {
    /// If it offers it.
    pub fn find() -> Option<Self> {
        let get_failed = symbol::find(c"MPIX_Comm_get_failed")?;
        let acknowledge = symbol::find(c"MPIX_Comm_failure_ack")?;
        // SAFETY: these are the functions of those names, and so of those types (ULFM specification).
        unsafe {
            Some(Ulfm {
                get_failed: std::mem::transmute::<*mut c_void, GetFailed>(get_failed),
                acknowledge: std::mem::transmute::<*mut c_void, Acknowledge>(acknowledge),
            })
        }
    }

    /// Whether an error code tells of a failed rank.
    pub fn is_loss(self, code: c_int) -> bool {
        let mut class = 0;
        // SAFETY: a code of the library, and a pointer to a local.
        let told = unsafe { ffi::MPI_Error_class(code, &mut class) };
        told == ffi::MPI_SUCCESS as c_int && LOSSES.contains(&class)
    }

    /// Messages from anybody may be asked for again.
    pub fn acknowledge(self, comm: ffi::MPI_Comm) {
        // SAFETY: a live communicator. A failure shows with the next message.
        unsafe { (self.acknowledge)(comm) };
    }

    /// The ranks of `comm` that have failed.
    pub fn failed(self, comm: ffi::MPI_Comm) -> Vec<u32> {
        // SAFETY: all-zero handles are only written to before they are read; `comm` is live; the arrays have
        // as many elements as MPI is told; the groups are freed once.
        unsafe {
            let mut failed: ffi::MPI_Group = std::mem::zeroed();
            if (self.get_failed)(comm, &mut failed) != ffi::MPI_SUCCESS as c_int {
                return Vec::new();
            }
            let mut n = 0;
            ffi::MPI_Group_size(failed, &mut n);
            let mut ranks = vec![0; n.max(0) as usize];
            if n > 0 {
                let mut all: ffi::MPI_Group = std::mem::zeroed();
                ffi::MPI_Comm_group(comm, &mut all);
                let numbers: Vec<c_int> = (0..n).collect();
                ffi::MPI_Group_translate_ranks(
                    failed,
                    n,
                    numbers.as_ptr(),
                    all,
                    ranks.as_mut_ptr(),
                );
                ffi::MPI_Group_free(&mut all);
            }
            ffi::MPI_Group_free(&mut failed);
            let ranks = ranks
                .into_iter()
                .filter_map(|rank| u32::try_from(rank).ok());
            ranks.collect()
        }
    }
}
