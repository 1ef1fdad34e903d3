//! What an encrypted link costs, against bare TCP: bodies of 1 MiB one way, and round trips of 64 bytes, between two
//! threads over loopback, in turns.
//!
//! ```text
//! cargo bench --bench link
//! ```
//!
//! Figures are medians of the ratios of neighbours (`REPEATS=7`), of CPU time of both ends and of the time on the clock.
//! `MIB=256` bodies are sent, and there are `TRIPS=20000` round trips.

#[path = "tasks/median.rs"]
mod median;

use grange::link::{Limits, Link, Listener, Secret, Settings, connect};
use median::median;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

const BODY: usize = 1 << 20;
const SMALL: usize = 64;
const PATIENCE: Duration = Duration::from_secs(60);

type Failed = Box<dyn Error + Send + Sync>;
type Outcome = Result<(), Failed>;
/// Seconds on the clock, and of CPU time.
type Times = (f64, f64);

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn setting(name: &str, otherwise: usize) -> usize {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn measure() -> Outcome {
    let repeats = setting("REPEATS", 7).max(1);
    let (bodies, trips) = (setting("MIB", 256), setting("TRIPS", 20_000));
    println!("a link against bare TCP on loopback, both ends in one process");
    let bytes = (bodies * BODY) as f64;
    compare(
        "bodies",
        repeats,
        (bytes / 1e9, "GB/s"),
        || bare_bodies(bodies),
        || link_bodies(bodies),
    )?;
    let small = (trips as f64, "round trips/s");
    compare(
        "round trips",
        repeats,
        small,
        || bare_trips(trips),
        || link_trips(trips),
    )
}

/// Prints the medians of the rates of the two and of their ratios.
fn compare(
    what: &str,
    repeats: usize,
    (amount, unit): (f64, &str),
    bare: impl Fn() -> Outcome,
    link: impl Fn() -> Outcome,
) -> Outcome {
    let timed = |call: &dyn Fn() -> Outcome| -> Result<Times, Failed> {
        let (since, before) = (Instant::now(), busy());
        call()?;
        Ok((since.elapsed().as_secs_f64(), busy() - before))
    };
    let mut all = Vec::new();
    for i in 0..repeats {
        // In turns, so that neither is always first.
        let first = timed(if i % 2 == 0 { &bare } else { &link })?;
        let second = timed(if i % 2 == 0 { &link } else { &bare })?;
        all.push(if i % 2 == 0 {
            (first, second)
        } else {
            (second, first)
        });
    }
    let median = |of: &dyn Fn(&(Times, Times)) -> f64| median(all.iter().map(of));
    println!(
        "{what}: bare {:.4} {unit}, link {:.4}; ratio of time {:.2}, of CPU time {:.2}",
        amount / median(&|(bare, _)| bare.0),
        amount / median(&|(_, link)| link.0),
        median(&|(bare, link)| link.0 / bare.0),
        median(&|(bare, link)| link.1 / bare.1),
    );
    Ok(())
}

/// Seconds of CPU time so far, of threads that have ended too.
fn busy() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn bare() -> Result<(TcpStream, TcpStream), Failed> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let one = TcpStream::connect(listener.local_addr()?)?;
    let other = listener.accept()?.0;
    one.set_nodelay(true)?;
    other.set_nodelay(true)?;
    Ok((one, other))
}

fn links() -> Result<(Link, Link), Failed> {
    let settings = Settings {
        first: 2 * BODY as u64,
        ..Settings::default()
    };
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let secret = Secret::random()?;
    let listener = Listener::bind(
        here,
        secret.clone(),
        settings.clone(),
        Limits::default(),
        None,
    )?;
    let one = connect(&[listener.address()], &secret, PATIENCE, &settings)?;
    let other = listener.accept_timeout(PATIENCE).ok_or("nobody came")?;
    Ok((one, other))
}

/// Both at once; the errors of either.
fn both(one: impl FnOnce() -> Outcome + Send, other: impl FnOnce() -> Outcome) -> Outcome {
    thread::scope(|scope| {
        let there = scope.spawn(one);
        other()?;
        there.join().map_err(|_| "a thread panicked")?
    })
}

fn bare_bodies(bodies: usize) -> Outcome {
    let (mut one, mut other) = bare()?;
    let body = vec![7; BODY];
    both(
        || {
            let mut buffer = vec![0; BODY];
            (0..bodies).try_for_each(|_| Ok(other.read_exact(&mut buffer)?))
        },
        || (0..bodies).try_for_each(|_| Ok(one.write_all(&body)?)),
    )
}

fn link_bodies(bodies: usize) -> Outcome {
    let (one, other) = links()?;
    let body: Arc<[u8]> = vec![7; BODY].into();
    let (one, other) = (&one, &other);
    both(
        || (0..bodies).try_for_each(|_| receive(other, BODY)),
        || {
            (0..bodies).try_for_each(|_| match one.send_timeout(body.clone(), PATIENCE) {
                Ok(()) => Ok(()),
                Err(unsent) => Err(format!("{unsent:?}").into()),
            })
        },
    )
}

fn receive(link: &Link, length: usize) -> Outcome {
    match link.recv_timeout(PATIENCE) {
        Some(message) if message.len() == length => Ok(()),
        other => Err(format!("{:?}, {:?}", other.map(|m| m.len()), link.state()).into()),
    }
}

fn bare_trips(trips: usize) -> Outcome {
    let (mut one, mut other) = bare()?;
    both(
        || {
            let mut buffer = [0; SMALL];
            (0..trips).try_for_each(|_| {
                other.read_exact(&mut buffer)?;
                Ok(other.write_all(&buffer)?)
            })
        },
        || {
            let mut buffer = [0; SMALL];
            (0..trips).try_for_each(|_| {
                one.write_all(&buffer)?;
                Ok(one.read_exact(&mut buffer)?)
            })
        },
    )
}

fn link_trips(trips: usize) -> Outcome {
    let (one, other) = links()?;
    let (one, other) = (&one, &other);
    let send = |link: &Link| -> Outcome {
        let sent = link.try_send(vec![0; SMALL]);
        sent.map_err(|unsent| format!("{unsent:?}").into())
    };
    both(
        || {
            (0..trips).try_for_each(|_| {
                receive(other, SMALL)?;
                send(other)
            })
        },
        || {
            (0..trips).try_for_each(|_| {
                send(one)?;
                receive(one, SMALL)
            })
        },
    )
}
