//! What a run or a server says of itself to those who look for one.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// The version of the format.
const FORMAT: u32 = 1;
/// The most bytes of one, as text.
pub const LONGEST: usize = 1024;
/// Of an identity.
const LONGEST_ID: usize = 64;

/// What can be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A run, by others.
    Run,
    /// A server, which a run takes in.
    Server,
}

impl Kind {
    /// As in names of files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Run => "run",
            Kind::Server => "server",
        }
    }
}

/// A run or a server, and where it listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which of the two.
    pub kind: Kind,
    /// Tells it from any other: up to 64 letters, digits and `-`.
    pub id: String,
    /// The name of its program.
    pub program: String,
    /// Its host.
    pub host: String,
    /// The number of its process there.
    pub pid: u32,
    /// Where it listens.
    pub addresses: Vec<SocketAddr>,
}

#[derive(Serialize, Deserialize)]
struct Written<E> {
    format: u32,
    #[serde(flatten)]
    entry: E,
}

impl Entry {
    /// As one line of JSON, of at most [`LONGEST`] bytes.
    ///
    /// # Errors
    /// When it would be longer, or its identity is none.
    pub fn text(&self) -> Result<String, Error> {
        let format = FORMAT;
        let entry = self;
        let text = serde_json::to_string(&Written { format, entry }).map_err(Error::user)?;
        if !is_id(&self.id) {
            return Err(Error::Usage(format!("{:?} is no identity", self.id)));
        }
        if text.len() > LONGEST {
            let addresses = self.addresses.len();
            return Err(Error::Usage(format!(
                "{} with {addresses} addresses takes {} bytes to announce; at most {LONGEST} are read",
                self.program,
                text.len()
            )));
        }
        Ok(text)
    }

    /// What a text says, if it makes sense.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let Written { format, entry } = serde_json::from_slice::<Written<Entry>>(text).ok()?;
        let readable = |text: &str| !text.chars().any(char::is_control);
        let sound = format == FORMAT
            && is_id(&entry.id)
            && readable(&entry.program)
            && readable(&entry.host)
            && !entry.addresses.is_empty();
        sound.then_some(entry)
    }
}

fn is_id(id: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(allowed)
}
