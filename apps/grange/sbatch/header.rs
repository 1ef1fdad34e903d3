//! The lines of a script that Slurm reads.

use super::Args;
use super::command::Command;
use std::fmt::Write;

/// Between the signal that announces a job's end and this end, in seconds.
const NOTICE: u32 = 120;

/// A name without anything that a comment of a script could not have.
///
/// # Errors
/// When it has.
pub fn word(text: &str) -> Result<String, String> {
    let fine = |c: char| !c.is_whitespace() && !c.is_control() && !"\"'\\#".contains(c);
    match !text.is_empty() && !text.starts_with('-') && text.chars().all(fine) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "{text:?}: expected a name without spaces and quotes"
        )),
    }
}

/// An option of sbatch's without its two hyphens.
///
/// # Errors
/// When it is none.
pub fn option(text: &str) -> Result<String, String> {
    let option = text.strip_prefix("--").unwrap_or(text);
    let (name, value) = option.split_once('=').unwrap_or((option, "x"));
    let named = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    match named && word(value).is_ok() {
        true => Ok(option.to_owned()),
        false => Err(format!(
            "{text:?}: expected an option of sbatch's, such as constraint=icelake"
        )),
    }
}

/// All `#SBATCH` lines.
pub fn lines(args: &Args, command: &Command) -> String {
    let mut options = vec![
        format!(
            "job-name={}",
            args.name.as_deref().unwrap_or(&tame(&command.name))
        ),
        format!("nodes={}", args.nodes),
        format!("ntasks-per-node={}", args.ranks_per_node),
    ];
    match args.threads {
        Some(threads) => options.push(format!("cpus-per-task={threads}")),
        None => options.push("exclusive".into()),
    }
    let named = [
        ("time", args.time.map(|time| time.to_string())),
        ("partition", args.partition.clone()),
        ("account", args.account.clone()),
    ];
    options.extend(
        named
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", value?))),
    );
    options.push("output=%x-%j.out".into());
    if command.checkpoint.is_some() {
        // Each time that it runs adds to the same file.
        options.push("open-mode=append".into());
        options.push("requeue".into());
        options.push(format!("signal=B:USR1@{NOTICE}"));
    }
    options.extend(args.option.iter().cloned());
    let mut text = String::new();
    for option in options {
        let _ = writeln!(text, "#SBATCH --{option}");
    }
    text
}

/// A file's name as the name of a job.
fn tame(name: &str) -> String {
    let tame = |c: char| {
        if word(&c.to_string()).is_ok() || c == '-' {
            c
        } else {
            '_'
        }
    };
    name.trim_start_matches('-').chars().map(tame).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_options_are_one_word() {
        assert_eq!(word("debug,long").as_deref(), Ok("debug,long"));
        for bad in ["", "a b", "a\nb", "-p", "a'b", "#a"] {
            assert!(word(bad).is_err(), "{bad}");
        }
        assert_eq!(option("--exclude=n[1-3]").as_deref(), Ok("exclude=n[1-3]"));
        assert_eq!(option("hold").as_deref(), Ok("hold"));
        for bad in ["", "-p", "a b=c", "mem=1 G", "Mem=1", "x=\n#SBATCH"] {
            assert!(option(bad).is_err(), "{bad}");
        }
        assert_eq!(tame("my prog'"), "my_prog_");
    }
}
