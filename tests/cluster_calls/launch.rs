//! Starts scenarios, with a deadline.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a scenario went.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
}

/// A scenario to start.
pub struct Scenario {
    ranks: u32,
    args: Vec<String>,
    threads: u32,
    variables: Vec<(String, String)>,
    deadline: Duration,
}

/// A scenario by name, on so many ranks; 0 for no launcher.
pub fn scenario(ranks: u32, name: &str) -> Scenario {
    Scenario {
        ranks,
        args: vec![name.to_owned()],
        threads: 1,
        variables: Vec::new(),
        deadline: Duration::from_secs(60),
    }
}

/// The launcher of the MPI library that this program is built with.
pub fn launcher() -> Option<&'static str> {
    if !cfg!(feature = "mpi") {
        return None;
    }
    let library = grange::versions::text();
    let candidates: &[&str] = if library.contains("Open MPI") {
        &["mpirun.openmpi", "mpirun"]
    } else {
        &["mpiexec.mpich", "mpiexec.hydra", "mpiexec"]
    };
    candidates.iter().copied().find(|name| {
        Command::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|o| o.status.success())
    })
}

impl Scenario {
    pub fn arg(mut self, arg: impl ToString) -> Self {
        self.args.push(arg.to_string());
        self
    }

    pub fn threads(mut self, threads: u32) -> Self {
        self.threads = threads;
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn deadline(mut self, seconds: u64) -> Self {
        self.deadline = Duration::from_secs(seconds);
        self
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it takes longer than its deadline; then all of its processes are killed.
    pub fn run(self) -> Outcome {
        let me = std::env::current_exe().expect("this program has a path");
        let mut command = match self.ranks {
            0 => Command::new(&me),
            n => {
                let launcher = launcher().expect("a launcher on the PATH");
                let mut command = Command::new(launcher);
                command.arg("-n").arg(n.to_string()).arg(&me);
                command
            }
        };
        command.arg("scenario").args(&self.args);
        for name in [
            "OMPI_ALLOW_RUN_AS_ROOT",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
            "OMPI_MCA_rmaps_base_oversubscribe",
        ] {
            command.env(name, "1");
        }
        command
            .env("OMPI_MCA_hwloc_base_binding_policy", "none")
            .env("PRTE_MCA_hwloc_default_binding_policy", "none")
            .env("PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe")
            .envs(self.variables.iter().map(|(n, v)| (n, v)))
            .env("RAYON_NUM_THREADS", self.threads.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let began = Instant::now();
        let mut child = command.spawn().expect("the scenario starts");
        let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
        let out = thread::spawn(move || read(out.as_mut()));
        let err = thread::spawn(move || read(err.as_mut()));
        let status = loop {
            match child.try_wait().expect("the child can be waited for") {
                Some(status) => break status,
                None if began.elapsed() > self.deadline => {
                    kill_group(child.id());
                    let _ = child.wait();
                    let (out, err) = (
                        out.join().unwrap_or_default(),
                        err.join().unwrap_or_default(),
                    );
                    panic!(
                        "{:?} on {} ranks hung: over {:?}\n{out}\n{err}",
                        self.args, self.ranks, self.deadline
                    );
                }
                None => thread::sleep(Duration::from_millis(2)),
            }
        };
        let took = began.elapsed();
        let outcome = Outcome {
            code: status.code().unwrap_or(-1),
            stdout: out.join().unwrap_or_default(),
            stderr: err.join().unwrap_or_default(),
            took,
        };
        let left = left_behind(&me);
        assert!(
            left.is_empty(),
            "{:?} left processes behind: {left:?}\n{outcome:?}",
            self.args
        );
        outcome
    }
}

fn read(from: Option<&mut impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        let _ = from.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Kills the launcher and what is in its process group; what left the group goes with the launcher.
fn kill_group(leader: u32) {
    let _ = Command::new("kill")
        .args(["-KILL", "--", &format!("-{leader}")])
        .status();
}

/// Ranks of scenarios that still run a moment after their launcher has gone.
fn left_behind(me: &std::path::Path) -> Vec<String> {
    let since = Instant::now();
    loop {
        let left: Vec<String> = std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| std::fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe == me))
            .filter(|entry| {
                let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                line.split(|&b| b == 0).nth(1) == Some(b"scenario")
            })
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        if left.is_empty() || since.elapsed() > Duration::from_secs(3) {
            return left;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
