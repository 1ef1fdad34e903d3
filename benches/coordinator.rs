//! What coordination costs, and how busy it keeps the ranks.
//!
//! ```text
//! cargo bench --bench coordinator
//! ```
//!
//! First table: the coordinator's CPU time per lease event (a request, a return, an answer to a
//! recall). Second: simulated runs, 12 s of work in grains of 20 ms on average for every rank, leases
//! of 1 s at most. The makespan goes from the start of the ranks, whose first requests all come at
//! once, to when the last rank knows of the end. `efficiency` is useful work over ranks times
//! makespan; `of best` the best possible makespan for somebody who knows what every grain costs
//! (everybody busy to the end, or the longest grain) over the real one; `of greedy` the makespan of
//! handing out one grain at a time at no cost over the real one: the best without that knowledge.
//! Messages take 20 µs or more and cost each coordinator that sends or receives them 1 µs of its
//! time; over 256 ranks there is a sub-coordinator per 316 ranks (100,000 ranks) or 64 (1,024).
//!
//! `RANKS=1024` simulates that number only, `LOAD=linear` that work only, `KIND=adaptive` that
//! schedule only; `SECONDS=12` sets the work per rank, `MESSAGE_NS=1000` what a message costs.

use grange::engine::coordinator::{Action, Coordinator, Settings};
use grange::engine::span::Span;
use grange::engine::sub::{SubAction, SubCoordinator};
use grange::engine::work::Tree;
use grange::engine::{LeaseId, MILLISECOND, MemberId, SECOND, Time};
use grange::simulate::{Load, Scenario};
use grange::{Schedule, engine::schedule::Kind};
use std::collections::VecDeque;
use std::time::Instant;

/// Grains a second of every member.
const RATE: f64 = 1e5;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// Whether the variable `name` asks for `this` or for nothing in particular.
fn wanted(name: &str, this: &str) -> bool {
    std::env::var(name).map_or(true, |only| only == this)
}

/// A coordinator with one kind of calls, whichever it is.
trait Lessor {
    fn ask(&mut self, now: Time, member: MemberId, backlog: u64, out: &mut Vec<Action>);
    fn give(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        span: Span,
        out: &mut Vec<Action>,
    );
    fn give_back(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        back: &[Span],
        out: &mut Vec<Action>,
    );
}

impl Lessor for Coordinator<Tree> {
    fn ask(&mut self, now: Time, member: MemberId, backlog: u64, out: &mut Vec<Action>) {
        self.asked(now, member, Some(RATE), backlog, out);
    }

    fn give(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        span: Span,
        out: &mut Vec<Action>,
    ) {
        self.returned(now, member, lease, &[span], out);
    }

    fn give_back(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        back: &[Span],
        out: &mut Vec<Action>,
    ) {
        self.gave_back(now, member, lease, back, out);
    }
}

/// A group, and above it somebody who always has another second of work.
struct Group {
    sub: SubCoordinator,
    members: u64,
    next: u64,
    leases: LeaseId,
    left: u64,
}

impl Group {
    fn pass(&mut self, now: Time, mut actions: Vec<SubAction>, out: &mut Vec<Action>) {
        while let Some(action) = actions.pop() {
            match action {
                SubAction::Below(action) => out.push(action),
                SubAction::Ask { .. } if self.left > 0 => {
                    let size = self.left.min(self.members * RATE as u64);
                    self.left -= size;
                    self.leases += 1;
                    let span = Span::new(self.next, self.next + size);
                    self.next = span.end;
                    self.sub.leased(now, self.leases, span, false, &mut actions);
                }
                _ => {}
            }
        }
    }
}

impl Lessor for Group {
    fn ask(&mut self, now: Time, member: MemberId, backlog: u64, out: &mut Vec<Action>) {
        let mut actions = Vec::new();
        self.sub
            .asked(now, member, Some(RATE), backlog, &mut actions);
        self.pass(now, actions, out);
    }

    fn give(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        span: Span,
        out: &mut Vec<Action>,
    ) {
        let mut actions = Vec::new();
        self.sub.returned(now, member, lease, &[span], &mut actions);
        self.pass(now, actions, out);
    }

    fn give_back(
        &mut self,
        now: Time,
        member: MemberId,
        lease: LeaseId,
        back: &[Span],
        out: &mut Vec<Action>,
    ) {
        let mut actions = Vec::new();
        self.sub.gave_back(now, member, lease, back, &mut actions);
        self.pass(now, actions, out);
    }
}

/// Leases and returns in turn until nothing is left; nanoseconds per event, and events.
///
/// With `idle` members, these never get anything to keep: they wait, while the others are recalled
/// and answer that everything has begun.
fn drive(lessor: &mut dyn Lessor, members: u32, idle: u32) -> (f64, u64) {
    let mut out = Vec::new();
    let mut running: VecDeque<(MemberId, LeaseId, Span)> = VecDeque::new();
    let (mut now, mut events) = (0, 0u64);
    for member in 0..members {
        lessor.ask(now, member, u64::from(member >= idle), &mut out);
    }
    let began = Instant::now();
    loop {
        for action in std::mem::take(&mut out) {
            match action {
                Action::Lease {
                    member,
                    lease,
                    span,
                } => running.push_back((member, lease, span)),
                Action::Recall { member, lease } => {
                    lessor.give_back(now, member, lease, &[], &mut out);
                    events += 1;
                }
                _ => {}
            }
        }
        let Some((member, lease, span)) = running.pop_front() else {
            if out.is_empty() {
                break;
            }
            continue;
        };
        now += SECOND / u64::from(members) / 2;
        // As a rank does: most of it, a request for more, the rest.
        let middle = span.end - span.len() / 8;
        lessor.give(now, member, lease, Span::new(span.start, middle), &mut out);
        lessor.ask(now, member, 1, &mut out);
        if middle < span.end {
            lessor.give(now, member, lease, Span::new(middle, span.end), &mut out);
            events += 1;
        }
        events += 2;
    }
    (
        began.elapsed().as_nanos() as f64 / events.max(1) as f64,
        events,
    )
}

fn flat(members: u32, grains: u64) -> Coordinator<Tree> {
    let settings = Settings {
        threads: u64::from(members),
        ..Settings::default()
    };
    let mut coordinator = Coordinator::new(Tree::new(grains), settings);
    for member in 0..members {
        coordinator.joined(member, 1, None);
    }
    coordinator
}

fn group(members: u32, grains: u64) -> Group {
    let settings = Settings {
        threads: u64::from(members),
        ..Settings::default()
    };
    let mut sub = SubCoordinator::new(u64::MAX, Schedule::default(), settings);
    for member in 0..members {
        sub.joined(member, 1);
    }
    let mut group = Group {
        sub,
        members: u64::from(members),
        next: 0,
        leases: 0,
        left: grains,
    };
    let mut actions = Vec::new();
    group.sub.start(&mut actions);
    group.pass(0, actions, &mut Vec::new());
    group
}

fn costs() {
    println!("{:<44} {:>10} {:>12}", "coordinator", "ns/event", "events");
    let show =
        |name: &str, (ns, events): (f64, u64)| println!("{name:<44} {ns:>10.0} {events:>12}");
    for (members, seconds) in [(16, 100), (1_024, 100), (100_000, 5)] {
        let grains = seconds * u64::from(members) * RATE as u64;
        show(
            &format!("{members} members"),
            drive(&mut flat(members, grains), members, 0),
        );
        let mut group = group(members, grains);
        show(
            &format!("sub-coordinator of {members} members"),
            drive(&mut group, members, 0),
        );
    }
    show("1,024 members, to a tail of 1 s", {
        let mut best = (f64::MAX, 0);
        for _ in 0..5 {
            let run = drive(&mut flat(1_024, 1_024 * RATE as u64), 1_024, 0);
            best = if run.0 < best.0 { run } else { best };
        }
        best
    });
    tail();
}

/// 1,024 members of which 100 are idle: every return meets 100 unanswered requests.
fn tail() {
    let members = 1_024u32;
    // Shares that do not wait for returns, so that everything is out before anything is back.
    let settings = Settings {
        schedule: Schedule::new(Kind::Factoring),
        threads: u64::from(members),
        ..Settings::default()
    };
    let grains = u64::from(members) * 1_000_000;
    let mut coordinator = Coordinator::new(Tree::new(grains), settings);
    for member in 0..members {
        coordinator.joined(member, 1, None);
    }
    let mut out = Vec::new();
    // Everything is leased before anybody is idle.
    while grange::engine::work::Work::available(coordinator.work()) > 0 {
        for member in 100..members {
            coordinator.asked(0, member, Some(RATE), 1, &mut out);
        }
    }
    let mut leases: Vec<_> = out
        .drain(..)
        .filter_map(|action| match action {
            Action::Lease {
                member,
                lease,
                span,
            } => Some((member, lease, span)),
            _ => None,
        })
        .collect();
    for member in 0..100 {
        coordinator.asked(0, member, Some(RATE), 0, &mut out);
    }
    let began = Instant::now();
    let mut events = 0u64;
    let mut now = 0;
    for round in 0..200u64 {
        for (member, lease, span) in &mut leases {
            let end = (span.start + 1 + round % 3).min(span.end);
            let done = Span::new(span.start, end);
            span.start = end;
            now += MILLISECOND / 1000;
            coordinator.returned(now, *member, *lease, &[done], &mut out);
            events += 1;
        }
        for action in std::mem::take(&mut out) {
            if let Action::Recall { member, lease } = action {
                coordinator.gave_back(now, member, lease, &[], &mut out);
                events += 1;
            }
        }
    }
    let ns = began.elapsed().as_nanos() as f64 / events as f64;
    println!(
        "{:<44} {ns:>10.0} {events:>12}",
        "1,024 members, 100 of them idle"
    );
}

fn efficiency() {
    let seconds = number("SECONDS", 12);
    let only = number("RANKS", 0);
    println!(
        "\n{:>7} {:<12} {:<10} {:>10} {:>8} {:>10} {:>8} {:>9} {:>8} {:>8} {:>7}",
        "ranks",
        "work",
        "schedule",
        "efficiency",
        "of best",
        "of greedy",
        "time s",
        "leases",
        "recalls",
        "overdue",
        "wall s"
    );
    let loads = [
        ("uniform", Load::Uniform),
        ("linear", Load::Linear),
        (
            "heavy-tailed",
            Load::HeavyTailed {
                alpha: 1.5,
                cap: 50.0,
            },
        ),
    ];
    let kinds = [Kind::Adaptive, Kind::Factoring, Kind::Guided, Kind::Static];
    for (ranks, groups) in [(16, vec![]), (1_024, vec![64]), (100_000, vec![316])] {
        if only != 0 && only != u64::from(ranks) {
            continue;
        }
        for (name, load) in loads {
            let mut greedy = None;
            for kind in kinds {
                // The largest runs take a minute each.
                let usual = ranks < 100_000 || matches!(kind, Kind::Adaptive | Kind::Static);
                if !usual && std::env::var_os("KIND").is_none() {
                    continue;
                }
                if !wanted("LOAD", name) || !wanted("KIND", &Schedule::new(kind).to_string()) {
                    continue;
                }
                let mean = 20 * MILLISECOND;
                let scenario = Scenario {
                    groups: groups.clone(),
                    load,
                    mean,
                    schedule: Schedule::new(kind),
                    jitter: 10_000,
                    message_cost: number("MESSAGE_NS", 1_000),
                    blocks: 1,
                    values: false,
                    ..Scenario::plain(ranks, u64::from(ranks) * seconds * SECOND / mean)
                };
                let greedy = *greedy.get_or_insert_with(|| scenario.greedy()) as f64;
                let began = Instant::now();
                match scenario.run() {
                    Ok(report) => println!(
                        "{ranks:>7} {name:<12} {:<10} {:>10.4} {:>8.4} {:>10.4} {:>8.3} {:>9} {:>8} {:>8} {:>7.1}",
                        scenario.schedule.to_string(),
                        report.efficiency(),
                        report.of_best(),
                        greedy / report.time as f64,
                        report.time as f64 / SECOND as f64,
                        report.leases,
                        report.recalls,
                        report.overdue,
                        began.elapsed().as_secs_f64(),
                    ),
                    Err(broken) => println!("{ranks:>7} {name:<12} {kind:?}: {broken}"),
                }
            }
        }
    }
}

fn main() {
    costs();
    efficiency();
}
