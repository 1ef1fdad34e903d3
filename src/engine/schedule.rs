//! How large the next lease is: the field's chunking rules.
//!
//! | schedule | size of the next lease | source |
//! | --- | --- | --- |
//! | static | one equal share a member, by its threads | OpenMP 5.2, §11.5.3 |
//! | dynamic | a fixed number of grains | OpenMP 5.2, §11.5.3 |
//! | guided | remaining / threads | Polychronopoulos & Kuck 1987 |
//! | trapezoid | falls linearly from total / 2P to 1 | Tzeng & Ni 1993 |
//! | factoring | batches of half of what remains, in equal parts | Flynn Hummel, Schonberg & Flynn 1992 |
//! | adaptive | factoring weighted by measured speed, with a floor in time | Banicescu, Velusamy & Devaprasad 2003 |

use super::{MILLISECOND, SECOND, Time};
use std::fmt;
use std::str::FromStr;

/// A rule for the size of leases. It changes how long a run takes, never its result.
///
/// Parses from and prints as `static`, `dynamic`, `guided`, `trapezoid`, `factoring`, `adaptive`,
/// each optionally followed by `,CHUNK`: the fixed size for `static` and `dynamic`, the least size
/// for the others, in grains.
///
/// ```
/// use grange::Schedule;
/// let schedule: Schedule = "guided,16".parse()?;
/// assert_eq!(schedule.to_string(), "guided,16");
/// # Ok::<(), grange::ScheduleError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Schedule {
    /// Which rule.
    pub kind: Kind,
    /// The chunk in grains, if one was given.
    pub chunk: Option<u64>,
}

/// The rules by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Kind {
    /// One equal share a member, by its threads.
    Static,
    /// A fixed number of grains.
    Dynamic,
    /// What remains, divided by all threads.
    Guided,
    /// Sizes that fall linearly.
    Trapezoid,
    /// Batches of half of what remains.
    Factoring,
    /// Factoring weighted by measured speed, with a floor in time.
    #[default]
    Adaptive,
}

/// What a schedule may know when it sizes a lease.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Grains of the whole workload.
    pub total: u64,
    /// Grains not yet leased.
    pub remaining: u64,
    /// Threads of the member that asks.
    pub threads: u64,
    /// Threads of all members.
    pub all_threads: u64,
    /// Leases handed out so far.
    pub leases: u64,
    /// The asking member's grains a second, once measured.
    pub rate: Option<f64>,
    /// All members' grains a second, as far as measured.
    pub all_rate: Option<f64>,
    /// Grains that the member has returned, and has yet to return.
    pub done: u64,
    /// See [`View::done`].
    pub held: u64,
    /// In a group: grains of the lease from above that this one is cut from.
    pub batch: Option<u64>,
}

/// A lease shorter than this is not worth its messages.
const FLOOR: Time = 2 * MILLISECOND;
/// A lease longer than this tells too little about where the run stands.
const CEILING: Time = SECOND;
/// A slow member's lease is no smaller than an equal share over this.
const WEIGHT: u64 = 8;
/// A member may hold so many times what it has returned: a few cheap grains, quickly done, must not
/// hand out everything.
const GROWTH: u64 = 3;

impl Schedule {
    /// The rule `kind` without a chunk.
    pub fn new(kind: Kind) -> Self {
        Schedule { kind, chunk: None }
    }

    /// How many grains to lease next: at least 1, at most what remains (0 only if nothing remains).
    pub fn size(&self, view: &View) -> u64 {
        let threads = view.threads.max(1);
        let all = view.all_threads.max(threads);
        let share = |grains: u64| mul_div(grains, threads, all);
        let least = self.chunk.unwrap_or(1);
        let size = match self.kind {
            Kind::Dynamic => self.chunk.unwrap_or(threads),
            Kind::Static if self.chunk.is_some() => least,
            // The rule sized the group's lease; each member has its share of it.
            Kind::Adaptive => adaptive(view, threads, all).max(least),
            _ if view.batch.is_some() => share(view.batch.unwrap_or(0)).max(least),
            Kind::Static => share(view.total),
            Kind::Guided => share(view.remaining).max(least),
            Kind::Trapezoid => {
                // From F = N/2P down to 1 over 2N/(F+1) leases.
                let first = (view.total / all / 2).max(1) as f64;
                let steps = (2.0 * view.total as f64 / (first + 1.0)).ceil().max(2.0);
                let fall = (first - 1.0) / (steps - 1.0);
                let size = first - fall * view.leases as f64;
                (size.max(1.0) as u64).saturating_mul(threads).max(least)
            }
            Kind::Factoring => share(view.remaining.div_ceil(2)).max(least),
        };
        size.clamp(1, u64::MAX).min(view.remaining)
    }
}

/// How many grains a member may hold that has returned `done`.
pub(super) fn most_held(done: u64, threads: u64) -> u64 {
    (done + threads).saturating_mul(GROWTH)
}

fn adaptive(view: &View, threads: u64, all: u64) -> u64 {
    // In a group the rule has sized the batch already; else half of what remains goes out in equal
    // parts, so that later leases can even out what these get wrong.
    let round = view.batch.unwrap_or(view.remaining.div_ceil(2));
    let fair = mul_div(round, threads, all).max(1);
    let (Some(rate), Some(all_rate)) = (view.rate, view.all_rate) else {
        // Nothing measured yet: one grain a thread tells the speed at the least cost.
        return threads.min(fair);
    };
    let within = |time: Time| (rate * time as f64 / SECOND as f64) as u64;
    let weighted = (round as f64 * rate / all_rate.max(rate)).ceil() as u64;
    // Measured speeds are those of other grains, perhaps far shorter or longer ones: so neither far
    // below a fair part nor far above.
    let size = weighted
        .clamp((fair / WEIGHT).max(1), fair.saturating_mul(2))
        .min(within(CEILING));
    // Under a grain a thread would leave threads idle; the tail's end is recall's business.
    let least = threads.min(mul_div(view.remaining, threads, all).max(1));
    // A million grains may be done in the floor's time at a speed measured where they cost nothing.
    let most = most_held(view.done, threads);
    size.max(within(FLOOR).min(fair.saturating_mul(2)))
        .min(most.saturating_sub(view.held))
        .max(least)
}

/// `a·b/c`, rounded up, without overflow.
fn mul_div(a: u64, b: u64, c: u64) -> u64 {
    (u128::from(a) * u128::from(b))
        .div_ceil(u128::from(c.max(1)))
        .min(u128::from(u64::MAX)) as u64
}

const NAMES: [(&str, Kind); 6] = [
    ("static", Kind::Static),
    ("dynamic", Kind::Dynamic),
    ("guided", Kind::Guided),
    ("trapezoid", Kind::Trapezoid),
    ("factoring", Kind::Factoring),
    ("adaptive", Kind::Adaptive),
];

/// A text that is not a schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a schedule; expected static, dynamic, guided, trapezoid, factoring or adaptive, \
     optionally followed by ,CHUNK with CHUNK a whole number of grains from 1"
)]
pub struct ScheduleError(String);

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let bad = || ScheduleError(text.to_owned());
        let (name, chunk) = match text.split_once(',') {
            None => (text, None),
            Some((name, chunk)) => {
                let chunk = chunk.trim().replace('_', "");
                // Or as people write large ones: 1e3.
                let scientific = || {
                    let number = chunk.parse::<f64>().ok()?;
                    let whole = (1.0..=1e15).contains(&number) && number.fract() == 0.0;
                    whole.then_some(number as u64)
                };
                let chunk = chunk.parse().ok().or_else(scientific);
                (name, Some(chunk.ok_or_else(bad)?))
            }
        };
        if chunk == Some(0) {
            return Err(bad());
        }
        let (_, kind) = NAMES
            .iter()
            .find(|(n, _)| *n == name.trim())
            .ok_or_else(bad)?;
        Ok(Schedule { kind: *kind, chunk })
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES
            .iter()
            .find(|(_, kind)| *kind == self.kind)
            .map_or("", |(name, _)| name);
        match self.chunk {
            None => f.write_str(name),
            Some(chunk) => write!(f, "{name},{chunk}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leases until nothing remains, with equal members.
    fn sizes(schedule: Schedule, total: u64, members: u64) -> Vec<u64> {
        let mut view = View {
            total,
            remaining: total,
            threads: 1,
            all_threads: members,
            leases: 0,
            rate: None,
            all_rate: None,
            done: 0,
            held: 0,
            batch: None,
        };
        let mut out = Vec::new();
        while view.remaining > 0 {
            let size = schedule.size(&view);
            assert!(size >= 1 && size <= view.remaining);
            out.push(size);
            view.remaining -= size;
            view.leases += 1;
        }
        out
    }

    #[test]
    fn by_the_book() {
        let new = Schedule::new;
        assert_eq!(sizes(new(Kind::Static), 100, 4), [25; 4]);
        assert_eq!(
            sizes(
                Schedule {
                    kind: Kind::Dynamic,
                    chunk: Some(30)
                },
                100,
                4
            ),
            [30, 30, 30, 10]
        );
        assert_eq!(sizes(new(Kind::Guided), 100, 4)[..4], [25, 19, 14, 11]);
        assert_eq!(sizes(new(Kind::Factoring), 100, 4)[..4], [13, 11, 10, 9]);
        let trapezoid = sizes(new(Kind::Trapezoid), 1000, 4);
        assert_eq!(trapezoid[0], 125);
        assert!(trapezoid.windows(2).all(|w| w[1] <= w[0]));
        assert!((14..=20).contains(&trapezoid.len()), "{trapezoid:?}");
    }

    #[test]
    fn adaptive_follows_speed() {
        let view = View {
            total: 1 << 20,
            remaining: 1 << 19,
            threads: 1,
            all_threads: 3,
            leases: 9,
            rate: Some(1000.0),
            all_rate: Some(4000.0),
            done: 1 << 30,
            held: 0,
            batch: None,
        };
        let slow = Schedule::default().size(&view);
        let fast = Schedule::default().size(&View {
            rate: Some(3000.0),
            ..view
        });
        assert_eq!(fast, 3 * slow);
    }

    #[test]
    fn texts() {
        for text in [
            "static",
            "dynamic,7",
            "guided",
            "trapezoid,2",
            "factoring",
            "adaptive,1024",
        ] {
            assert_eq!(
                text.parse::<Schedule>().map(|s| s.to_string()),
                Ok(text.to_owned())
            );
        }
        assert_eq!(
            "static,1e3".parse::<Schedule>().map(|s| s.chunk),
            Ok(Some(1000))
        );
        for text in [
            "",
            "static,1.5",
            "static,nan",
            "auto",
            "guided,",
            "guided,0",
            "guided,-1",
            "guided,x",
            "Static",
        ] {
            assert!(text.parse::<Schedule>().is_err(), "{text}");
        }
    }
}
