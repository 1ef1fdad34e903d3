//! What this machine, its MPI library and its launcher look like to grange, for programs that look at them
//! rather than compute on them: `grange doctor` does.
//!
//! Nothing here starts a run. With MPI, `Link` moves bytes between the ranks of a launcher without one.

#[cfg(feature = "mpi")]
mod link;

pub use crate::comm::launcher::{Launcher, detect as launcher, lets_ranks_die};
pub use crate::exec::cores::{Cores, look as cores, parse_list as core_list};
pub use crate::exec::layout::{MOST_THREADS, wanted as wanted_threads};
#[cfg(feature = "mpi")]
pub use link::Link;

use crate::comm::process::Process;
use crate::exec::layout;
use crate::wire::message::Hello;

/// What the MPI library is that this program runs with, and what it can do. Known without starting it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MpiLibrary {
    /// Name and version, on one line.
    pub name: String,
    /// The version of the standard.
    pub standard: (i32, i32),
    /// Whether it has the calls with large counts of MPI 4.
    pub large_counts: bool,
    /// Whether it has the calls that tell of failed ranks (ULFM).
    pub tells_failures: bool,
}

/// The MPI library, where one is built in.
#[cfg(feature = "mpi")]
pub fn mpi_library() -> Option<MpiLibrary> {
    use crate::comm::mpi;
    Some(MpiLibrary {
        name: mpi::library().replace("Version: ", ""),
        standard: ::mpi::environment::version(),
        large_counts: mpi::symbol::find(c"MPI_Send_c").is_some(),
        tells_failures: mpi::ulfm::Ulfm::find().is_some(),
    })
}

/// The MPI library, where one is built in.
#[cfg(not(feature = "mpi"))]
pub fn mpi_library() -> Option<MpiLibrary> {
    None
}

/// What decides how many threads a rank has.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The same for all ranks of a node, and for no others.
    pub node: u32,
    /// Its cores.
    pub cores: Cores,
    /// Threads that its user asked for; 0 for automatic.
    pub wanted: u32,
}

/// The threads that a run would give to each of these ranks.
pub fn threads(seats: Vec<Seat>) -> Vec<u32> {
    let process = Process::me();
    let hello = |seat: Seat| Hello {
        host: String::new(),
        node: seat.node,
        cores: seat.cores.mine,
        node_cores: seat.cores.node,
        quota: seat.cores.quota,
        wanted: seat.wanted,
        build: String::new(),
        process,
    };
    let hellos: Vec<Hello> = seats.into_iter().map(hello).collect();
    layout::divide(&hellos).threads
}

/// Leaves the process at once with that code, without running exit handlers: an MPI library that stands still
/// would hold up what its own handlers wait for.
#[cfg(feature = "mpi")]
pub fn leave(code: u8) -> ! {
    crate::comm::mpi::leaving::now(code)
}
