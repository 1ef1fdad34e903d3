//! Jobs that join a run while it goes on.
//!
//! A job that joins has a [`crate::link`] to the process of rank 0, authenticated and encrypted. It [`knock`]s: says
//! what it runs, and is admitted or told why not. From then on it is a rank like any other, but that its messages
//! go over that link ([`line`]) instead of MPI; [`peers`] hides the difference from the comm thread. A job that has
//! several ranks of its own joins as one, for which its rank 0 speaks ([`chief`]).
//!
//! A standing [`server`] is [`call`]ed by runs ([`servers`]) and starts one that joins for each ([`visit`]).

mod call;
mod calling;
pub mod chief;
pub mod doors;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod guest;
pub mod knock;
pub mod line;
mod lobby;
pub mod peers;
mod place;
pub mod server;
mod servers;
pub mod visit;

use crate::error::Error;
use knock::Settings;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use std::{env, fmt, fs, io};

/// How a run lets others join, or which run a process joins.
#[derive(Clone, Debug, Default)]
pub struct Joining {
    /// Others may join, and find the run in that directory or at the address that is printed.
    pub elastic: Option<PathBuf>,
    /// Join the run that is found there: a directory, or an address and a port.
    pub join: Option<String>,
    /// Be found, or look for a run, by UDP broadcasts to that port.
    pub discover: Option<u16>,
    /// Standing servers that the run takes in, beside those in the directory: `host:port` each.
    pub servers: Vec<String>,
    /// What these are to start one that joins with.
    pub arguments: Vec<String>,
    /// Listen there instead of on the loopback interface.
    pub listen: Option<String>,
    /// The file with the secret, if not in the directory.
    pub secret: Option<PathBuf>,
    /// Of a run: what those who join are to take over.
    pub settings: Settings,
    /// What is computed: a program and its arguments, to be the same on both sides.
    pub program: String,
}

/// Where a process looks for a run to join.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a directory, or at an address and a port.
    At(String),
    /// On this host's networks, by broadcasts to that port.
    Network(u16),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::At(place) => write!(f, "at {place}"),
            Place::Network(port) => write!(f, "on this network, by UDP port {port}"),
        }
    }
}

impl Joining {
    /// Whether others may join.
    pub fn is_open(&self) -> bool {
        self.elastic.is_some() || !self.servers.is_empty()
    }

    /// Where this process looks for a run, if it is to join one.
    pub fn place(&self) -> Option<Place> {
        let network = self.discover.filter(|_| !self.is_open());
        let at = self.join.clone().map(Place::At);
        at.or(network.map(Place::Network))
    }
}

/// This very program, for people and to be the same on both sides: which version, and the start of the SHA-256 of
/// its file.
///
/// # Errors
/// When the file cannot be read.
pub fn build() -> Result<String, Error> {
    let unknown = |error: io::Error| {
        Error::Launch(format!("the file of this program cannot be read: {error}"))
    };
    let mut file = fs::File::open(env::current_exe().map_err(unknown)?).map_err(unknown)?;
    let mut hasher = Sha256::new();
    io::copy(&mut file, &mut hasher).map_err(unknown)?;
    let digest: String = hasher.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let version = concat!("grange ", env!("CARGO_PKG_VERSION"));
    Ok(format!("{version}, build {digest}"))
}
