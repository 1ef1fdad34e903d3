//! The run's exit code, for whoever the launcher does not tell it.
//!
//! Told to let the others live when a rank dies, launchers end with 0 whatever the ranks leave with.

use crate::say;
use std::{env, fs};

/// The variable that names the file; `scripts/run` sets it.
const FILE: &str = "GRANGE_CODE_FILE";

/// The run has begun: that it came to no end shows if nothing else is written.
pub fn begin() {
    write("begun");
}

/// Rank 0 is about to leave with that code.
pub fn leave(code: u8) {
    write(&code.to_string());
}

fn write(text: &str) {
    let Some(path) = env::var_os(FILE).filter(|path| !path.is_empty()) else {
        return;
    };
    if let Err(error) = fs::write(&path, format!("{text}\n")) {
        let path = path.to_string_lossy();
        say::warning(format_args!(
            "the exit code cannot be written to {path}: {error}"
        ));
    }
}
