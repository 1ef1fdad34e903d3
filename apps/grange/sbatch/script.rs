//! The text of a script: one of those that lie in `scripts/slurm` to be read, with other settings.

use super::Args;
use super::command::Command;
use super::header;
use grange::versions;

/// Runs to its end.
const PLAIN: &str = include_str!("../../../scripts/slurm/many-nodes.sbatch");
/// Goes back into the queue until it is done.
const LASTING: &str = include_str!("../../../scripts/slurm/requeue.sbatch");

/// How the lines begin that are other ones here: the example,
const EXAMPLE: &str = "[ $# -gt 0 ] || set -- ";
/// how the MPI library starts,
const MPI: &str = "export SLURM_MPI_TYPE=";
/// and where modules are loaded.
const MODULES: &str = "# Modules that the program was built with";

/// How srun starts ranks of the MPI library that this program has.
fn mpi() -> &'static str {
    match versions::text() {
        text if text.contains("MPICH") || text.contains("Intel") => "pmi2",
        _ => "pmix",
    }
}

/// A script.
pub fn text(args: &Args, command: &Command) -> String {
    let template = match command.checkpoint {
        Some(_) => LASTING,
        None => PLAIN,
    };
    let mut text = format!(
        "#!/usr/bin/env bash\n# By `grange sbatch` {}. To submit it: sbatch FILE\n\n{}",
        env!("CARGO_PKG_VERSION"),
        header::lines(args, command)
    );
    for line in body(template) {
        if line.starts_with(EXAMPLE) {
            text += &format!("set -- {}", shell_words::join(&command.words));
        } else if line.starts_with(MPI) {
            text += &format!("{MPI}{}", args.mpi.as_deref().unwrap_or(mpi()));
        } else if line.starts_with(MODULES) {
            // Modules' own scripts are not made for `set -u`.
            let modules = args
                .module
                .iter()
                .map(|name| format!("set +u; module load {name}; set -u"));
            text += &modules.collect::<Vec<_>>().join("\n");
        } else {
            text += line;
        }
        text.push('\n');
    }
    text
}

/// What comes after the lines for Slurm.
fn body(template: &str) -> impl Iterator<Item = &str> {
    let first = |line: &str| line.starts_with("#SBATCH");
    let rest = template.lines().skip_while(move |line| !first(line));
    rest.skip_while(|line| line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scripts_have_of_their_own_is_there_once() {
        for template in [PLAIN, LASTING] {
            for mark in [EXAMPLE, MPI, MODULES] {
                let lines = body(template).filter(|line| line.starts_with(mark));
                assert_eq!(lines.count(), 1, "{mark}");
            }
            assert!(body(template).all(|line| !line.starts_with("#SBATCH")));
        }
    }
}
