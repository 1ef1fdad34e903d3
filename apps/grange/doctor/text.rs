//! The report for people, in 80 columns.

use super::finding::{Finding, Severity};
use super::ranges::{self, count};
use super::report::{Clocks, Compute, Group, Links, Mpi, Report};
use super::storage::Storage;
use super::units::{rate, signed, time};
use textwrap::{WordSeparator, WordSplitter};

const WIDTH: usize = 79;
/// Where the text begins beside its name.
const INDENT: usize = 11;
/// Kinds of nodes that are shown.
const MOST_GROUPS: usize = 8;

/// All of it, without the last line's end.
pub fn of(report: &Report) -> String {
    let mut lines = vec![format!("grange {}", report.version)];
    let mut entry = |name: &str, text: &str| lines.extend(wrapped(name, text));
    match &report.mpi {
        Some(library) => {
            entry("MPI", &mpi(library));
            entry("", &survival(report, library));
        }
        None => entry("MPI", "not built in: this machine's cores only"),
    }
    entry("launcher", &launcher(report));
    entry(
        "HDF5",
        report
            .hdf5
            .as_deref()
            .unwrap_or("not built in: no checkpoints"),
    );
    if let Some(storage) = &report.storage {
        entry("directory", directory(storage));
    }
    for group in report.nodes.iter().take(MOST_GROUPS) {
        entry("nodes", &node(group));
    }
    if report.nodes.len() > MOST_GROUPS {
        let more = report.nodes.len() - MOST_GROUPS;
        entry("", &format!("and {more} other kinds of nodes: see --json"));
    }
    if let Some(compute) = report.compute.as_ref().filter(|_| report.ranks > 1) {
        entry("speed", &speed(compute));
    }
    if let Some(links) = &report.same_node {
        entry("messages", &messages("on rank 0's node", links));
    }
    if let Some(links) = &report.other_nodes {
        entry("messages", &messages("on other nodes", links));
    }
    if let Some(clocks) = &report.clocks {
        entry("clocks", &clock(clocks));
    }
    lines.push(String::new());
    if report.findings.is_empty() {
        lines.push("No findings: all is as it should be.".into());
    }
    for (i, finding) in report.findings.iter().enumerate() {
        lines.extend(found(i + 1, finding));
    }
    lines.join("\n")
}

fn wrapped(name: &str, text: &str) -> Vec<String> {
    hung(&format!("{name:INDENT$}"), text)
}

/// The text behind `head`, with what does not fit below it.
fn hung(head: &str, text: &str) -> Vec<String> {
    let below = " ".repeat(head.chars().count());
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(head)
        .subsequent_indent(&below)
        .break_words(false)
        // Options have hyphens.
        .word_splitter(WordSplitter::NoHyphenation)
        .word_separator(WordSeparator::AsciiSpace);
    let lines = textwrap::wrap(text, options);
    lines.into_iter().map(|line| line.into_owned()).collect()
}

fn mpi(library: &Mpi) -> String {
    let level = library.thread_level.as_deref().unwrap_or("not started");
    let counts = match library.large_counts {
        true => "large counts",
        false => "no large counts (messages go in pieces)",
    };
    format!(
        "{} (standard {}), {level}, {counts}",
        library.library, library.standard
    )
}

fn survival(report: &Report, library: &Mpi) -> String {
    let ulfm = if library.ulfm { "has" } else { "has no" };
    let dies = match (&report.launcher, library.survives) {
        (_, true) => "; a rank may die, and the others go on",
        (None, false) => "",
        (Some(_), false) => "; the death of a rank ends the run, which a checkpoint survives",
    };
    format!("{ulfm} ULFM, which tells of failed ranks{dies}")
}

fn launcher(report: &Report) -> String {
    match &report.launcher {
        None => {
            let root = match report.refuses_root {
                true => " (as root: mpirun --allow-run-as-root)",
                false => "",
            };
            format!("none: this machine only; under mpirun or srun more is told{root}")
        }
        Some(started) => match started.processes.filter(|&n| n as usize != report.ranks) {
            Some(n) => format!("{}, {n} processes; what follows is of one", started.name),
            None => format!("{}, {}", started.name, count(report.ranks, "rank")),
        },
    }
}

fn directory(storage: &Storage) -> &'static str {
    match storage {
        Storage::Writable if cfg!(feature = "hdf5") => "HDF5 can write and lock a file here",
        Storage::Writable => "a file can be written here",
        Storage::Closed(_) => "no file can be written here",
        Storage::Hdf5Fails(_) => "HDF5 cannot write a file here",
        Storage::Silent => "does not answer",
    }
}

fn node(group: &Group) -> String {
    let hosts = match group.hosts.len() {
        1 => ranges::names(&group.hosts),
        n => format!("{n}, all alike ({})", ranges::names(&group.hosts)),
    };
    let mut text = format!(
        "{hosts}: {}, {} on {}",
        count(group.cores as usize, "core"),
        threads(group),
        count(group.ranks, "rank"),
    );
    text += &format!(" with {}", cores(group));
    if let Some(quota) = group.quota {
        text += &format!(
            "; time of {} by control group",
            count(quota as usize, "core")
        );
    }
    if group.numa_nodes > 0 {
        text += &format!("; {}", count(group.numa_nodes, "NUMA node"));
    }
    if let Some(bytes) = group.memory {
        text += &format!("; {:.1} GiB", bytes as f64 / f64::from(1 << 30));
    }
    text
}

fn threads(group: &Group) -> String {
    let least = group.threads.iter().min().copied().unwrap_or(0);
    let most = group.threads.iter().max().copied().unwrap_or(0);
    match group.ranks {
        1 => count(most as usize, "thread"),
        _ if least == most => format!("{} each", count(most as usize, "thread")),
        _ => format!("{least} to {most} threads each"),
    }
}

/// The cores of the ranks of a node.
fn cores(group: &Group) -> String {
    let first = group.rank_cores.first().map_or(&[][..], Vec::as_slice);
    if group.rank_cores.iter().all(|cores| cores == first) {
        let which = ranges::of("core", first);
        return match group.ranks {
            1 => which,
            _ => format!("{which} for all"),
        };
    }
    let sizes = || group.rank_cores.iter().map(Vec::len);
    let (least, most) = (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0));
    let mut union: Vec<u32> = group.rank_cores.concat();
    union.sort_unstable();
    union.dedup();
    let each = match least == most {
        true => count(most, "core"),
        false => format!("{least} to {most} cores"),
    };
    format!("{each} each of {}", ranges::list(&union))
}

fn speed(compute: &Compute) -> String {
    let ((slowest, slow), (share, least)) = (compute.slowest, compute.least_share);
    format!(
        "of one thread a rank, all at once: the slowest core has {:.0} % of the median's speed (rank {slow}); who \
         has least gets {:.0} % of a core's time (rank {least})",
        100.0 * slowest,
        100.0 * share
    )
}

fn messages(place: &str, links: &Links) -> String {
    let (worst, rank) = links.worst_latency;
    let mut text = format!(
        "rank 0 with {} {place}",
        match links.measured < links.ranks {
            true => format!("{} of {} ranks", links.measured, links.ranks),
            false => count(links.ranks, "rank"),
        }
    );
    text += &format!(": {}", time(links.latency));
    if links.measured > 1 {
        text += &format!(" (worst {}, rank {rank})", time(worst));
    }
    if let Some((bandwidth, (worst, rank))) = links.bandwidth.zip(links.worst_bandwidth) {
        text += &format!("; {}", rate(bandwidth));
        if links.measured > 1 {
            text += &format!(" (worst {}, rank {rank})", rate(worst));
        }
    }
    text
}

fn clock(clocks: &Clocks) -> String {
    format!(
        "of other nodes less rank 0's: from {} to {} (worst: rank {}, known to {})",
        signed(clocks.least),
        signed(clocks.most),
        clocks.worst,
        time(clocks.error)
    )
}

fn found(number: usize, finding: &Finding) -> Vec<String> {
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let place = match finding.hosts.is_empty() {
        true => String::new(),
        false => format!(" [{}]", ranges::names(&finding.hosts)),
    };
    let head = format!("{number}. ");
    let mut lines = hung(&head, &format!("{word}: {}{place}", finding.what));
    lines.extend(hung(
        &format!("{}-> ", " ".repeat(head.len())),
        &finding.mend,
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_options_stay_whole() {
        let finding = Finding::new(
            Severity::Warning,
            "x",
            "2 ranks are bound to core 0, while 1 of 2 cores stands idle and this goes on",
            "add --bind-to none, or give each rank its cores: --map-by slot:PE=1 --bind-to core:overload-allowed",
        );
        let lines = found(1, &finding.on("h1"));
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{lines:#?}");
        assert!(lines.join(" ").contains("--bind-to core:overload-allowed"));
        assert!(lines[0].starts_with("1. warning: 2 ranks"));
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("   -> add --bind-to"))
        );
    }
}
