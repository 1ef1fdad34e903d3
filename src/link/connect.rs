//! Connecting.

use super::connection::Link;
use super::failure::Failure;
use super::handshake::{self, Timed};
use super::secret::Secret;
use super::settings::Settings;
use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The first pause before another try.
const PAUSE: Duration = Duration::from_millis(20);
/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Of the time, for one address: others may answer.
const SHARE: u32 = 2;

/// Connects to whoever listens at one of these addresses, tried in turn until `timeout`. Who is busy is asked again;
/// who has another secret or version is not.
///
/// # Errors
/// What the last of them had against it, with its address when there are several.
pub fn connect(
    addresses: &[SocketAddr],
    secret: &Secret,
    timeout: Duration,
    settings: &Settings,
) -> Result<Link, Failure> {
    let until = Instant::now() + timeout;
    let mut pause = PAUSE;
    let mut hopeful: Vec<SocketAddr> = addresses.to_vec();
    let mut last = Failure::Unreachable("no address is known".to_owned());
    while !hopeful.is_empty() {
        let mut again = Vec::new();
        for address in &hopeful {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(last);
            }
            let share = if hopeful.len() > 1 {
                left / SHARE
            } else {
                left
            };
            match attempt(*address, secret, share, settings) {
                Ok(link) => return Ok(link),
                Err(failure) => {
                    if matches!(failure, Failure::Busy | Failure::Unreachable(_)) {
                        again.push(*address);
                    }
                    // What somebody said is worth more than that nobody answered elsewhere.
                    if !matches!(failure, Failure::Unreachable(_))
                        || matches!(last, Failure::Unreachable(_))
                    {
                        last = failure;
                    }
                }
            }
        }
        hopeful = again;
        if !hopeful.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            sleep(pause.min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
    Err(last)
}

fn attempt(
    address: SocketAddr,
    secret: &Secret,
    left: Duration,
    settings: &Settings,
) -> Result<Link, Failure> {
    let stream = TcpStream::connect_timeout(&address, left)
        .map_err(|e| Failure::Unreachable(format!("{address}: {e}")))?;
    stream.set_nodelay(true)?;
    let allowed = settings.handshake.min(left);
    let keys = handshake::ask(&mut Timed::new(&stream, allowed), secret)?;
    Link::start(stream, keys, settings.clone())
}
