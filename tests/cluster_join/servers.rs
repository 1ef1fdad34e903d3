//! Standing servers, which runs take in.

use crate::scenes::{KILL, Scene, TERM, said, secret, send, times};
use crate::support::launcher::skip;
use crate::support::outcome::Outcome;
use crate::support::run::{Run, Running};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

/// What a run takes for one thread is longer than for a server to be found.
const ITEMS: u64 = 12_000;

fn with(name: &str, value: impl AsRef<Path>) -> OsString {
    let mut word = OsString::from(format!("--{name}="));
    word.push(value.as_ref());
    word
}

/// One that is found in the directory.
fn server(scene: &Scene) -> Running {
    serves(scene.app().arg("--serve").arg(scene.dir()))
}

fn serves(server: Run) -> Running {
    let server = server.start();
    said(&server, "grange: serving: 1 thread at ");
    server
}

/// Where it listens.
fn at(server: &Running) -> String {
    let said = server.said();
    let (_, at) = said.split_once(" at ").expect("it says where it listens");
    at.split([',', '\n']).next().unwrap_or_default().to_owned()
}

fn run(scene: &Scene, items: u64) -> Run {
    let run = scene.app().arg(items.to_string());
    run.arg(with("elastic", scene.dir()))
}

/// What it prints alone.
fn alone(scene: &Scene, items: u64) -> String {
    static KNOWN: Mutex<BTreeMap<u64, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let run = || scene.app().arg(items.to_string()).arg("--threads=16");
    let text = known
        .entry(items)
        .or_insert_with(|| run().finish().ok().stdout);
    text.clone()
}

#[track_caller]
fn joined(run: &Outcome, count: usize) {
    assert_eq!(times(run, "grange: joined: "), count, "{run}");
}

/// Ends one that is idle.
#[track_caller]
fn ends(server: Running) -> Outcome {
    send(&server, TERM);
    let server = server.finish().ok();
    assert_eq!(server.stdout, "", "{server}");
    server
}

pub fn an_idle_server_is_taken_in() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let server = server(&scene);
    let run = run(&scene, ITEMS).finish().ok();
    assert_eq!(run.stdout, right);
    joined(&run, 1);
    said(&server, "grange: visit over: ");
    let server = ends(server);
    assert_eq!(times(&server, "grange: visit: run on "), 1, "{server}");
    assert_eq!(times(&server, ": exit code 0"), 1, "{server}");
    let left = fs::read_dir(scene.dir()).map(Iterator::count);
    assert_eq!(left.ok(), Some(1), "the secret is left");
}

pub fn a_server_appears() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let run = run(&scene, ITEMS).start();
    said(&run, "others may join");
    let server = server(&scene);
    said(&run, "grange: joined: ");
    let run = run.finish().ok();
    assert_eq!(run.stdout, right);
    said(&server, "grange: visit over: ");
    ends(server);
}

pub fn two_servers() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let servers = [server(&scene), server(&scene)];
    let run = run(&scene, ITEMS).finish().ok();
    assert_eq!(run.stdout, right);
    joined(&run, 2);
    for server in servers {
        said(&server, "grange: visit over: ");
        ends(server);
    }
}

pub fn a_server_without_a_directory() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let file = scene.file("key");
    let server = serves(scene.app().arg("--serve").arg(with("secret", &file)));
    let run = || scene.app().arg(ITEMS.to_string());
    let named = format!("--servers={}", at(&server));
    let outcome = run().arg(&named).arg(with("secret", &file)).finish().ok();
    assert_eq!(outcome.stdout, right);
    joined(&outcome, 1);
    // What is missing, or makes no sense, is told.
    let unfound = run().arg("--servers=nowhere").arg(with("secret", &file));
    let secretless = run().arg(&named);
    let wrong = [
        (unfound, "--servers takes HOST:PORT"),
        (secretless, "--secret FILE"),
    ];
    for (run, why) in wrong {
        let outcome = run.finish().with_code(2);
        assert_eq!(outcome.errors().len(), 1, "{outcome}");
        assert!(outcome.errors()[0].contains(why), "{outcome}");
    }
    ends(server);
    let outcome = scene.app().arg("--serve").finish().with_code(2);
    assert!(
        outcome.errors()[0].contains("takes a directory"),
        "{outcome}"
    );
    let outcome = scene.app().arg("7").arg("--serve").finish().with_code(2);
    assert!(outcome.errors()[0].contains("as a server"), "{outcome}");
}

/// It is away when the run begins, and at another time too.
pub fn a_named_server_comes_late() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let file = scene.file("key");
    let server = |listen: &str| {
        let server = scene.app().arg("--serve").arg(with("secret", &file));
        serves(server.arg(format!("--listen={listen}")))
    };
    let first = server("127.0.0.1");
    let named = at(&first);
    ends(first);
    let run = scene.lasts(scene.app().arg(ITEMS.to_string()));
    let run = run.arg(format!("--servers={named}"));
    let run = run.arg(with("secret", &file)).start();
    said(&run, "does not take part: cannot connect");
    for count in 1..=2 {
        let server = server(&named);
        while run.said().matches("grange: joined: ").count() < count {
            assert!(!run.processes().is_empty(), "{}", run.said());
        }
        said(&server, "has joined the run");
        ends(server);
    }
    let run = scene.end(run).ok();
    assert_eq!(run.stdout, right);
    assert_eq!(times(&run, "grange: left: "), 2, "{run}");
}

pub fn a_busy_server_comes_later() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, 2 * ITEMS);
    let server = server(&scene);
    let first = run(&scene, ITEMS).start();
    said(&server, "has joined the run");
    let second = run(&scene, 2 * ITEMS).start();
    said(&second, "others may join");
    first.finish().ok();
    let second = second.finish().ok();
    assert_eq!(second.stdout, right);
    joined(&second, 1);
    assert!(second.hints().is_empty(), "{second}");
    ends(server);
}

pub fn a_server_is_killed() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let server = server(&scene);
    let run = scene.lasts(run(&scene, ITEMS)).start();
    said(&run, "grange: joined: ");
    said(&server, "has joined the run");
    send(&server, KILL);
    // What it started leaves, too.
    assert_eq!(server.finish().code(), None);
    said(&run, "grange: left: ");
    let run = scene.end(run).ok();
    assert_eq!(run.stdout, right);
    joined(&run, 1);
}

pub fn a_server_is_told_to_end() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let server = server(&scene);
    let run = scene.lasts(run(&scene, ITEMS)).start();
    said(&run, "grange: joined: ");
    said(&server, "has joined the run");
    let server = ends(server);
    assert_eq!(
        times(&server, "leaves the run, which goes on"),
        1,
        "{server}"
    );
    assert_eq!(times(&server, ": exit code 0"), 1, "{server}");
    let run = scene.end(run).ok();
    assert_eq!(run.stdout, right);
    assert_eq!(times(&run, "grange: left: "), 1, "{run}");
}

pub fn a_run_of_a_server_is_killed() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let server = server(&scene);
    let first = scene.lasts(run(&scene, ITEMS)).start();
    said(&server, "has joined the run");
    send(&first, KILL);
    said(&server, "the run is lost (exit code 75)");
    let second = run(&scene, ITEMS).finish().ok();
    assert_eq!(second.stdout, right);
    joined(&second, 1);
    drop(first);
    ends(server);
}

pub fn another_build_of_a_server() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let me = env::current_exe().expect("this program has a path");
    let other = scene.file(&me.file_name().unwrap_or_default().to_string_lossy());
    fs::copy(&me, &other).expect("it can be copied");
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(&other)
        .expect("it is ours");
    file.write_all(b"another").expect("there is room");
    drop(file);
    let server = serves(scene.app_of(&other).arg("--serve").arg(scene.dir()));
    let run = run(&scene, ITEMS).finish().ok();
    assert_eq!(run.stdout, right);
    joined(&run, 0);
    let why = "start the same program everywhere";
    assert_eq!(times(&run, why), 1, "{run}");
    let server = ends(server);
    assert_eq!(times(&server, why), 1, "{server}");
    assert_eq!(times(&server, "grange: visit: "), 0, "{server}");
}

pub fn another_secret_of_a_server() {
    let scene = Scene::new("all", ITEMS);
    let file = scene.file("other");
    secret(&file, 0o600);
    let server = serves(scene.app().arg("--serve").arg(with("secret", &file)));
    let run = run(&scene, ITEMS).arg(format!("--servers={}", at(&server)));
    let run = run.finish().ok();
    joined(&run, 0);
    let why = "it has another secret";
    assert_eq!(times(&run, why), 1, "{run}");
    let server = ends(server);
    assert_eq!(times(&server, why), 1, "{server}");
}

pub fn a_server_is_no_run() {
    let scene = Scene::new("all", ITEMS);
    let server = server(&scene);
    let joiner = scene.app().arg("9").arg(format!("--join={}", at(&server)));
    let joiner = joiner.arg(with("secret", scene.dir().join("secret")));
    let joiner = joiner.finish().with_code(2);
    assert_eq!(joiner.errors().len(), 1, "{joiner}");
    assert!(
        joiner.errors()[0].contains("no call for a server"),
        "{joiner}"
    );
    ends(server);
}

pub fn rubbish_for_a_server() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let server = server(&scene);
    let place = at(&server);
    let mut silent = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(&place).expect("the server listens");
        // It may be closed before all is said.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n");
        silent.extend(TcpStream::connect(&place));
    }
    // Until those who say nothing are sent away, the run is told that it is busy.
    let run = scene.lasts(run(&scene, ITEMS)).start();
    said(&server, "has joined the run");
    let run = scene.end(run).ok();
    assert_eq!(run.stdout, right);
    joined(&run, 1);
    drop(silent);
    said(&server, "grange: visit over: ");
    let server = ends(server);
    assert_eq!(times(&server, "panicked"), 0, "{server}");
    assert!(times(&server, "was not let in") < 50, "{server}");
}

pub fn ranks_take_servers_in() {
    let scene = Scene::new("all", ITEMS);
    let right = alone(&scene, ITEMS);
    let server = server(&scene);
    let Some(run) = scene.app_on_ranks(2) else {
        if cfg!(feature = "mpi") {
            skip("ranks_take_servers_in", "no launcher on PATH");
        }
        ends(server);
        return;
    };
    let run = scene.lasts(run.arg(ITEMS.to_string()));
    let run = run.arg(with("elastic", scene.dir())).start();
    said(&server, "has joined the run");
    let run = scene.end(run).ok();
    assert_eq!(run.stdout, right);
    joined(&run, 1);
    ends(server);
}
