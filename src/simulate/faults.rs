//! What goes wrong within a session, as data: probabilities here, what they came to for one rank in
//! [`Fate`].

use super::random::Random;
use crate::engine::{MILLISECOND, SECOND, Time};

/// How likely things go wrong. All probabilities are per rank unless said otherwise. Rank 0, which
/// coordinates, may only be stopped or limp for a while or have its clock leap; its death is an
/// [`Ending`](super::Ending).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// A rank dies at a random moment, or while it handles an event: what it was about to send is
    /// sent in part. It is reported lost after a while.
    pub death: f64,
    /// A rank stops for up to [`Faults::silence`] and then goes on, as after `SIGSTOP`.
    pub silent: f64,
    /// The longest silence, in nanoseconds.
    pub silence: Time,
    /// A rank stops for good and nobody reports it.
    pub vanish: f64,
    /// A rank that only fell silent is reported lost, and later goes on.
    pub wrongly_lost: f64,
    /// A block of grains never returns, and its thread with it.
    pub stuck: f64,
    /// A rank is [`Faults::slowness`] times slower than the others.
    pub slow: f64,
    /// See [`Faults::slow`].
    pub slowness: f64,
    /// A rank joins late.
    pub late: f64,
    /// Per job: the first try fails, and another rank is to try again.
    pub failing: f64,
    /// Where there are jobs: a rank may use fewer of its threads for a while, or none.
    pub resized: f64,
    /// Per message: what a member sends arrives a second time, later.
    pub duplicate: f64,
    /// Per message: it takes up to 100 times longer than usual.
    pub straggle: f64,
    /// A rank does a tenth of what it could for up to [`Faults::silence`], in short bursts.
    pub limp: f64,
    /// A rank's clock leaps ahead, by seconds to minutes.
    pub leap: f64,
    /// Faults fall within this much time from the start, in nanoseconds.
    pub within: Time,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// A random mixture, mild to severe.
    pub fn random(random: &mut Random, within: Time) -> Self {
        let mut some = |p: f64| {
            if random.chance(0.3) {
                random.unit() * p
            } else {
                0.0
            }
        };
        let mut faults = Faults {
            death: some(0.5),
            silent: some(0.5),
            vanish: some(0.3),
            wrongly_lost: some(0.3),
            stuck: some(0.3),
            slow: some(0.3),
            late: some(0.5),
            duplicate: some(0.5),
            straggle: some(0.2),
            failing: some(0.5),
            resized: some(0.5),
            leap: some(0.3),
            limp: some(0.3),
            ..Faults::none()
        };
        faults.silence = random.between(10 * MILLISECOND, 5 * SECOND);
        faults.slowness = [3.0, 10.0, 100.0][random.below(3) as usize];
        faults.within = within;
        faults
    }
}

/// What happens to one rank.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Fate {
    /// When it starts.
    pub joins: Time,
    /// When it stops for good.
    pub dies: Option<Time>,
    /// At which of its events it stops for good.
    pub dies_at: Option<u64>,
    /// From when it is silent, and for how long.
    pub silent: Option<(Time, Time)>,
    /// When the coordinator is told that it is lost.
    pub reported: Option<Time>,
    /// From when it may use only so many of its threads, and for how long.
    pub resized: Option<(Time, Time, u64)>,
    /// From when it limps, and for how long.
    pub limps: Option<(Time, Time)>,
    /// When its clock leaps, and how far.
    pub leaps: Option<(Time, Time)>,
    /// Which of its blocks never returns.
    pub stuck: Option<u64>,
    /// How fast it computes; 1 is usual.
    pub speed: f64,
}

/// Longest time from a death to its report.
pub(super) const DETECTION: Time = 3 * SECOND;

impl Fate {
    /// A rank to which nothing happens.
    pub fn spared() -> Self {
        Fate {
            speed: 1.0,
            ..Fate::default()
        }
    }

    /// Draws the fate of one rank. At most one rank of a run may stop answering without a report
    /// (`quiet_left` counts down): of two such ranks, both copies of a grain may be with them, and
    /// only a deadline ends that run.
    pub fn draw(faults: &Faults, spread: f64, random: &mut Random, quiet_left: &mut u32) -> Self {
        let mut fate = Fate::spared();
        fate.speed = 1.0 + spread * (random.unit() - 0.5);
        if random.chance(faults.slow) {
            fate.speed /= faults.slowness.max(1.0);
        }
        if random.chance(faults.late) {
            fate.joins = random.below(faults.within);
        }
        let when = fate.joins + random.below(faults.within);
        fate.draw_common(faults, random);
        if random.chance(faults.death) && random.chance(0.5) {
            fate.dies_at = Some(random.below(40));
        } else if random.chance(faults.death) {
            fate.dies = Some(when);
            fate.reported = Some(when + random.below(DETECTION));
        } else if random.chance(faults.silent) {
            fate.silent = Some((when, random.below(faults.silence)));
        } else if random.chance(faults.wrongly_lost) {
            fate.silent = Some((when, random.below(faults.silence)));
            fate.reported = Some(when + random.below(DETECTION));
        } else if *quiet_left > 0 && random.chance(faults.vanish) {
            *quiet_left -= 1;
            fate.dies = Some(when);
        } else if *quiet_left > 0 && random.chance(faults.stuck) {
            *quiet_left -= 1;
            fate.stuck = Some(random.below(20));
        }
        fate
    }

    /// Draws the fate of rank 0.
    pub fn draw_first(faults: &Faults, random: &mut Random) -> Self {
        let mut fate = Fate::spared();
        fate.draw_common(faults, random);
        if random.chance(faults.silent) {
            fate.silent = Some((random.below(faults.within), random.below(faults.silence)));
        }
        fate
    }

    fn draw_common(&mut self, faults: &Faults, random: &mut Random) {
        if random.chance(faults.limp) {
            self.limps = Some((random.below(faults.within), random.below(faults.silence)));
        }
        if random.chance(faults.leap) {
            let far = SECOND << random.below(9);
            self.leaps = Some((random.below(faults.within), random.below(far)));
        }
    }

    /// Whether it stops for good, or is taken for stopped.
    pub fn is_lost(&self) -> bool {
        self.dies.is_some() || self.dies_at.is_some() || self.reported.is_some()
    }

    /// Whether it computes from some time on for as long as the run takes, at a usual speed.
    pub fn is_reliable(&self) -> bool {
        !self.is_lost() && self.stuck.is_none() && self.speed >= 0.5
    }
}
