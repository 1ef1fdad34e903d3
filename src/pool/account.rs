//! What is told of a run when it is over.

use super::Pool;
use super::keep::files::Files;
use crate::engine::nanoseconds;
use crate::error::Error;
use crate::exec::cores::Cores;
use crate::measure::advice::{self, Circumstances};
use crate::measure::messages::Message;
use crate::measure::record::RankRecord;
use crate::measure::report::{self, Known, Place};
use crate::measure::summary::{Summary, Told};
use crate::measure::{bounded::Bounded, text};
use crate::say;
use crate::session::hub::Hub;
use crate::session::mark;
use crate::session::start::World;
use crate::wire::rope::Rope;
use crate::wire::value;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Shorter runs are not worth a hint.
const LONG: Duration = Duration::from_secs(30);
/// Nor those that use this much of their cores.
const WELL: f64 = 0.5;

/// What is to be told.
#[derive(Clone, Debug, Default)]
pub struct Telling {
    /// On standard error.
    pub stats: bool,
    /// No hints.
    pub quiet: bool,
    /// As a document.
    pub report: Option<PathBuf>,
    /// For a viewer.
    pub trace: Option<PathBuf>,
    /// How the run was to be.
    pub settings: BTreeMap<&'static str, String>,
}

impl Telling {
    /// Whether blocks of grains, messages and clocks are to be known one by one.
    pub fn wants_all(&self) -> bool {
        self.report.is_some() || self.trace.is_some()
    }

    /// Where to write, if that is possible.
    ///
    /// # Errors
    /// When it is not.
    pub fn places(&self, checkpoint: Option<&Path>) -> Result<Vec<Place>, Error> {
        let report = self.report.as_deref().map(Place::report).transpose()?;
        let trace = self.trace.as_deref().map(Place::trace).transpose()?;
        let one = report.as_ref().zip(self.trace.as_deref());
        let twice = one.is_some_and(|(report, trace)| report.is(trace));
        let places: Vec<Place> = report.into_iter().chain(trace).collect();
        let kept = checkpoint.is_some_and(|file| places.iter().any(|place| place.is(file)));
        if twice || kept {
            return Err(Error::Usage(
                "--report, --trace and --checkpoint cannot be one file: each takes its own".into(),
            ));
        }
        places.iter().try_for_each(Place::check)?;
        Ok(places)
    }
}

/// What is known of a run on rank 0 beside what ranks tell.
pub struct Account {
    telling: Telling,
    hub: Arc<Hub>,
    files: Arc<Files>,
    started: SystemTime,
    ranks: Vec<Told>,
}

/// How the run went on rank 0.
#[derive(Default)]
pub struct Course {
    /// Main was reached.
    pub began: bool,
    pub places: Vec<Place>,
    pub results: Vec<Value>,
    pub outcome: String,
}

impl Account {
    /// Of a run that has begun.
    pub fn new(telling: Telling, hub: Arc<Hub>, files: Arc<Files>, world: &World) -> Self {
        let ranks = world.hosts.iter().zip(world.threads.iter());
        let told = ranks.map(|(host, &threads)| Told {
            host: host.clone(),
            threads: threads.into(),
            record: None,
        });
        let started = SystemTime::now()
            .checked_sub(hub.epoch.elapsed())
            .unwrap_or(UNIX_EPOCH);
        Account {
            telling,
            hub,
            files,
            started,
            ranks: told.collect(),
        }
    }

    /// On rank 0, when all is over: tells what is to be told. Gives the exit code.
    pub fn tell(mut self, course: Course, code: u8) -> u8 {
        if !course.began {
            // What went wrong is told.
            return code;
        }
        let wall = self.hub.epoch.elapsed();
        let messages = self.read();
        let run = Summary::of(&self.ranks, nanoseconds(wall), self.hub.coordinated());
        let loss = advice::largest(&run, &Circumstances::of(&self.ranks));
        if self.telling.stats {
            say::line(format_args!("{}", text::stats(&run, &loss)));
        } else if wall > LONG && code == 0 && !self.telling.quiet && run.efficiency.parallel < WELL
        {
            say::line(format_args!("grange: hint: {}", text::in_short(&run)));
        }
        if course.places.is_empty() {
            return code;
        }
        let epoch = self.hub.epoch;
        let writes = self.files.writes();
        let started = self.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        let known = Known {
            started: started.as_secs_f64(),
            exit_code: code,
            outcome: course.outcome,
            settings: self.telling.settings,
            writes: writes
                .into_iter()
                .map(|(from, to)| (epoch.at(from), epoch.at(to)))
                .collect(),
            results: course.results,
            clocks: self.hub.take_clocks(),
            messages,
        };
        let document = report::build(&run, &self.ranks, &loss, known);
        course
            .places
            .iter()
            .fold(code, |code, place| match place.write(&document) {
                Ok(()) => code,
                Err(error) => {
                    say::error(&error);
                    let code = match code {
                        0 => error.code(),
                        code => code,
                    };
                    // Who started it may look there.
                    mark::leave(code);
                    code
                }
            })
    }

    /// Reads what ranks told; gives their messages.
    fn read(&mut self) -> Vec<Option<Bounded<Message>>> {
        let mut messages: Vec<Option<Bounded<Message>>> = Vec::new();
        messages.resize_with(self.ranks.len(), || None);
        for (rank, mut told) in self.hub.take_records() {
            let record: Result<RankRecord, Error> = value::read(&mut told);
            let rank = rank as usize;
            if let (Some(of), Ok(record)) = (self.ranks.get_mut(rank), record) {
                of.record = Some(record);
                if self.telling.wants_all() {
                    messages[rank] = value::read(&mut told).ok();
                }
            }
        }
        messages
    }
}

/// What this rank tells at its end.
pub fn record(pool: &Pool, cores: Cores) -> Rope {
    let record = pool.book.record(cores, pool.rank() == 0);
    // Without it the rank counts as lost there.
    value::to_rope(&record).unwrap_or_default()
}
