//! Rank 0's view of the audits of one call: who computes what again, and what is said of it.

use super::agent::Post;
use super::call::Notice;
use super::spec::Spec;
use crate::comm::greeting;
use crate::engine::Time;
use crate::engine::audit::{Action, Again, Audit, Opinion, Outcome, Record, Tally};
use crate::engine::span::Span;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What an audit found.
#[derive(Debug, PartialEq)]
pub struct Difference {
    /// For people.
    pub text: String,
    /// The value that counts, and so what a checkpoint keeps, is not known to be right.
    pub is_kept: bool,
}

/// Those of one call.
pub struct Audits {
    audit: Audit,
    spec: Arc<Spec>,
    hosts: Arc<Vec<String>>,
    actions: Vec<Action>,
    /// Ranks that were late, which is told once.
    late: BTreeSet<u32>,
    /// Some differ.
    wrong: bool,
    /// A check failed, which is told once.
    unchecked: bool,
}

impl Audits {
    /// None yet.
    pub fn new(spec: Arc<Spec>, hosts: Arc<Vec<String>>) -> Self {
        Audits {
            audit: Audit::new(hosts.len(), spec.trials.is_tolerant()),
            spec,
            hosts,
            actions: Vec::new(),
            late: BTreeSet::new(),
            wrong: false,
            unchecked: false,
        }
    }

    /// Somebody joins; these are all hosts now.
    pub fn admit(&mut self, hosts: Arc<Vec<String>>) {
        self.hosts = hosts;
    }

    /// A rank reached the call.
    pub fn joined(&mut self, now: Time, rank: u32, threads: u64) {
        self.audit.joined(now, rank, threads, &mut self.actions);
    }

    /// A rank is given up.
    pub fn lost(&mut self, now: Time, rank: u32) {
        self.audit.lost(now, rank, &mut self.actions);
    }

    /// A rank computed an audited grain; whether another's value `counts` already.
    pub fn computed(&mut self, now: Time, rank: u32, record: Record, counts: bool) {
        self.audit
            .computed(now, rank, record, counts, &mut self.actions);
    }

    /// A rank computed a grain again.
    pub fn checked(&mut self, now: Time, rank: u32, record: Record) {
        self.audit.answered(now, rank, record, &mut self.actions);
    }

    /// All grains are done.
    pub fn all_done(&mut self, now: Time) {
        self.audit.all_done(now, &mut self.actions);
    }

    /// These grains count as that rank returned them.
    pub fn returned(&mut self, rank: u32, fresh: &[Span]) {
        for &span in fresh {
            self.audit.returned(rank, span);
        }
    }

    /// Nothing more is checked. What is known to differ is told.
    pub fn halt(&mut self) {
        self.audit.halt(&mut self.actions);
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Time) {
        self.audit.tick(now, &mut self.actions);
    }

    /// Whether none is under way, and none found a difference.
    pub fn are_right(&self) -> bool {
        self.audit.is_over() && !self.wrong
    }

    /// Whether one found a difference.
    pub fn are_wrong(&self) -> bool {
        self.wrong
    }

    /// What was found to be right.
    pub fn tally(&self) -> Tally {
        self.audit.tally()
    }

    /// Carries out what is to be done.
    pub fn act(&mut self, out: &mut Vec<Post>, notices: &mut Vec<Notice>) {
        let mut asked: BTreeMap<u32, Vec<Again>> = BTreeMap::new();
        for action in std::mem::take(&mut self.actions) {
            match action {
                Action::Ask { member, again } => asked.entry(member).or_default().push(again),
                Action::Differ {
                    grain,
                    opinions,
                    counts,
                } => {
                    self.wrong = true;
                    notices.push(Notice::Wrong(self.difference(grain, &opinions, counts)));
                }
                Action::Unchecked { grain, opinion } => {
                    if let Outcome::Failed(text) = opinion.outcome
                        && !std::mem::replace(&mut self.unchecked, true)
                    {
                        notices.push(Notice::Warn(format!(
                            "{} failed on {} where it was to be audited, and not before: {text}",
                            self.items_of(grain),
                            self.name(opinion.member)
                        )));
                    }
                }
                Action::Late { member, grain } => {
                    if self.late.insert(member) {
                        notices.push(Notice::Warn(format!(
                            "{} is late with the audit of {}; others are asked",
                            self.name(member),
                            self.items_of(grain)
                        )));
                    }
                }
            }
        }
        for (rank, grains) in asked {
            out.push((rank, Msg::Again(self.spec.seq, grains), Rope::new()));
        }
    }

    fn difference(&self, grain: u64, opinions: &[Opinion], counts: Option<u32>) -> Difference {
        let mut text = format!("audit: {} differ(s): ", self.items_of(grain));
        let mut last = None;
        for (i, opinion) in opinions.iter().enumerate() {
            let before = &opinions[..i];
            let name = self.name(opinion.member);
            let again = match before.iter().any(|o| o.member == opinion.member) {
                true => ", computing it once more,",
                false => "",
            };
            let same = before.iter().find(|o| o.outcome == opinion.outcome);
            let what = match (&opinion.outcome, same) {
                (_, Some(same)) => format!("the same as {}", self.name(same.member)),
                (Outcome::Failed(text), _) => format!("an error ({text})"),
                (Outcome::Digest(_), None) if i == 0 => "one value".into(),
                (Outcome::Digest(_), None) => "another value".into(),
            };
            let found = if i == 0 { "computed" } else { "found" };
            text += &format!(
                "{}{name}{again} {found} {what}",
                if i == 0 { "" } else { ", " }
            );
            last = same;
        }
        // Of three opinions, two are the same or none is.
        let odd = match (opinions, last) {
            ([first, second, third], Some(same))
                if (first.member, first) == (third.member, same) =>
            {
                text += match first.member == second.member {
                    true => "; it was wrong once, when it computed it again",
                    false => "; two ranks cannot tell which of them is wrong",
                };
                None
            }
            ([first, second, third], Some(same)) => {
                let odd = if same == first { second } else { first };
                let name = self.name(odd.member);
                text += &match odd.member == third.member {
                    true => format!("; {name} was wrong before"),
                    false => format!("; do not trust {name}"),
                };
                Some(odd)
            }
            ([_, _, _], None) => {
                text += "; either the function gives another result each time, or its values have no order of \
                         their own (as a HashSet)";
                None
            }
            _ => None,
        };
        // Unless the one that counts is known to be another.
        let is_kept = self.spec.kept.is_some();
        let is_kept =
            is_kept && odd.is_none_or(|odd| counts.is_none_or(|counts| counts == odd.member));
        Difference { text, is_kept }
    }

    fn items_of(&self, grain: u64) -> String {
        let items = self.spec.items_of(Span::new(grain, grain + 1));
        format!("grain {grain} ({items}) of {}", self.spec.place.text)
    }

    fn name(&self, rank: u32) -> String {
        greeting::name(rank, Some(&self.hosts[rank as usize]))
    }
}

/// What is said at the end of a run that was audited.
pub fn told(tally: Tally) -> String {
    let Tally {
        grains,
        alone,
        unchecked,
    } = tally;
    let whom = match alone {
        0 => "by another rank".to_owned(),
        _ if alone == grains => {
            "by the same rank, as there was no other, on another thread if it has one".into()
        }
        _ => format!("by another rank, or the same where there was no other ({alone})"),
    };
    let failed = match unchecked {
        0 => String::new(),
        n => format!("; {n} more could not be"),
    };
    format!(
        "grange: audit: {grains} grain(s) computed again {whom}, all with the same bits{failed}"
    )
}
