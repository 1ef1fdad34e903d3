//! Ranks that do not answer, are slow, or have another time.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::nodes::Node;
use crate::doctor::ping::{Measured, median};
use crate::doctor::ranges;

/// A core that takes this many times the others' time is slow.
const SLOW: f64 = 1.5;
/// Below this part of the time that a rank could hope for, something else computes there.
const STARVED: f64 = 0.6;
/// Where more ranks share a core, a short probe says nothing of it.
const LEAST_HOPE: f64 = 0.5;
/// Clocks that differ by more seconds.
const CLOCK: f64 = 1.0;

/// Ranks that did not say what they should have.
pub fn unanswered(facts: &Facts) -> Vec<Finding> {
    silent(facts).into_iter().chain(late(facts)).collect()
}

/// Ranks that are not like the others.
pub fn odd(facts: &Facts, nodes: &[Node<'_>]) -> Vec<Finding> {
    let found = [slow(facts), starved(facts, nodes), clocks(facts)];
    found.into_iter().flatten().collect()
}

/// A finding on these ranks, if there are any.
fn on(
    facts: &Facts,
    ranks: &[u32],
    tell: impl FnOnce(String, bool) -> (Severity, &'static str, String, String),
) -> Option<Finding> {
    if ranks.is_empty() {
        return None;
    }
    let (severity, kind, what, mend) = tell(ranges::of("rank", ranks), ranks.len() == 1);
    let known = ranks.iter().filter_map(|&rank| facts.survey(rank));
    let finding = Finding::new(severity, kind, what, mend);
    Some(known.fold(finding, |finding, survey| finding.on(survey.host.clone())))
}

fn silent(facts: &Facts) -> Option<Finding> {
    let missing = |rank: &u32| facts.survey(*rank).is_none() && !facts.strangers.contains_key(rank);
    let ranks: Vec<u32> = (0..facts.surveys.len() as u32).filter(missing).collect();
    on(facts, &ranks, |who, one| {
        (
            Severity::Error,
            "silent",
            format!("{who} {} not answer", if one { "does" } else { "do" }),
            "see whether the process is there and runs, and whether its host is reached".into(),
        )
    })
}

fn late(facts: &Facts) -> Option<Finding> {
    let ranks: Vec<u32> = facts.late.iter().copied().collect();
    on(facts, &ranks, |who, _| {
        (
            Severity::Warning,
            "late",
            format!("{who} took too long to answer: stopped, or kept from running"),
            "see what else runs on that host (top), and whether the process is stopped".into(),
        )
    })
}

fn slow(facts: &Facts) -> Option<Finding> {
    let typical = median(facts.probes.values().map(|probe| probe.best))?;
    let slow = facts.probes.iter().filter(|(_, p)| p.best > SLOW * typical);
    let (ranks, worst) = slow.fold((Vec::new(), typical), |(mut ranks, worst), (&rank, p)| {
        ranks.push(rank);
        (ranks, p.best.max(worst))
    });
    on(facts, &ranks, |who, one| {
        let verb = if one { "computes" } else { "compute" };
        let percent = 100.0 * typical / worst;
        (
            Severity::Warning,
            "slow_core",
            format!("{who} {verb} slower than the others by far: at {percent:.0} % of their speed, or so"),
            "see whether that core or host is throttled (heat, power, frequency), or of another kind; --schedule \
             adaptive, the default, gives it less"
                .into(),
        )
    })
}

fn starved(facts: &Facts, nodes: &[Node<'_>]) -> Option<Finding> {
    let mut ranks = Vec::new();
    let mut least = 1.0f64;
    for (node, rank) in nodes
        .iter()
        .flat_map(|node| node.ranks.iter().map(move |rank| (node, rank.rank)))
    {
        let hope = node.hope(rank);
        if let Some(probe) = facts.probes.get(&rank)
            && hope >= LEAST_HOPE
            && probe.share < STARVED * hope
        {
            ranks.push(rank);
            least = least.min(probe.share);
        }
    }
    ranks.sort_unstable();
    on(facts, &ranks, |who, one| {
        let verb = if one { "gets" } else { "get" };
        let least = 100.0 * least;
        (
            Severity::Warning,
            "busy",
            format!(
                "{who} {verb} little of a core's time, {least:.0} % at worst: something else computes there"
            ),
            "see what else runs there (top); ask the batch system for the node alone".into(),
        )
    })
}

fn clocks(facts: &Facts) -> Option<Finding> {
    let off = |link: &&Measured| link.clock.abs() - link.clock_error > CLOCK;
    let links: Vec<_> = facts.links.iter().filter(off).collect();
    let worst = links
        .iter()
        .map(|link| link.clock)
        .max_by(|a, b| a.abs().total_cmp(&b.abs()));
    let mut ranks: Vec<u32> = links.iter().map(|link| link.rank).collect();
    ranks.sort_unstable();
    on(facts, &ranks, |who, one| {
        let (noun, verb) = if one {
            ("clock", "is")
        } else {
            ("clocks", "are")
        };
        (
            Severity::Warning,
            "clocks",
            format!(
                "the {noun} of {who} {verb} off from rank 0's, by {:+.1} s at worst: times of files and logs differ",
                worst.unwrap_or_default()
            ),
            "set the host's clock by NTP (chronyc tracking, timedatectl)".into(),
        )
    })
}
