//! Links over real sockets, and what does not become one.

mod closing;
mod discovery;
mod door;
mod handshakes;
mod hostile;
mod messages;
mod rendezvous;
mod replay;
mod secrets;

use super::*;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// More than anything here takes, on a machine that does other things too.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Bounds with which what is bounded in time ends soon.
pub fn quick() -> Settings {
    Settings {
        handshake: Duration::from_millis(400),
        beat: Duration::from_millis(50),
        silence: Duration::from_millis(1500),
        flush: Duration::from_secs(5),
        ..Settings::default()
    }
}

/// Such in which nothing ends for want of time.
pub fn patient() -> Settings {
    Settings {
        handshake: PATIENCE,
        silence: PATIENCE,
        ..quick()
    }
}

pub fn secret() -> Secret {
    Secret::of([7; 32])
}

pub fn here() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

pub fn listener(settings: Settings) -> Listener {
    Listener::bind(here(), secret(), settings, Limits::default(), None).unwrap()
}

/// Both ends: of who connected, and of who listened.
pub fn pair(asks: Settings, answers: Settings) -> (Link, Link) {
    let listener = listener(answers);
    let asking = connect(&[listener.address()], &secret(), PATIENCE, &asks).unwrap();
    (asking, listener.accept_timeout(PATIENCE).unwrap())
}

/// Waits for what is to come true.
pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A connection that knows nothing of the protocol.
pub fn stranger(to: &Listener) -> TcpStream {
    let stream = TcpStream::connect(to.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A folder of a test's own, removed at its end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("grange-link-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
