//! Completions for shells, and man pages, of the program itself.

use crate::comm::launcher;
use crate::error::Error;
use crate::say;
use clap::{Command, CommandFactory, ValueEnum};
use clap_complete::Shell;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// If the command line is `--completions SHELL` or `--man-pages DIR`, does what it says: prints what that shell
/// (bash, elvish, fish, powershell, zsh) needs to complete the program's command lines, or writes the program's man
/// pages, one a subcommand, into that folder. Gives the exit code; `None` for any other command line.
pub fn generate<A: CommandFactory>() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let (option, value) = (words.next()?, words.next());
    let write: fn(Command, OsString) -> Result<(), Error> = match option.to_str()? {
        "--completions" => completions,
        "--man-pages" => man_pages,
        _ => return None,
    };
    // Under a launcher once, not once a rank.
    if !launcher::is_first() {
        return Some(ExitCode::SUCCESS);
    }
    let done = match (value, words.next()) {
        (Some(value), None) => write(A::command(), value),
        _ => Err(Error::Usage(
            "it takes --completions SHELL or --man-pages DIR, and nothing else".into(),
        )),
    };
    Some(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            ExitCode::from(error.code())
        }
    })
}

fn completions(mut command: Command, shell: OsString) -> Result<(), Error> {
    let shell = shell.to_string_lossy();
    let known = Shell::from_str(&shell, true).map_err(|_| {
        let all: Vec<String> = Shell::value_variants()
            .iter()
            .map(Shell::to_string)
            .collect();
        Error::Usage(format!("no shell '{shell}'; there is {}", all.join(", ")))
    })?;
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(known, &mut command, name, &mut text);
    Ok(say::out(format_args!(
        "{}",
        String::from_utf8_lossy(&text)
    ))?)
}

fn man_pages(command: Command, folder: OsString) -> Result<(), Error> {
    let folder = Path::new(&folder);
    let written =
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    written.map_err(|e| Error::user(format!("cannot write to {}: {e}", folder.display())))
}
