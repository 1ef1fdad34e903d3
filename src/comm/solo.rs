//! One process: nobody to talk to.

use super::Transport;
use crate::error::Error;

/// The transport of a process that is a run of its own.
#[derive(Debug, Default)]
pub struct Solo;

impl Transport for Solo {
    fn rank(&self) -> u32 {
        0
    }

    fn size(&self) -> u32 {
        1
    }

    fn send(&mut self, to: u32, _bytes: Vec<u8>) -> Result<(), Error> {
        Err(Error::Launch(format!(
            "there is no rank {to} in a run of one process"
        )))
    }

    fn receive(&mut self) -> Result<Option<(u32, Vec<u8>)>, Error> {
        Ok(None)
    }

    fn unsent(&mut self) -> usize {
        0
    }

    fn abort(&mut self, code: u8) -> ! {
        std::process::exit(i32::from(code))
    }

    fn polled(&self) -> bool {
        false
    }
}
