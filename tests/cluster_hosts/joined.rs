//! Jobs on other hosts that join a run, which has no MPI.

use crate::Test;
use crate::hosts::{Fate, SCRIPT, mpirun_on, wait_for_line};
use crate::support::left::signal;
use crate::support::outcome::Outcome;
use crate::support::run::{Run, Running};
use crate::support::temp::Temp;
use crate::work;
use std::fs;
use std::path::Path;

/// Milliseconds an item: the run takes some thirty seconds alone.
const PACE: u32 = 15;
/// For a program to start on a busy machine, and to notice that another is silent.
const SECONDS: u64 = 40;

const TERM: i32 = 15;

pub const ALL: &[Test] = &[
    Test {
        name: "joined_from_two_hosts",
        run: two_hosts,
    },
    Test {
        name: "the_cable_of_a_joiner_is_cut",
        run: cable,
    },
    Test {
        name: "the_host_of_a_joiner_is_lost",
        run: power,
    },
    Test {
        name: "a_job_of_two_hosts_joins",
        run: job_of_two_hosts,
    },
    Test {
        name: "servers_on_other_hosts",
        run: servers,
    },
    Test {
        name: "found_without_a_shared_directory",
        run: discovered,
    },
];

/// That program on a host.
fn on(host: u32) -> Run {
    let run = Run::new(SCRIPT).args(["exec", &host.to_string()]);
    run.env("RAYON_NUM_THREADS", "1")
}

struct Scene {
    folder: Temp,
    right: String,
}

impl Scene {
    fn new() -> Self {
        let folder = Temp::new();
        let right = work::expected(folder.path());
        Scene { folder, right }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn process(&self, host: u32) -> Run {
        work::by(on(host), Path::new(&self.path("run.h5")), PACE)
    }

    /// The run, on the first host, which all reach.
    fn run(&self, set: impl FnOnce(Run) -> Run) -> Running {
        let run = self.process(1).env("ELASTIC", self.path("join"));
        let run = set(run.env("LISTEN", "0.0.0.0")).start();
        wait_for_line(&run, SECONDS, &["others may join"]);
        run
    }

    /// One that has joined it, from that host.
    fn joined(&self, run: &Running, host: u32) -> Running {
        let joiner = self.process(host).env("JOIN", self.path("join")).start();
        wait_for_line(run, SECONDS, &["joined: ", &format!("h{host}")]);
        joiner
    }

    fn ends(&self, run: Running) -> Outcome {
        let outcome = run.finish().ok();
        assert_eq!(outcome.stdout, self.right, "{outcome}");
        outcome
    }
}

fn two_hosts() {
    let scene = Scene::new();
    let run = scene.run(|run| run);
    let joiners = [2, 3].map(|host| scene.joined(&run, host));
    let outcome = scene.ends(run);
    assert!(outcome.stderr.contains("listens on a network"), "{outcome}");
    for joiner in joiners {
        joiner.finish().ok();
    }
}

/// Back again it may join anew; what it did meanwhile does not count twice.
fn cable() {
    let scene = Scene::new();
    let run = scene.run(|run| run);
    let joiner = scene.joined(&run, 2);
    Fate::Cut.befalls(2);
    wait_for_line(&run, 15, &["lost: ", "h2"]);
    Fate::Plugged.befalls(2);
    joiner.finish().with_code(75);
    let again = scene.joined(&run, 2);
    scene.ends(run);
    again.finish().ok();
}

fn power() {
    let scene = Scene::new();
    let run = scene.run(|run| run);
    let joiner = scene.joined(&run, 3);
    Fate::Killed.befalls(3);
    wait_for_line(&run, 15, &["lost: ", "h3"]);
    scene.ends(run);
    assert_ne!(joiner.finish().code(), Some(0));
}

/// As one; when one of its hosts is lost, so is the job, and another takes its place.
fn job_of_two_hosts() {
    let scene = Scene::new();
    let run = scene.run(|run| run);
    let job = || {
        let job = mpirun_on("h2,h3").args(["-x", "JOIN"]);
        let job = job.env("JOIN", scene.path("join"));
        work::by(job, Path::new(&scene.path("run.h5")), PACE).start()
    };
    let lost = job();
    let joined = ["joined: h2", "2 threads of 2 ranks"];
    wait_for_line(&run, SECONDS, &joined);
    Fate::Cut.befalls(2);
    wait_for_line(&run, 15, &["lost: h2"]);
    // Else the launcher would wait for what it cannot reach.
    Fate::Plugged.befalls(2);
    assert_ne!(lost.finish().code(), Some(0));
    let stays = job();
    wait_for_line(&stays, SECONDS, &["has joined the run on h1"]);
    let outcome = scene.ends(run);
    assert_eq!(outcome.stderr.matches("joined: h2").count(), 2, "{outcome}");
    let stays = stays.finish().ok();
    assert_eq!(stays.stdout, "", "{stays}");
}

fn discovered() {
    let scene = Scene::new();
    let run = scene.run(|run| run.env("DISCOVER", "7879"));
    // As if somebody had brought it there.
    let secret = scene.path("brought");
    fs::copy(scene.path("join/secret"), &secret).expect("the secret is there");
    let joiner = scene.process(2).env("DISCOVER", "7879");
    let joiner = joiner.env("SECRET", &secret).start();
    wait_for_line(&run, SECONDS, &["joined: ", "h2"]);
    scene.ends(run);
    joiner.finish().ok();
}

/// One named, by which the run finds out where to listen, and one found in the directory.
fn servers() {
    let folder = Temp::new();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let primes = env!("CARGO_BIN_EXE_sum_primes");
    let serve = |host: u32, args: &[&str]| {
        let server = on(host).args([primes, "--threads=1"]).args(args).start();
        wait_for_line(&server, SECONDS, &["serving: 1 thread at"]);
        server
    };
    let secret = format!("--secret={}", path("key"));
    let named = serve(2, &["--serve", &secret, "--listen=h2:7880"]);
    let run = |args: &[&str]| {
        on(1)
            .args([primes, "1e11", "--threads=1"])
            .args(args)
            .start()
    };
    let first = run(&["--servers=h2:7880", &secret]);
    wait_for_line(&first, SECONDS, &["joined: h2"]);
    let dir = path("dir");
    let found = serve(3, &[&format!("--serve={dir}"), "--listen=0.0.0.0"]);
    let elastic = format!("--elastic={dir}");
    // On the loopback interface no other host reaches it.
    let deaf = run(&[&elastic]);
    wait_for_line(&deaf, SECONDS, &["h3", "--listen"]);
    end(&deaf, primes);
    assert_ne!(deaf.finish().code(), Some(0));
    let second = run(&[&elastic, "--listen=0.0.0.0"]);
    wait_for_line(&second, SECONDS, &["joined: h3"]);
    for run in [first, second] {
        let outcome = run.finish().ok();
        // OEIS A046731.
        let right = "Sum of primes below 100000000000 is 201467077743744681014\n";
        assert_eq!(outcome.stdout, right, "{outcome}");
    }
    for server in [named, found] {
        wait_for_line(&server, SECONDS, &["visit over: run on h1: exit code 0"]);
        end(&server, primes);
        server.finish().ok();
    }
}

/// Tells the program itself, beneath what started it on its host.
fn end(run: &Running, program: &str) {
    let processes = run.processes().into_iter();
    let its = processes.filter(|(_, command)| command.starts_with(program));
    its.for_each(|(id, _)| signal(id, TERM));
}
