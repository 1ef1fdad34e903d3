//! Handing a script to Slurm.

use grange::Error;
use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

/// Gives the text to `sbatch`, which says the job's number on standard output.
///
/// # Errors
/// When there is no `sbatch`, or it refuses the script.
pub fn submit(text: &str) -> Result<(), Error> {
    let told = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound => Error::Usage("--submit: there is no sbatch on PATH".into()),
        _ => Error::user(format!("sbatch: {e}")),
    };
    let mut child = Command::new("sbatch")
        .stdin(Stdio::piped())
        .spawn()
        .map_err(told)?;
    // One that refuses an option may not read on; its own words are on standard error.
    if let Some(mut pipe) = child.stdin.take() {
        let _ = pipe.write_all(text.as_bytes());
    }
    let status = child.wait().map_err(told)?;
    match status.success() {
        true => Ok(()),
        false => Err(Error::user(format!("sbatch refused the script ({status})"))),
    }
}
