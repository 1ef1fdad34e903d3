//! Those who are to get no further than the door.

use crate::scenes::{Scene, port, said, secret, times};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub fn another_program_is_refused() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    let other = scene.process().env("ITEMS", "4001");
    let other = other.env("JOIN", scene.dir().as_os_str()).finish();
    let other = other.with_code(2);
    assert_eq!(other.errors().len(), 1, "{other}");
    assert!(other.errors()[0].contains("all 4001"), "{other}");
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert_eq!(times(&outcome, "would join, and cannot"), 1, "{outcome}");
}

pub fn another_secret_is_refused() {
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    let file = scene.dir().join("other");
    secret(&file, 0o600);
    for place in [scene.dir().display().to_string(), port(&run)] {
        let other = scene
            .process()
            .env("JOIN", &place)
            .env("SECRET", file.as_os_str());
        let other = other.finish().with_code(2);
        assert_eq!(other.errors().len(), 1, "{other}");
        assert!(other.errors()[0].contains("another secret"), "{other}");
    }
    // With the right one, at the address.
    let right_one = scene.dir().join("secret");
    let joiner = scene
        .process()
        .env("JOIN", port(&run))
        .env("SECRET", right_one.as_os_str());
    let joiner = joiner.start();
    said(&joiner, "has joined the run");
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert_eq!(times(&outcome, "it has another secret"), 2, "{outcome}");
    joiner.finish().ok();
}

pub fn a_secret_that_others_read_is_refused() {
    let scene = Scene::new("all", 100);
    std::fs::create_dir_all(scene.dir()).expect("it can be made");
    for (mode, code) in [(0o640, 2), (0o604, 2), (0o600, 0)] {
        secret(&scene.dir().join("secret"), mode);
        let run = scene
            .process()
            .env("ELASTIC", scene.dir().as_os_str())
            .finish();
        let run = run.with_code(code);
        assert_eq!(run.errors().len(), usize::from(code != 0), "{run}");
    }
}

/// Wrong keys, rubbish, silence, slowness, and what was said in good faith once more.
pub fn a_thousand_hostile_connections() {
    const EACH: usize = 200;
    let scene = Scene::new("all", 4_000);
    let right = scene.alone();
    let run = scene.run();
    let at = port(&run);
    let recorded = record(&scene, &at);
    assert!(recorded.len() > 60, "{} bytes", recorded.len());
    let greeting = &recorded[..12];
    let sayings: [&[u8]; 4] = [
        b"GET / HTTP/1.1\r\n\r\n",
        // Half of a handshake.
        &recorded[..20],
        // A handshake with another key.
        &[greeting, &48u16.to_le_bytes(), &[7; 48]].concat(),
        // A whole session.
        &recorded,
    ];
    let mut silent = Vec::new();
    for _ in 0..EACH {
        for saying in sayings {
            let mut stream = TcpStream::connect(&at).expect("the run listens");
            // It may be closed before all is said.
            let _ = stream.write_all(saying);
            let _ = stream.shutdown(Shutdown::Write);
            drop_slowly(&mut stream);
        }
        silent.extend(TcpStream::connect(&at));
    }
    // Who shows the secret gets in all the same, once those have had their time.
    let joiner = scene.joined();
    let outcome = scene.end(run).ok();
    assert_eq!(outcome.stdout, right);
    assert_eq!(times(&outcome, "panicked"), 0, "{outcome}");
    assert!(
        times(&outcome, "refused") < 50,
        "one line each would be too many: {outcome}"
    );
    assert_eq!(times(&outcome, "grange: joined: "), 2, "{outcome}");
    drop(silent);
    joiner.finish().ok();
}

/// Waits until the other side has closed as well, or for a little.
fn drop_slowly(stream: &mut TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
    let mut buffer = [0; 512];
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(50) && matches!(stream.read(&mut buffer), Ok(1..))
    {
    }
}

/// What one that joins says, as somebody on its way hears it.
fn record(scene: &Scene, at: &str) -> Vec<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are ports");
    let here = listener
        .local_addr()
        .expect("it has an address")
        .to_string();
    let file = scene.dir().join("secret");
    let joiner = scene
        .process()
        .env("JOIN", &here)
        .env("SECRET", file.as_os_str());
    let joiner = joiner.start();
    let (mut caller, _) = listener.accept().expect("it connects");
    let mut run = TcpStream::connect(at).expect("the run listens");
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let back = {
        let (mut from, mut to) = (
            run.try_clone().expect("a socket"),
            caller.try_clone().expect("a socket"),
        );
        thread::spawn(move || std::io::copy(&mut from, &mut to))
    };
    let forth = {
        let (heard, mut caller) = (heard.clone(), caller.try_clone().expect("a socket"));
        let mut run = run.try_clone().expect("a socket");
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = caller.read(&mut buffer) {
                heard
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(&buffer[..n]);
                if run.write_all(&buffer[..n]).is_err() {
                    break;
                }
            }
        })
    };
    said(&joiner, "has joined the run");
    // The cable is cut: neither side is heard by the other any more.
    let _ = (caller.flush(), run.flush());
    let _ = (
        caller.shutdown(Shutdown::Both),
        run.shutdown(Shutdown::Both),
    );
    let _ = (back.join(), forth.join());
    joiner.finish().with_code(75);
    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    heard.clone()
}
