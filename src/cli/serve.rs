//! `--serve`: the program as a standing server, and which arguments a run may have it start with.

use super::{Common, identity, number, one_line, threads};
use crate::Visitor;
use crate::pool::Builder;
use crate::say;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, Parser, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// The command line of a server. Whatever else a program takes comes from the runs.
#[derive(Parser)]
struct Options {
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    serve: Option<Option<PathBuf>>,
    #[arg(long, value_name = "N", value_parser = threads, allow_hyphen_values = true)]
    threads: Option<usize>,
    #[arg(long, value_name = "TIME", value_parser = number::positive_seconds, default_value = "10",
          allow_hyphen_values = true)]
    grace: Duration,
    #[arg(long, value_name = "HOST[:PORT]")]
    listen: Option<String>,
    #[arg(long, value_name = "FILE")]
    secret: Option<PathBuf>,
    #[arg(long)]
    quiet: bool,
    #[arg(long)]
    allow_commands: bool,
}

/// If the command line asks for it, serves to the end. Gives the exit code; `None` for any other command line.
pub fn serve<A: Parser>(common: &impl Fn(&A) -> &Common) -> Option<ExitCode> {
    let words = std::env::args_os().skip(1);
    let mut words = words.take_while(|word| word != "--");
    if !words.any(|word| word == "--serve" || word.as_encoded_bytes().starts_with(b"--serve=")) {
        return None;
    }
    Some(match Options::try_parse() {
        Ok(options) => {
            let builder = Builder::new()
                .quiet(options.quiet)
                .grace(options.grace)
                .listen(options.listen)
                .secret(options.secret);
            let builder = options.threads.into_iter().fold(builder, Builder::threads);
            builder.serve(options.serve.flatten(), |visitor| {
                command_line(visitor, common, options.allow_commands)
            })
        }
        Err(error) => {
            say::error(&format!("as a server: {}", one_line(&error)));
            ExitCode::from(2)
        }
    })
}

/// The arguments of what joins that run: those of the run that say what is computed, and this server's own.
///
/// The run cannot have it do anything that its own command line would not say: none of the options that say how a
/// program runs may be among its words (`--report FILE`, say, which is the run's own), the program's parser has to
/// take them, and what comes out has to be one that joins that run.
///
/// # Errors
/// Why this server does not take part.
fn command_line<A: Parser>(
    visitor: &Visitor,
    common: &impl Fn(&A) -> &Common,
    commands: bool,
) -> Result<Vec<OsString>, String> {
    let words = &visitor.arguments;
    if words
        .iter()
        .any(|w| w.contains([char::REPLACEMENT_CHARACTER, '\0']))
    {
        return Err("its arguments are not all UTF-8".into());
    }
    if identity::without_manner(words.iter().map(OsString::from)) != *words {
        return Err("its arguments have options that only a run has".into());
    }
    let own = own(visitor);
    let end = words.iter().position(|word| word == "--");
    let mut wrong = String::new();
    // Which of the two it takes depends on what the program has: subcommands, say, or values without an end.
    for at in [0, end.unwrap_or(words.len())] {
        let mut all: Vec<OsString> = words.iter().map(OsString::from).collect();
        all.splice(at..at, own.iter().cloned());
        let mut command = A::command();
        let name = OsString::from(command.get_name());
        let parsed =
            command.try_get_matches_from_mut([name].into_iter().chain(all.iter().cloned()));
        let parsed = parsed.and_then(|matches| Ok((A::from_arg_matches(&matches)?, matches)));
        match parsed {
            Ok((args, _)) if !only_joins(common(&args), visitor) => {
                wrong = "its arguments would not have this program join it".into();
            }
            Ok((_, matches)) => {
                if let Some(option) = commands_in(&command, &matches).filter(|_| !commands) {
                    return Err(format!(
                        "it has commands to run ({option}), and this server is not started with --allow-commands"
                    ));
                }
                return Ok(all);
            }
            Err(error) => {
                wrong = format!(
                    "this program does not take its arguments: {}",
                    one_line(&error)
                )
            }
        }
    }
    Err(wrong)
}

/// This server's part of the command line.
fn own(visitor: &Visitor) -> Vec<OsString> {
    let mut secret = OsString::from("--secret=");
    secret.push(&visitor.secret);
    let mut own = vec![
        format!("--join={}", visitor.join).into(),
        secret,
        format!("--grace={}ms", visitor.grace.as_millis().max(1)).into(),
    ];
    own.extend(visitor.threads.map(|n| format!("--threads={n}").into()));
    own.extend(visitor.quiet.then(|| "--quiet".into()));
    own
}

/// Whether those are the options of a process that joins that run, and writes nowhere.
fn only_joins(c: &Common, visitor: &Visitor) -> bool {
    let files = [&c.checkpoint, &c.report, &c.trace, &c.elastic];
    c.join.as_ref() == Some(&visitor.join)
        && c.secret.as_ref() == Some(&visitor.secret)
        && c.servers.is_empty()
        && c.serve.is_none()
        && c.discover.is_none()
        && files.into_iter().all(Option::is_none)
}

/// An option whose value is a command or a program, if one is given.
fn commands_in(command: &Command, matches: &ArgMatches) -> Option<String> {
    let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let runs = |hint: ValueHint| {
        matches!(
            hint,
            ValueHint::CommandName
                | ValueHint::CommandString
                | ValueHint::CommandWithArguments
                | ValueHint::ExecutablePath
        )
    };
    let found = command
        .get_arguments()
        .find(|arg| runs(arg.get_value_hint()) && is_given(arg.get_id().as_str()));
    if let Some(found) = found {
        let long = found.get_long().map(|name| format!("--{name}"));
        return long.or(Some(found.get_id().to_string()));
    }
    let (name, matches) = matches.subcommand()?;
    commands_in(command.find_subcommand(name)?, matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser)]
    struct Args {
        n: Option<u32>,
        #[arg(long, value_hint = ValueHint::CommandString)]
        command: Option<String>,
        #[arg(last = true)]
        rest: Vec<String>,
        #[command(flatten)]
        common: Common,
    }

    fn line(words: &str, commands: bool) -> Result<String, String> {
        let visitor = Visitor {
            arguments: shell_words::split(words).expect("words"),
            join: "127.0.0.1:80".into(),
            secret: "/s".into(),
            threads: Some(2),
            grace: Duration::from_secs(10),
            quiet: false,
        };
        let all = command_line(&visitor, &|args: &Args| &args.common, commands)?;
        let all: Vec<_> = all.iter().map(|word| word.to_string_lossy()).collect();
        Ok(all.join(" "))
    }

    #[test]
    fn only_what_is_computed_comes_from_the_run() {
        const OWN: &str = "--join=127.0.0.1:80 --secret=/s --grace=10000ms --threads=2";
        for words in ["", "7", "7 -- x --report r.json"] {
            let expected = format!("{OWN} {words}");
            assert_eq!(line(words, false).as_deref(), Ok(expected.trim_end()));
        }
        for words in [
            "--report r.json",
            "7 --checkpoint=c.h5",
            "--join 127.0.0.1:81",
            "--secret /other",
            "--elastic d",
            "--servers 127.0.0.1:81",
            "--output x",
            "--quiet",
        ] {
            let why = line(words, true).expect_err(words);
            assert!(
                why.contains("options that only a run has"),
                "{words}: {why}"
            );
        }
        for words in [
            "x",
            "7 8",
            "--unknown",
            "--help",
            "--serve",
            "--serve d",
            "--version",
        ] {
            assert!(line(words, true).is_err(), "{words}");
        }
    }

    #[test]
    fn commands_are_for_those_who_allow_them() {
        assert!(line("--command 'rm x'", true).is_ok());
        let why = line("--command 'rm x'", false).expect_err("not allowed");
        assert!(
            why.contains("(--command)") && why.contains("--allow-commands"),
            "{why}"
        );
    }
}
