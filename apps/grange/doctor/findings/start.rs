//! Whether the ranks came together, and run the same.

use crate::doctor::facts::{Facts, Trouble};
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::letter::Stranger;
use crate::doctor::ranges;
use crate::doctor::starter::Starter;
use crate::doctor::survey::Survey;
use std::collections::BTreeMap;

pub fn of(facts: &Facts) -> Vec<Finding> {
    let mut found: Vec<Finding> = facts
        .trouble
        .iter()
        .map(|trouble| told(facts, trouble))
        .collect();
    found.extend(strangers(facts));
    found.extend(versions(facts));
    found.extend(libraries(facts));
    found
}

fn told(facts: &Facts, trouble: &Trouble) -> Finding {
    let launcher = facts
        .launcher
        .as_ref()
        .map_or("the launcher", |launcher| facts.starter.name(launcher));
    let library = facts
        .library
        .as_ref()
        .map_or("none", |library| library.name.as_str());
    match trouble {
        Trouble::Apart { started, .. } if facts.library.is_none() => Finding::new(
            Severity::Error,
            "no_mpi",
            format!(
                "{launcher} started {started} processes, but this program is built without MPI: each would be a run \
                 of its own"
            ),
            "build it with the feature `mpi`, or start one process",
        ),
        Trouble::Apart { started, world } => {
            let mend = match facts.starter {
                Starter::Srun => {
                    format!(
                        "{}; or start it with the mpirun of {library}",
                        plugins(library)
                    )
                }
                _ => format!(
                    "start it with the mpirun of {library}; or build it for the launcher's library, whose mpicc is \
                     to be in MPICC then"
                ),
            };
            let what = format!(
                "{launcher} started {started} processes, but this program's MPI library ({library}) sees {world}: \
                 each would be a run of its own"
            );
            Finding::new(Severity::Error, "wrong_launcher", what, mend)
        }
        Trouble::Failed(text) => Finding::new(
            Severity::Error,
            "mpi_failed",
            format!("MPI failed: {text}"),
            match facts.starter {
                Starter::Srun => format!(
                    "{}; or start it with the mpirun of {library}",
                    plugins(library)
                ),
                _ => format!("see its own words; start it with the mpirun of {library}"),
            },
        ),
        Trouble::Hangs(at) => Finding::new(
            Severity::Error,
            "mpi_hangs",
            format!("the MPI library ({library}) does not come back from {at}"),
            "see whether the hosts reach one another, and whether all processes were started; with several networks \
             tell the library which to use",
        ),
    }
}

/// How srun starts programs of that library.
fn plugins(library: &str) -> &'static str {
    match library.contains("Open MPI") {
        true => "add --mpi=pmix to srun, if 'srun --mpi=list' has it",
        false => "add --mpi=pmi2 or --mpi=pmix to srun, if 'srun --mpi=list' has it",
    }
}

fn strangers(facts: &Facts) -> Option<Finding> {
    let stranger = facts.strangers.values().next()?;
    let ranks: Vec<u32> = facts.strangers.keys().copied().collect();
    let what = match stranger {
        Stranger::Version(version) => format!(
            "{} another version of grange: {version}, and rank 0 {}",
            run(&ranks),
            env!("CARGO_PKG_VERSION")
        ),
        Stranger::Program => format!("{} another program than 'grange doctor'", run(&ranks)),
    };
    Some(Finding::new(
        Severity::Error,
        "strangers",
        what,
        "start the same program everywhere",
    ))
}

fn run(ranks: &[u32]) -> String {
    let verb = if ranks.len() == 1 { "runs" } else { "run" };
    format!("{} {verb}", ranges::of("rank", ranks))
}

fn versions(facts: &Facts) -> Vec<Finding> {
    differing(
        facts,
        |survey| survey.version.clone(),
        |version, ranks| {
            Finding::new(
                Severity::Error,
                "versions",
                format!(
                    "{} grange {version}, and rank 0 {}",
                    run(ranks),
                    env!("CARGO_PKG_VERSION")
                ),
                "start the same program everywhere",
            )
        },
    )
}

fn libraries(facts: &Facts) -> Vec<Finding> {
    let own = facts.survey(0).and_then(|survey| survey.mpi.clone());
    let own = own.unwrap_or_default();
    differing(
        facts,
        |survey| survey.mpi.clone().unwrap_or_default(),
        |library, ranks| {
            Finding::new(
                Severity::Warning,
                "libraries",
                format!("{} with {library}, and rank 0 with {own}", run(ranks)),
                "have the same modules loaded, and the same library installed, on all hosts",
            )
        },
    )
}

/// What ranks say that rank 0 does not, with the ranks.
fn differing(
    facts: &Facts,
    say: impl Fn(&Survey) -> String,
    tell: impl Fn(&str, &[u32]) -> Finding,
) -> Vec<Finding> {
    let Some(own) = facts.survey(0).map(&say) else {
        return Vec::new();
    };
    let mut others: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (rank, survey) in facts.present() {
        let says = say(survey);
        if says != own {
            others.entry(says).or_default().push(rank);
        }
    }
    let finding = |(says, ranks): (&String, &Vec<u32>)| {
        let known = ranks.iter().filter_map(|&rank| facts.survey(rank));
        known.fold(tell(says, ranks), |finding, survey| {
            finding.on(survey.host.clone())
        })
    };
    others.iter().map(finding).collect()
}
