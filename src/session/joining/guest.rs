//! The side of a job that joins: it finds the run, knocks, and becomes a rank.

use super::knock::{Admission, Answer, Knock};
use super::line::{Line, broken};
use super::place::{address, computes};
use super::{Joining, Place};
use crate::comm::backoff::Waker;
use crate::comm::mail::Mailer;
use crate::error::Error;
use crate::link::{
    Entry, Failure, Kind, Link, Rendezvous, Secret, Seek, Settings as Bounds, connect, seek,
};
use crate::say;
use crate::session::start::World;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// A run that is not there yet is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// The answer names all ranks of the run.
const LONGEST: u64 = 64 << 20;
/// The secret's name in a directory where runs are found.
const SECRET: &str = "secret";
/// Answers to a broadcast are waited for so long.
const SEEK: Duration = Duration::from_secs(1);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(200);
/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(5);
/// Until the answer to a knock has come.
const ANSWER: Duration = Duration::from_secs(10);

/// Joins the run at `place`. Gives what the run says, and the line to its rank 0.
///
/// # Errors
/// When there is no such run, or it refuses.
pub fn join(
    joining: &Joining,
    place: &Place,
    knock: &Knock,
    waker: &Arc<Waker>,
) -> Result<(Admission, Mailer<Line>), Error> {
    let since = Instant::now();
    let mut told = false;
    loop {
        let last = match attempt(joining, place, knock, waker)? {
            Ok(joined) => return Ok(joined),
            Err(why) => why,
        };
        if since.elapsed() > PATIENCE {
            let seconds = PATIENCE.as_secs();
            return Err(Error::Launch(format!(
                "no run to join {place} within {seconds} s: {last}"
            )));
        }
        if !std::mem::replace(&mut told, true) {
            say::line(format_args!("grange: waiting for a run {place}: {last}"));
        }
        thread::sleep(LOOK);
    }
}

/// The inner error: there is none yet, as it seems.
fn attempt(
    joining: &Joining,
    place: &Place,
    knock: &Knock,
    waker: &Arc<Waker>,
) -> Result<Result<(Admission, Mailer<Line>), String>, Error> {
    let given = || {
        let file = joining.secret.as_deref().ok_or_else(|| {
            Error::Usage(format!(
                "to join a run {place} takes --secret FILE, the run's secret"
            ))
        })?;
        Secret::read(file)
    };
    let (runs, secret) = match place {
        Place::Network(port) => {
            let secret = given()?;
            let found = seek(&secret, &Seek::everywhere(*port), SEEK)?;
            (fitting(found, &knock.program), secret)
        }
        Place::At(place) if let Some(found) = address(place) => (vec![vec![found?]], given()?),
        Place::At(place) => {
            let dir = Path::new(place);
            if !dir.is_dir() {
                return Ok(Err("there is no such directory".into()));
            }
            // Else it would get one, wherever that is.
            if joining.secret.is_none() && !dir.join(SECRET).exists() {
                return Ok(Err("no run has been there".into()));
            }
            let rendezvous = Rendezvous::open(dir)?;
            let secret = match &joining.secret {
                Some(file) => Secret::read(file)?,
                None => rendezvous.secret()?,
            };
            (runs(&rendezvous, &knock.program)?, secret)
        }
    };
    let wake = waker.clone();
    let bounds = Bounds {
        first: LONGEST,
        wake: Some(Arc::new(move || wake.wake())),
        ..Bounds::default()
    };
    let mut last = "there is none".to_owned();
    for addresses in runs {
        match connect(&addresses, &secret, CONNECT, &bounds) {
            Ok(link) => return talk(link, knock).map(Ok),
            // Perhaps it has just ended, or is about to begin.
            Err(failure @ (Failure::Unreachable(_) | Failure::Busy | Failure::System(_))) => {
                last = failure.to_string();
            }
            Err(failure) => {
                return Err(Error::Launch(format!("the run {place}: {failure}")));
            }
        }
    }
    Ok(Err(last))
}

/// Where runs listen: those that compute the same or, if there are none, others, which can tell why they do not fit.
fn runs(rendezvous: &Rendezvous, program: &str) -> Result<Vec<Vec<SocketAddr>>, Error> {
    let found = rendezvous.list()?.into_iter();
    let there = found.filter(|found| found.live && found.entry.kind == Kind::Run);
    Ok(fitting(there.map(|found| found.entry).collect(), program))
}

/// The addresses of those that compute that or, if none does, of all.
fn fitting(found: Vec<Entry>, program: &str) -> Vec<Vec<SocketAddr>> {
    let (same, others): (Vec<Entry>, Vec<Entry>) = found
        .into_iter()
        .partition(|entry| computes(&entry.id, program));
    let runs = if same.is_empty() { others } else { same };
    runs.into_iter().map(|entry| entry.addresses).collect()
}

fn talk(link: Link, knock: &Knock) -> Result<(Admission, Mailer<Line>), Error> {
    let refused = |why: String| Error::Launch(format!("the run does not let this job join: {why}"));
    if link.try_send(knock.encode()).is_err() {
        return Err(refused("it does not listen".into()));
    }
    let Some(bytes) = link.recv_timeout(ANSWER) else {
        let silent = || format!("no answer within {} s", ANSWER.as_secs());
        return Err(refused(broken(&link).unwrap_or_else(silent)));
    };
    let answer = Answer::decode(&bytes);
    match answer.map_err(|damaged| refused(format!("its answer is damaged: {damaged}")))? {
        Answer::Refused(why) => Err(refused(why)),
        Answer::Welcome(admission) => {
            let line = Line::new(link, admission.rank, 0);
            let mailer = Mailer::new(line, &knock.host, admission.session);
            Ok((admission, mailer))
        }
    }
}

/// What main may know, on a process with so many threads of a job that was admitted.
pub fn world(admission: Admission, threads: u32, host: &str) -> World {
    let rank = admission.rank;
    World {
        rank,
        ranks: admission.hosts.len(),
        threads: Arc::new(extended(admission.threads, rank, threads)),
        hosts: Arc::new(extended(admission.hosts, rank, host.to_owned())),
        hints: Vec::new(),
        settings: Some(admission.settings),
    }
}

/// With `own` as that of `rank`; of others that have joined nothing is known.
fn extended<T: Default + Clone>(mut of: Vec<T>, rank: u32, own: T) -> Vec<T> {
    of.resize(rank as usize, T::default());
    of.push(own);
    of
}
