//! Judgement: what of the facts is not as it should be.

mod cores;
mod ranks;
mod settings;
mod start;
#[cfg(test)]
mod tests;

use super::facts::Facts;
use super::finding::{Finding, merged};
use super::nodes;

/// All findings, the worst first.
pub fn of(facts: &Facts) -> Vec<Finding> {
    let nodes = nodes::of(facts);
    let mut found = start::of(facts);
    // The cores of one process that should have been one of many say nothing.
    if facts.is_partial() {
        return merged(found);
    }
    found.extend(ranks::unanswered(facts));
    for node in &nodes {
        found.extend(cores::of(node, facts.starter, nodes.len()));
        if facts.surveys.iter().all(Option::is_some) {
            found.extend(cores::of_all(node, facts.starter));
        }
    }
    found.extend(ranks::odd(facts, &nodes));
    found.extend(settings::of(facts, &nodes));
    merged(found)
}
