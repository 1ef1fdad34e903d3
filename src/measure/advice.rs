//! The largest loss of a run, and what to do about it.

use super::parts::Part;
use super::record::RankRecord;
use super::summary::{RankSummary, Summary, Told};
use crate::comm::greeting;
use std::collections::{BTreeMap, BTreeSet};

/// Less is not worth a change.
const SMALL: f64 = 0.03;
/// A rank slower than this share of the others' speed is slow,
const SLOW: f64 = 0.75;
/// if it took longer by more than so many of the longest grains.
const LONG: f64 = 4.0;
/// With fewer grains a thread the end of a call cannot be even.
const EVEN: u64 = 4;

/// Where most was lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// Such as `tail`: as reports call it.
    pub part: &'static str,
    /// Of the time of all threads, or of all cores where these had none.
    pub share: f64,
    /// For people.
    pub text: String,
}

/// What else is known of a run.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// Calls that had work for threads.
    pub calls: u64,
    /// Whether all of these were of jobs, which have no grains that could be smaller.
    pub jobs: bool,
    /// Whether rank 0 was busy with results that it takes one by one for most of the time in calls.
    pub consumes: bool,
    /// The cores that each rank may run on, and what its node's control group allows; 0 for no limit.
    pub cores: Vec<(Vec<u32>, u32)>,
}

impl Circumstances {
    /// As far as ranks told.
    pub fn of(told: &[Told]) -> Self {
        let records = || told.iter().map(|told| told.record.as_ref());
        let most = |of: fn(&RankRecord) -> u64| records().flatten().map(of).max().unwrap_or(0);
        let (calls, jobs) = (most(|r| r.worked), most(|r| r.jobs));
        let cores = records().map(|r| r.map(|r| (r.cores.clone(), r.quota)).unwrap_or_default());
        Circumstances {
            calls,
            jobs: calls > 0 && jobs == calls,
            consumes: records().flatten().any(|r| r.consumed > r.within / 2),
            cores: cores.collect(),
        }
    }
}

/// The largest loss.
pub fn largest(run: &Summary, known: &Circumstances) -> Loss {
    let lost = Part::ALL
        .into_iter()
        .filter(|&part| part != Part::Useful)
        .map(|part| (part.name(), run.share(part), Some(part)));
    let slow = slow(run);
    let crowded = crowded(run, known);
    let unused = unused(run, known);
    let others = [
        ("crowded cores", crowded.0, None),
        ("slow ranks", slow.0, None),
        ("unused cores", unused.0, None),
    ];
    let all = lost.chain(others);
    let (name, share, part) = all.fold(("none", 0.0, None), |a, b| if b.1 > a.1 { b } else { a });
    let what = match (name, part) {
        (_, Some(part)) => told(part, run, known),
        ("crowded cores", _) => crowded.1,
        ("slow ranks", _) => slow.1,
        ("unused cores", _) => unused.1,
        _ => "nothing was computed".into(),
    };
    let percent = percent(share);
    let text = match share < SMALL && run.efficiency.parallel > 0.0 {
        true => format!("none that is worth a change: the largest is {name} with {percent}"),
        false => format!("{name}: {percent} of core time {what}"),
    };
    Loss {
        part: part.map_or(name, Part::key),
        share,
        text,
    }
}

/// Such as `6 %`, with a digit more below ten.
pub fn percent(share: f64) -> String {
    let share = 100.0 * share;
    match share {
        s if s >= 9.95 => format!("{s:.0} %"),
        s => format!("{s:.1} %"),
    }
}

fn told(part: Part, run: &Summary, known: &Circumstances) -> String {
    match part {
        Part::Startup => "passed before the first call began; a longer run hides it".into(),
        Part::Useful => String::new(),
        Part::Overhead => {
            "went into merging and handing over results; a larger --grain or smaller results would help".into()
        }
        Part::Waiting | Part::Tail | Part::Gather if known.consumes => {
            "idle while rank 0's function was busy with the results that it takes one by one; less of that, or a \
             reduction in place of it, would help"
                .into()
        }
        Part::Waiting => {
            let busy = run.coordinator_busy();
            let more = match busy > 0.5 {
                true => format!(" (rank 0 coordinates {} of the time)", percent(busy)),
                false => String::new(),
            };
            match known.jobs {
                true => format!(
                    "idle while waiting for jobs{more}; more of them at a time, or longer ones, would help"
                ),
                false => format!(
                    "idle while waiting for leases{more}; a larger --grain or more work a call would help"
                ),
            }
        }
        Part::Tail => tail(run, known),
        Part::Gather => {
            "idle while rank 0 folded results of which all grains were done; smaller results, or a reduction \
             in place of a map, would help"
                .into()
        }
        Part::Serial => {
            "idle between calls, while main worked on its own; work that is moved into a call is shared".into()
        }
        Part::Shutdown => "passed after the last call; a longer run hides it".into(),
        Part::Lost => "lost with ranks that died or stand still".into(),
    }
}

fn tail(run: &Summary, known: &Circumstances) -> String {
    if known.jobs {
        return "idle after a thread's last job, while others were at work; smaller jobs, or more of them at a time \
                where workers are limited, would help"
            .into();
    }
    let idle = "idle after a thread's last grain, while others were at work";
    let grains = run.times.count() / known.calls.max(1);
    let longest = run.times.longest();
    let each = run.parts[Part::Tail] / run.threads.max(1);
    if grains < EVEN * run.threads {
        return format!(
            "{idle}; {grains} grain(s) a call for {} thread(s) cannot be even: a smaller --grain would help",
            run.threads
        );
    }
    if longest > each / 2 {
        let seconds = longest as f64 / 1e9;
        return format!(
            "{idle}; the longest grain took {seconds:.2} s: a smaller --grain would help"
        );
    }
    format!("{idle}; --schedule adaptive (the default) or a smaller --grain would help")
}

/// What ranks would have saved that are slower than the others at the same grains, if they were not.
fn slow(run: &Summary) -> (f64, String) {
    let longest = run.times.longest() as f64;
    let mut lost = 0.0;
    let mut slowest: Option<(f64, &RankSummary)> = None;
    for rank in &run.ranks {
        let Some(speed) = rank.speed.filter(|&speed| speed < SLOW) else {
            continue;
        };
        let had = rank.parts[Part::Useful].saturating_sub(rank.delayed);
        let more = had as f64 * (1.0 - speed);
        // It may have had some that are long by nature.
        if more < LONG * longest {
            continue;
        }
        lost += more;
        if slowest.is_none_or(|(s, _)| speed < s) {
            slowest = Some((speed, rank));
        }
    }
    let text = slowest.map_or_else(String::new, |(speed, rank)| {
        format!(
            "lost to them: {} did grains at {} of the others' speed; is its node shared, throttled or of another kind?",
            greeting::name(rank.rank, Some(&rank.host)),
            percent(speed)
        )
    });
    (lost / run.parts.total().max(1) as f64, text)
}

/// What threads lost that were ready to run while something else had their cores.
fn crowded(run: &Summary, known: &Circumstances) -> (f64, String) {
    let lost: u64 = run.ranks.iter().map(|rank| rank.delayed).sum();
    let share = lost as f64 / run.parts.total().max(1) as f64;
    let worst = run.ranks.iter().max_by_key(|rank| rank.delayed);
    let text = worst.map_or_else(String::new, |worst| {
        let because = match sharing(worst, run, known) {
            Some((threads, cores, of)) => format!(
                "{threads} threads of grange share {cores} core(s) {of}; fewer ranks or --threads, or ranks that are \
                 bound to other cores, would help"
            ),
            None => format!(
                "other programs, or a limit on its processor time, on {}; cores of its own would help",
                worst.host
            ),
        };
        format!("lost by threads that were ready to run and had no core: {because}")
    });
    (share, text)
}

/// How many threads of ours share how many cores with those of that rank, if there are more threads: on the cores
/// that it may use, or else on its node.
fn sharing(of: &RankSummary, run: &Summary, known: &Circumstances) -> Option<(u64, u64, String)> {
    let ranks = || {
        let all = run.ranks.iter().zip(&known.cores);
        all.filter(|(rank, _)| rank.host == of.host)
    };
    let (mine, quota) = &ranks().find(|(rank, _)| rank.rank == of.rank)?.1;
    let (mut alike, mut all, mut cores) = (0, 0, BTreeSet::<u32>::new());
    for (rank, (its, _)) in ranks() {
        if its == mine {
            alike += rank.threads;
        }
        all += rank.threads;
        cores.extend(its);
    }
    let usable = |cores: usize| match u64::from(*quota) {
        0 => cores as u64,
        quota => quota.min(cores as u64),
    };
    let (few, many) = (usable(mine.len()), usable(cores.len()));
    let text = format!("of {}", of.host);
    match () {
        () if alike > few && few > 0 => Some((alike, few, text)),
        () if all > many && many > 0 => Some((all, many, text)),
        () => None,
    }
}

/// Cores that ranks may run on and for which they have no threads.
fn unused(run: &Summary, known: &Circumstances) -> (f64, String) {
    let mut hosts: BTreeMap<&str, (BTreeSet<u32>, u32, u64)> = BTreeMap::new();
    for (rank, (cores, quota)) in run.ranks.iter().zip(&known.cores) {
        let host = hosts.entry(&rank.host).or_default();
        host.0.extend(cores);
        host.1 = *quota;
        host.2 += rank.threads;
    }
    let (mut idle, mut all) = (0, 0);
    let mut worst: Option<(u64, u64, &str)> = None;
    for (host, (cores, quota, threads)) in hosts {
        let cores = cores.len() as u64;
        let usable = match quota {
            0 => cores,
            quota => cores.min(quota.into()),
        };
        let unused = usable.saturating_sub(threads);
        idle += unused;
        all += usable.max(threads);
        if unused > 0 && worst.is_none_or(|(n, ..)| unused > n) {
            worst = Some((unused, usable, host));
        }
    }
    let text = worst.map_or_else(String::new, |(unused, usable, host)| {
        format!("had no thread: {unused} of {usable} cores that ranks may use on {host}; more --threads or ranks would help")
    });
    (idle as f64 / all.max(1) as f64, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::histogram::Histogram;
    use crate::measure::record::{RankRecord, ThreadRecord};
    use crate::measure::strata::Stratum;

    const WALL: u64 = 100_000_000_000;

    /// A rank with one thread whose parts are so many percent of the wall time; the rest is the tail.
    fn told(useful: u64, waiting: u64, grains: u64, longest: u64) -> Told {
        let mut thread = ThreadRecord {
            grains,
            items: u128::from(grains),
            ..ThreadRecord::default()
        };
        let percent = WALL / 100;
        thread.parts[Part::Useful] = useful * percent;
        thread.parts[Part::Waiting] = waiting * percent;
        thread.parts[Part::Tail] = (100 - useful - waiting) * percent;
        let mut times = Histogram::default();
        times.add(longest, 1);
        times.add(longest / 2, grains - 1);
        let record = RankRecord {
            cores: vec![0, 1],
            ended: WALL,
            first: Some(0),
            last: WALL,
            within: WALL,
            worked: 1,
            threads: vec![thread],
            times,
            strata: vec![Stratum {
                of: 0,
                grains,
                time: useful * percent,
            }],
            ..RankRecord::default()
        };
        Told {
            host: "n1".into(),
            threads: 1,
            record: Some(record),
        }
    }

    /// The same on these cores, where its thread waited for a core so many percent of the time.
    fn on(cores: &[u32], delayed: u64, mut told: Told) -> Told {
        if let Some(record) = &mut told.record {
            record.cores = cores.to_vec();
            record.threads[0].delayed = delayed * (WALL / 100);
        }
        told
    }

    fn loss(told: &[Told]) -> Loss {
        largest(&Summary::of(told, WALL, 0), &Circumstances::of(told))
    }

    #[track_caller]
    fn says(told: &[Told], part: &str, share: f64, word: &str) {
        let loss = loss(told);
        assert_eq!(loss.part, part, "{loss:?}");
        assert!((loss.share - share).abs() < 1e-9, "{loss:?}");
        assert!(loss.text.contains(word), "{loss:?}");
    }

    #[test]
    fn the_largest_is_named_with_what_helps() {
        let second = 1_000_000_000;
        let full = || told(100, 0, 1000, second / 10);
        says(
            &[full(), told(80, 0, 800, second / 10)],
            "tail",
            0.1,
            "--schedule adaptive",
        );
        says(
            &[full(), told(80, 0, 800, 15 * second)],
            "tail",
            0.1,
            "took 15.00 s",
        );
        says(
            &[told(100, 0, 4, second), told(50, 0, 3, second)],
            "tail",
            0.25,
            "cannot be even",
        );
        says(
            &[full(), told(60, 40, 600, second / 10)],
            "waiting",
            0.2,
            "waiting for leases",
        );
        says(
            &[full(), told(99, 1, 990, second / 10)],
            "waiting",
            0.005,
            "none that is worth",
        );
        let gone = Told {
            record: None,
            ..full()
        };
        says(&[full(), gone], "lost", 0.5, "died or stand still");
    }

    #[test]
    fn slow_ranks_and_idle_cores_are_losses_too() {
        let second = 1_000_000_000;
        let slow = [
            told(100, 0, 1000, second / 10),
            told(100, 0, 250, second / 10),
        ];
        // Three quarters of half of the time.
        says(
            &slow,
            "slow ranks",
            0.375,
            "rank 1 (n1) did grains at 25 % of the others' speed",
        );
        let alone = [told(100, 0, 1000, second / 10)];
        says(&alone, "unused cores", 0.5, "1 of 2 cores");
        // No core is slow that others use.
        let shared = [
            on(&[0], 0, told(100, 0, 1000, second / 10)),
            on(&[1], 50, told(100, 0, 500, second / 10)),
            on(&[1], 50, told(100, 0, 500, second / 10)),
        ];
        says(
            &shared,
            "crowded cores",
            1.0 / 3.0,
            "2 threads of grange share 1 core(s) of n1",
        );
        let all = [0, 1];
        let on_all = |_| on(&all, 33, told(100, 0, 500, second / 10));
        let shared: Vec<Told> = (0..3).map(on_all).collect();
        says(
            &shared,
            "crowded cores",
            0.33,
            "3 threads of grange share 2 core(s) of n1",
        );
        let beside = [
            on(&all, 0, told(100, 0, 1000, second / 10)),
            on(&all, 50, told(100, 0, 500, second / 10)),
        ];
        says(&beside, "crowded cores", 0.25, "other programs");
        assert_eq!(
            loss(&[]).text,
            "none: 0.0 % of core time nothing was computed"
        );
    }
}
