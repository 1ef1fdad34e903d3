//! Running a program: in a process group of its own, with a deadline, and with nothing of it left.

use super::outcome::Outcome;
use super::{environment, left};
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Far more than any run should take, since machines that test are busy.
const DEADLINE: Duration = Duration::from_secs(90);
/// For a launcher to collect what it started.
const TIDYING: Duration = Duration::from_secs(10);

/// A program to run, in an environment without launchers.
pub struct Run {
    command: Command,
    deadline: Duration,
    unread: bool,
    // Held while it runs.
    turn: Option<MutexGuard<'static, ()>>,
}

impl Run {
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        environment::clean(&mut command);
        Run {
            command,
            deadline: DEADLINE,
            unread: false,
            turn: None,
        }
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Nobody reads its standard error: writing there fails.
    pub fn unread(mut self) -> Self {
        self.unread = true;
        self
    }

    /// In the environment that a launcher needs.
    pub fn launching(mut self) -> Self {
        environment::for_launch(&mut self.command);
        self
    }

    /// While `turn` is held.
    pub fn during(mut self, turn: MutexGuard<'static, ()>) -> Self {
        self.turn = Some(turn);
        self
    }

    /// Starts it and waits until it is over.
    #[track_caller]
    pub fn finish(self) -> Outcome {
        self.start().finish()
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        left::heed_interrupts();
        let mark = left::new_mark();
        self.command.env(left::MARK, &mark).process_group(0);
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let words: Vec<_> = words
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let text = words.join(" ");
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|e| panic!("{text}: {e}"));
        let stdout = child.stdout.take();
        let stderr = child.stderr.take().filter(|_| !self.unread);
        let said: Arc<Mutex<Vec<u8>>> = Arc::default();
        let group = child.id();
        let over = in_thread(move || child.wait().expect("a child can be waited for"));
        Running {
            text,
            group,
            mark,
            since: Instant::now(),
            deadline: self.deadline,
            over,
            stdout: in_thread(|| read(stdout, &Arc::default())),
            said: said.clone(),
            stderr: in_thread(move || read(stderr, &said)),
            tidy: false,
            _turn: self.turn,
        }
    }
}

fn in_thread<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(f()));
    receiver
}

/// Reads all there is, which can be looked at in `so_far` before that.
fn read(from: Option<impl Read>, so_far: &Mutex<Vec<u8>>) -> String {
    let so_far = || so_far.lock().unwrap_or_else(PoisonError::into_inner);
    let mut buffer = [0; 4096];
    // A pipe that breaks ends there.
    let mut from = from;
    while let Some(from) = &mut from
        && let Ok(n @ 1..) = from.read(&mut buffer)
    {
        so_far().extend_from_slice(&buffer[..n]);
    }
    String::from_utf8_lossy(&so_far()).into_owned()
}

/// A program that was started. It is ended when this is dropped.
pub struct Running {
    text: String,
    group: u32,
    mark: String,
    since: Instant,
    deadline: Duration,
    over: Receiver<ExitStatus>,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    said: Arc<Mutex<Vec<u8>>>,
    tidy: bool,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl Running {
    /// The program's own process, which is also its group.
    pub fn id(&self) -> u32 {
        self.group
    }

    /// What it has written on standard error so far.
    pub fn said(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&said).into_owned()
    }

    /// All its processes that are alive, each with its command line.
    pub fn processes(&self) -> Vec<(i32, String)> {
        left::alive(&self.mark)
    }

    /// Waits until it is over and its output is closed.
    ///
    /// Fails when that takes longer than the deadline, or when a process of it is left.
    #[track_caller]
    pub fn finish(mut self) -> Outcome {
        let remaining = || self.deadline.saturating_sub(self.since.elapsed());
        // Output stays open as long as any descendant has it.
        let status = self.over.recv_timeout(remaining());
        let time = self.since.elapsed();
        let stdout = self.stdout.recv_timeout(remaining());
        let stderr = self.stderr.recv_timeout(remaining());
        let (Ok(status), Ok(out), Ok(err)) = (&status, &stdout, &stderr) else {
            let processes = self.processes();
            left::end(self.group, &self.mark);
            // Now that all ended, so did their output.
            let late = |text: Result<String, _>, from: &Receiver<String>| {
                text.or_else(|_| from.recv_timeout(TIDYING))
                    .unwrap_or_default()
            };
            let (out, err) = (late(stdout, &self.stdout), late(stderr, &self.stderr));
            panic!(
                "{} is not over after {:?} ({status:?}); alive: {processes:?}\n-- stdout:\n{out}\n-- stderr:\n{err}",
                self.text, self.deadline
            );
        };
        let (stdout, stderr) = (out.clone(), err.clone());
        let outcome = Outcome {
            command: self.text.clone(),
            status: *status,
            stdout,
            stderr,
            time,
        };
        let left = left::after(&self.mark, TIDYING);
        assert!(left.is_empty(), "processes {left:?} are left of {outcome}");
        self.tidy = true;
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.tidy {
            left::end(self.group, &self.mark);
        }
    }
}
