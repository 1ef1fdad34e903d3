//! Coordinators and their places: who is below whom.

use super::faults::Fate;
use super::message::Values;
use super::mutation::Mutation;
use super::random::Random;
use super::rank::Rank;
use super::sabotage::Sabotaged;
use super::scenario::{Scenario, Task};
use crate::engine::coordinator::{Coordinator, Settings};
use crate::engine::sub::SubCoordinator;
use crate::engine::work::{Queue, Tree, Workload};
use crate::engine::{MemberId, Time};
use std::collections::BTreeSet;

/// Whom a coordinator leases to, by index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Child {
    Rank(usize),
    Site(usize),
}

/// Where somebody's messages go, and when the last ones arrived: messages of a pair keep their
/// order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Link {
    pub site: usize,
    pub member: MemberId,
    pub last_up: Time,
    pub last_down: Time,
}

#[derive(Debug)]
pub(super) enum Machine {
    Root(Box<Coordinator<Sabotaged>>),
    Group(Box<SubCoordinator>),
}

/// A coordinator and the rank that it runs on.
#[derive(Debug)]
pub(super) struct Site {
    pub machine: Machine,
    /// To the coordinator above; nothing for the first.
    pub link: Option<Link>,
    pub below: Vec<Child>,
    pub host: usize,
    /// It is at work until then.
    pub busy: Time,
    pub values: Values,
    /// How far its clock has leapt so far.
    pub leapt: Time,
    /// Members that have joined and are not lost.
    pub present: BTreeSet<MemberId>,
    /// Once it is told to stop: members that have not reported all they did.
    pub awaited: Option<BTreeSet<MemberId>>,
}

/// A rank and what became of it.
#[derive(Debug)]
pub(super) struct Place {
    pub rank: Rank,
    pub link: Link,
    pub fate: Fate,
    pub threads: u64,
    pub dead: bool,
    /// Events that it has handled.
    pub events: u64,
    /// It is stopped until then.
    pub until: Time,
    /// The highest coordinator that runs on it.
    pub hosts: Option<usize>,
}

/// All ranks and coordinators; the coordinator of all is the first.
pub(super) fn build(
    scenario: &Scenario,
    random: &mut Random,
    empty: &Values,
) -> (Vec<Place>, Vec<Site>) {
    let mut places = Vec::new();
    let mut quiet = 1;
    for r in 0..scenario.ranks {
        let fate = match r {
            0 => Fate::draw_first(&scenario.faults, random),
            _ => Fate::draw(&scenario.faults, scenario.spread, random, &mut quiet),
        };
        let threads = random.between(1, scenario.threads);
        let mut fate = fate;
        if matches!(scenario.task, Task::Jobs { .. })
            && scenario.groups.is_empty()
            && random.chance(scenario.faults.resized)
        {
            // Some rank always works.
            let fewer = random.between(u64::from(r == 0), threads);
            let at = fate.joins + 1 + random.below(scenario.faults.within);
            fate.resized = Some((at, random.below(scenario.faults.silence), fewer));
        }
        let rank = Rank::new(threads, fate.speed, fate.stuck, empty.clone());
        let link = Link::default();
        places.push(Place {
            rank,
            link,
            fate,
            threads,
            dead: false,
            events: 0,
            until: 0,
            hosts: None,
        });
    }
    let all: u64 = places.iter().map(|p| p.threads).sum();
    let settings = Settings {
        schedule: scenario.schedule,
        threads: all,
        ..Settings::default()
    };
    let settings = Settings {
        deadline: scenario.deadline,
        ..settings
    };
    let work = Sabotaged::new(workload(scenario), scenario.mutation);
    let root = Machine::Root(Box::new(Coordinator::new(work, settings)));
    let mut sites = vec![Site::new(root, None, 0, empty)];
    // Children with their threads and the rank that they live and die with.
    let mut level: Vec<(Child, u64, usize)> = places
        .iter()
        .enumerate()
        .map(|(r, p)| (Child::Rank(r), p.threads, r))
        .collect();
    for &size in &scenario.groups {
        let mut next = Vec::new();
        for members in level.chunks(size.max(1) as usize) {
            let threads = members.iter().map(|m| m.1).sum();
            let group = Settings {
                threads,
                ..settings
            };
            let host = members[0].2;
            let site = sites.len();
            let total = if matches!(scenario.task, Task::Jobs { .. }) {
                u64::MAX
            } else {
                scenario.grains
            };
            let group = SubCoordinator::new(total, scenario.schedule, group);
            let group = Machine::Group(Box::new(group));
            sites.push(Site::new(group, Some(Link::default()), host, empty));
            places[host].hosts = Some(site);
            // A rank that hosts a coordinator is there from the start.
            places[host].fate.joins = 0;
            connect(&mut places, &mut sites, site, members);
            next.push((Child::Site(site), threads, host));
        }
        level = next;
    }
    connect(&mut places, &mut sites, 0, &level);
    (places, sites)
}

fn connect(places: &mut [Place], sites: &mut [Site], site: usize, members: &[(Child, u64, usize)]) {
    for (member, &(child, threads, _)) in members.iter().enumerate() {
        let link = Link {
            site,
            member: member as MemberId,
            ..Link::default()
        };
        match child {
            Child::Rank(r) => places[r].link = link,
            Child::Site(s) => {
                sites[s].link = Some(link);
                sites[site].joined(link.member, threads);
            }
        }
        sites[site].below.push(child);
    }
}

fn workload(scenario: &Scenario) -> Workload {
    match scenario.task {
        Task::Jobs { .. } => Workload::Queue(Queue::new()),
        Task::Stream { .. } if scenario.mutation == Some(Mutation::IgnoreCeiling) => {
            Workload::Tree(Tree::new(scenario.grains))
        }
        Task::Stream { window, .. } => {
            Workload::Tree(Tree::with_ceiling(scenario.grains, window.max(1)))
        }
        Task::Reduce | Task::Find { .. } | Task::Each => Workload::Tree(Tree::new(scenario.grains)),
    }
}

impl Site {
    fn new(machine: Machine, link: Option<Link>, host: usize, empty: &Values) -> Self {
        Site {
            machine,
            link,
            below: Vec::new(),
            host,
            busy: 0,
            values: empty.clone(),
            leapt: 0,
            present: BTreeSet::new(),
            awaited: None,
        }
    }

    pub fn joined(&mut self, member: MemberId, threads: u64) {
        self.present.insert(member);
        match &mut self.machine {
            Machine::Root(root) => root.joined(member, threads, None),
            Machine::Group(group) => group.joined(member, threads),
        }
    }
}
