//! A job of several ranks joins a run: its rank 0 knocks, and tells the others.

use super::{Hub, Manner, World, knock, limit};
use crate::comm::Transport;
use crate::comm::backoff::Backoff;
use crate::comm::mail::{Arrival, Mailer};
use crate::comm::mpi::MpiTransport;
use crate::comm::process::Process;
use crate::error::Error;
use crate::session::joining::chief::Chief;
use crate::session::joining::knock::{Admission, Answer};
use crate::session::joining::peers::Peers;
use crate::session::joining::{Place, guest};
use crate::session::presence::Presence;
use crate::session::service::Service;
use crate::wire::message::Msg;
use crate::wire::rope::Rope;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Rank 0 looks for the run for no longer than this.
const PATIENCE: Duration = Duration::from_secs(120);
/// That there is none takes no longer to be heard by all.
const BAD_NEWS: Duration = Duration::from_secs(2);

/// This rank's part in the run at `place`, which its job joins as one. Gives what main may know of that run.
///
/// # Errors
/// When there is no such run, or it refuses.
pub fn join(
    place: &Place,
    mut mailer: Mailer<MpiTransport>,
    job: &World,
    processes: Vec<Option<Process>>,
    manner: &Manner,
    hub: &Arc<Hub>,
) -> Result<(Service<MpiTransport>, World), Error> {
    let rank = job.rank as usize;
    let (threads, host) = (job.threads[rank], &job.hosts[rank]);
    if rank > 0 {
        let world = guest::world(hear(&mut mailer)?, threads, host);
        let service = Service::new(Peers::new(mailer), job.hosts.clone(), hub.clone(), None);
        return Ok((service, world));
    }
    let joined = knock(manner, &job.threads, host)
        .and_then(|knock| guest::join(&manner.joining, place, &knock, &hub.waker));
    tell(&mut mailer, joined.as_ref().map(|(admission, _)| admission))?;
    let (admission, up) = joined?;
    let presence = Presence::new(processes);
    let chief = Chief::new(up, job.threads.to_vec(), job.hosts.clone(), presence);
    let world = guest::world(admission, threads, host);
    let mut service = Service::new(Peers::new(mailer), job.hosts.clone(), hub.clone(), None);
    service.visits(&world.hosts[0], manner.stopping.grace, limit(manner));
    service.leads(chief);
    Ok((service, world))
}

/// Rank 0 tells the others what the run said.
fn tell(
    mailer: &mut Mailer<MpiTransport>,
    joined: Result<&Admission, &Error>,
) -> Result<(), Error> {
    let answer = match joined {
        Ok(admission) => Answer::Welcome(admission.clone()),
        Err(error) => Answer::Refused(error.to_string()),
    };
    let body = Rope::from(answer.encode());
    for to in 1..mailer.size() {
        mailer.send(to, &Msg::Admitted, body.clone())?;
    }
    let since = Instant::now();
    let mut backoff = Backoff::new(true);
    while joined.is_err() && mailer.unsent() > 0 && since.elapsed() < BAD_NEWS {
        mailer.receive()?;
        mailer.transport().ring();
        backoff.wait(false);
    }
    Ok(())
}

/// The others hear it.
fn hear(mailer: &mut Mailer<MpiTransport>) -> Result<Admission, Error> {
    let since = Instant::now();
    let mut backoff = Backoff::new(true);
    while since.elapsed() < PATIENCE {
        match mailer.receive()? {
            Some(Arrival::Letter(letter)) if letter.msg == Msg::Admitted => {
                let mut body = letter.body;
                let bytes = body.take(body.len()).unwrap_or_default();
                let damaged = |damaged| Error::Damaged(format!("what rank 0 says: {damaged}"));
                return match Answer::decode(&bytes).map_err(damaged)? {
                    Answer::Welcome(admission) => Ok(admission),
                    Answer::Refused(why) => Err(Error::Launch(why)),
                };
            }
            Some(_) => {}
            None => backoff.wait(false),
        }
    }
    Err(Error::Launch(
        "rank 0 has not joined a run, and does not say why".into(),
    ))
}
