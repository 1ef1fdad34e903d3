//! Where a program is.

use grange::Error;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::{env, io};

/// What is wrong with a program.
pub fn unusable(name: &str, problem: impl std::fmt::Display) -> Error {
    Error::Usage(format!("{name}: {problem}"))
}

/// A name with a slash is a path; any other is looked for as a shell would, and then beside this program.
///
/// # Errors
/// When there is none.
pub fn resolve(name: &str) -> Result<PathBuf, Error> {
    if name.contains('/') {
        let path = Path::new(name);
        return match path.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(unusable(name, "there is no such program"))
            }
            Err(error) => Err(unusable(name, error)),
            Ok(_) if !is_program(path) => {
                Err(unusable(name, "this is not a program that can be run"))
            }
            Ok(_) => std::path::absolute(path).map_err(|e| unusable(name, e)),
        };
    }
    let beside = env::current_exe()
        .ok()
        .and_then(|exe| Some(exe.parent()?.join(name)));
    on_path(name)
        .or(beside.filter(|path| is_program(path)))
        .ok_or_else(|| {
            unusable(
                name,
                "there is no such program on PATH, nor beside grange; write ./NAME for one in this directory",
            )
        })
}

/// A program of that name in a directory of `PATH`.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let candidates = env::split_paths(&path).map(|directory| directory.join(name));
    let found = candidates.into_iter().find(|path| is_program(path))?;
    std::path::absolute(found).ok()
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_a_shell_does() {
        assert_eq!(resolve("sh").unwrap(), on_path("sh").unwrap());
        assert!(resolve("/bin/sh").unwrap().is_absolute());
        for (name, says) in [
            ("no-such-program", "nor beside grange"),
            ("./no-such-program", "there is no such program"),
            ("/etc/passwd", "not a program"),
            ("/tmp", "not a program"),
            ("", "no such program"),
        ] {
            let told = resolve(name).unwrap_err().to_string();
            assert!(told.contains(says), "{told}");
        }
    }
}
