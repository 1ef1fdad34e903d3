//! What the other ranks do: answer rank 0 until it sends them off.

use super::letter::{self, Letter};
use super::ping::{self};
use super::{probe, survey::Survey};
use grange::Error;
use grange::machine::Link;
use std::thread;
use std::time::{Duration, Instant};

/// Rank 0 waits for nothing as long as that.
const SILENCE: Duration = Duration::from_secs(30);
/// Pings come one after the other; who hears none for so long rests, lest it take a core from others.
const ATTENTION: Duration = Duration::from_millis(100);
const NAP: Duration = Duration::from_millis(1);

/// Answers; gives the exit code that rank 0 tells.
///
/// # Errors
/// When rank 0 says nothing any more, or MPI fails.
pub fn follow(link: &mut Link) -> Result<u8, Error> {
    let survey = Survey::look(link.rank(), link.node());
    link.send(0, letter::write(Letter::Survey(Box::new(survey))))?;
    let mut heard = Instant::now();
    let mut attends = false;
    loop {
        let Some((_, bytes)) = link.receive()? else {
            match heard.elapsed() {
                silence if silence > SILENCE => {
                    return Err(Error::user(format!(
                        "rank 0 has said nothing for {} s",
                        SILENCE.as_secs()
                    )));
                }
                silence if attends && silence < ATTENTION => thread::yield_now(),
                _ => thread::sleep(NAP),
            }
            continue;
        };
        heard = Instant::now();
        if bytes.len() == letter::PING || bytes.len() == letter::BLOCK {
            link.send(0, ping::answer())?;
            continue;
        }
        match letter::read(&bytes) {
            Ok(Letter::Compute) => {
                link.send(0, letter::write(Letter::Computed(probe::run())))?;
            }
            Ok(Letter::Attend) => {
                attends = true;
                link.send(0, letter::write(Letter::Attending))?;
            }
            Ok(Letter::Rest) => attends = false,
            Ok(Letter::Leave(code)) => return Ok(code),
            Ok(_) => {}
            // Rank 0 tells it, too.
            Err(_) => return Err(Error::user("rank 0 runs another program or version")),
        }
        heard = Instant::now();
    }
}
