//! From `main` to the exit code.

use super::Pool;
use super::account::{self, Account, Course, Telling};
use super::keep::files::{Files, Manner};
use crate::comm::launcher;
use crate::engine::schedule::Schedule;
use crate::error::Error;
use crate::exec::{layout, panics};
use crate::isa;
use crate::measure::rank::Book;
use crate::progress::{self, Showing};
use crate::say;
use crate::session::hub::{Hub, Local};
use crate::session::joining::Joining;
use crate::session::joining::knock::Settings;
use crate::session::joining::server::{Server, Visitor};
use crate::session::signals;
use crate::session::start::{Started, World, start};
use crate::session::stopping::Stopping;
use crate::wire::rope::Rope;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Runs `f` on every rank: under a launcher (`mpirun`, `srun`) that started many, else on this machine's
/// cores.
///
/// Owns MPI from its initialization to its end, catches panics, reports an error once, and returns the exit
/// code, the same on every rank: 0, or 1 where `f` returned `Ok(false)`, or what
/// [`Error::code`] gives.
///
/// ```no_run
/// use grange::Sum;
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     grange::run(|pool| {
///         let total: u64 = pool.range(0..1_000_000_000u64).map_reduce(|items| items.sum::<u64>(), Sum)?;
///         pool.print(format_args!("{total}"))
///     })
/// }
/// ```
pub fn run<V: Verdict, E: Into<Error>>(f: impl FnOnce(&Pool) -> Result<V, E>) -> ExitCode {
    Builder::new().run(f)
}

/// What a program says of itself when it ends well.
pub trait Verdict {
    /// The exit code.
    fn code(&self) -> u8;
}

/// Done: 0.
impl Verdict for () {
    fn code(&self) -> u8 {
        0
    }
}

/// Yes: 0; no: 1.
impl Verdict for bool {
    fn code(&self) -> u8 {
        u8::from(!self)
    }
}

/// Settings of a whole run.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    threads: Option<u32>,
    quiet: bool,
    schedule: Option<Schedule>,
    grain: Option<u128>,
    audit: Option<f64>,
    showing: Option<Showing>,
    manner: Manner,
    stopping: Stopping,
    telling: Telling,
    joining: Joining,
}

/// Exit code of a run that is done but for what was set aside.
const ASIDE: u8 = 6;

/// One run at a time.
static RUNNING: AtomicBool = AtomicBool::new(false);

impl Builder {
    /// Everything automatic.
    pub fn new() -> Self {
        Self::default()
    }

    /// Threads of each rank, instead of its share of the node's cores. The variable `RAYON_NUM_THREADS` does
    /// the same where this is not set. 0 is an error of the run.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(u32::try_from(threads).unwrap_or(u32::MAX));
        self
    }

    /// Silences hints and warnings, never results or errors.
    pub fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self.telling.quiet = quiet;
        self
    }

    /// The schedule of calls that set none.
    pub fn schedule(mut self, schedule: Option<Schedule>) -> Self {
        self.schedule = schedule;
        self
    }

    /// Items of a grain, for calls that set none. It takes part in the shape of float reductions.
    pub fn grain(mut self, grain: Option<u128>) -> Self {
        self.grain = grain;
        self
    }

    /// Keeps every call in that file, so that the same command resumes a run that was stopped by anything: see
    /// [`Workload::checkpoint`](crate::Workload::checkpoint).
    pub fn checkpoint(mut self, path: Option<PathBuf>) -> Self {
        self.manner.path = path;
        self
    }

    /// Writes checkpoints so often. The default is 30 s.
    pub fn checkpoint_every(mut self, time: Duration) -> Self {
        self.manner.every = time;
        self
    }

    /// Begins afresh where there is a checkpoint already, which is kept beside the new one.
    pub fn restart(mut self, yes: bool) -> Self {
        self.manner.restart = yes;
        self
    }

    /// What else is to be the same for a checkpoint to be resumed, such as the program's arguments.
    pub fn version(mut self, text: impl Into<String>) -> Self {
        self.manner.version = text.into();
        self
    }

    /// Computes that share of the grains of every call, from 0 to 1, again on another rank: see
    /// [`Workload::audit`](crate::Workload::audit).
    pub fn audit(mut self, share: Option<f64>) -> Self {
        self.audit = share;
        self
    }

    /// When the run is stopped by a signal or its time limit, what has begun may take so long; what has not
    /// ended by then is done anew by the run that resumes. The default is 10 s. A launcher that kills sooner,
    /// as Open MPI's `mpirun` does one second after SIGTERM, leaves less.
    pub fn grace(mut self, time: Duration) -> Self {
        self.stopping.grace = time;
        self
    }

    /// The run stops by itself, so that it can be resumed, in time to be over by then. Where something is kept the
    /// end of a Slurm job (`SLURM_JOB_END_TIME`, Unix seconds) is such a limit too; the earlier one counts.
    pub fn time_limit(mut self, time: Option<Duration>) -> Self {
        self.stopping.limit = time;
        self
    }

    /// Whether progress is shown of calls that do not say ([`Workload::show`](crate::Workload::show)), or of none.
    pub fn show(mut self, showing: Option<Showing>) -> Self {
        self.showing = showing;
        self
    }

    /// At the end says on standard error where the time went: parallel efficiency and its factors, what every rank
    /// did, the largest loss and what to do about it. Not silenced by [`Builder::quiet`].
    pub fn stats(mut self, yes: bool) -> Self {
        self.telling.stats = yes;
        self
    }

    /// Writes at the end where the time went, span by span: `FILE.h5` for h5py, h5dump and Julia, or `FILE.json`. A
    /// report that is there is replaced, any other file is an error of the run.
    pub fn report(mut self, path: Option<PathBuf>) -> Self {
        self.telling.report = path;
        self
    }

    /// Writes at the end what every thread did when, as trace events for a viewer such as Perfetto. A trace that is
    /// there is replaced, any other file is an error of the run.
    pub fn trace(mut self, path: Option<PathBuf>) -> Self {
        self.telling.trace = path;
        self
    }

    /// Others may join while the run goes on, from any host that reaches this one: the same program with the same
    /// arguments and [`Builder::join`]. They find it by a file in that directory, which is made where it is missing
    /// and should be on a file system that all hosts share.
    pub fn elastic(mut self, dir: Option<PathBuf>) -> Self {
        self.joining.elastic = dir;
        self
    }

    /// Joins the run that is found in that directory, or at that address (`host:port`; that takes a
    /// [`Builder::secret`]), instead of beginning one. The process takes part with its threads as one more rank, of
    /// which nothing is printed, and leaves at SIGINT, SIGTERM or SIGUSR1; it may also die at any moment.
    pub fn join(mut self, place: Option<String>) -> Self {
        self.joining.join = place;
        self
    }

    /// Standing servers, `host:port` each, that the run takes in at its start and whenever one appears; beside those
    /// that it finds in the directory of [`Builder::elastic`]. Without that it takes a [`Builder::secret`], and the run
    /// listens where they reach it.
    pub fn servers(mut self, servers: Vec<String>) -> Self {
        self.joining.servers = servers;
        self
    }

    /// What standing servers are to start the program with, so that it computes the same as this run: see
    /// [`Builder::serve`].
    pub fn arguments(mut self, arguments: Vec<String>) -> Self {
        self.joining.arguments = arguments;
        self
    }

    /// Listens for those who join at that address (`host`, `host:port`, `0.0.0.0`), instead of on the loopback
    /// interface, where only processes of the same host get in.
    pub fn listen(mut self, address: Option<String>) -> Self {
        self.joining.listen = address;
        self
    }

    /// With [`Builder::elastic`] and [`Builder::listen`] the run is found by UDP broadcasts to that port, from networks
    /// without a shared directory. Without them, and with a [`Builder::secret`], this process joins the run of the same
    /// program that it finds so.
    pub fn discover(mut self, port: Option<u16>) -> Self {
        self.joining.discover = port;
        self
    }

    /// The file with the secret that both sides must have, instead of that in the directory. It is made where it is
    /// missing, and refused where others than its owner can read it.
    pub fn secret(mut self, file: Option<PathBuf>) -> Self {
        self.joining.secret = file;
        self
    }

    /// Waits for runs of this program instead of beginning one: a standing server, which computes nothing itself. For
    /// each run that calls, one at a time, it starts this program once more, with the command line that `arguments`
    /// makes from [`Visitor::arguments`]; that has to [`Builder::join`] the run, with the same
    /// [`Builder::version`]. It gives the reason instead where those are no arguments that may be given from elsewhere.
    ///
    /// Runs find the server in that directory, or are told by [`Builder::servers`] where it listens
    /// ([`Builder::listen`]), and have its [`Builder::secret`]. SIGINT, SIGTERM or SIGUSR1 ends it, after what it has
    /// started has left in order; then the exit code is 0. Programs whose command line is
    /// [`cli::main`](crate::cli::main)'s have all this as `--serve`.
    pub fn serve(
        self,
        dir: Option<PathBuf>,
        arguments: impl Fn(&Visitor) -> Result<Vec<OsString>, String>,
    ) -> ExitCode {
        let server = Server {
            dir,
            listen: self.joining.listen,
            secret: self.joining.secret,
            threads: self.threads,
            grace: self.stopping.grace,
            quiet: self.quiet,
        };
        match server.stand(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                say::error(&error);
                ExitCode::from(error.code())
            }
        }
    }

    /// What a report has of them.
    fn settings(&self) -> BTreeMap<&'static str, String> {
        let show = |path: &PathBuf| path.display().to_string();
        let seconds = |time: Duration| format!("{} s", time.as_secs_f64());
        let all = [
            ("threads", self.threads.map(|n| n.to_string())),
            ("schedule", self.schedule.map(|s| s.to_string())),
            ("grain", self.grain.map(|n| n.to_string())),
            ("audit", self.audit.map(|share| share.to_string())),
            ("checkpoint", self.manner.path.as_ref().map(show)),
            ("checkpoint_every", Some(seconds(self.manner.every))),
            ("time_limit", self.stopping.limit.map(seconds)),
            ("grace", Some(seconds(self.stopping.grace))),
        ];
        all.into_iter()
            .filter_map(|(name, v)| Some((name, v?)))
            .collect()
    }

    /// See [`run()`].
    pub fn run<V: Verdict, E: Into<Error>>(
        self,
        f: impl FnOnce(&Pool) -> Result<V, E>,
    ) -> ExitCode {
        ExitCode::from(self.run_code(f))
    }

    /// As [`Builder::run`], with the exit code as a number.
    pub fn run_code<V: Verdict, E: Into<Error>>(self, f: impl FnOnce(&Pool) -> Result<V, E>) -> u8 {
        if RUNNING.swap(true, Ordering::SeqCst) {
            say::error(&"grange::run is called inside of a run");
            return 2;
        }
        let code = self.run_alone(f);
        RUNNING.store(false, Ordering::SeqCst);
        code
    }

    fn run_alone<V: Verdict, E: Into<Error>>(self, f: impl FnOnce(&Pool) -> Result<V, E>) -> u8 {
        panics::install_hook();
        let starting = signals::starting();
        let wanted = self.threads.or_else(layout::wanted);
        // A signal before the first call is no reason to lose what is kept from before.
        let kept = self.manner.path.is_some();
        self.stopping.kept.any.store(kept, Ordering::Relaxed);
        let Started {
            world,
            hub,
            serving,
            cores,
        } = match start(
            wanted,
            self.quiet,
            self.telling.wants_all(),
            self.stopping.clone(),
            Joining {
                program: program(&self.manner.version),
                settings: Settings {
                    schedule: self.schedule,
                    audit: self.audit,
                },
                ..self.joining.clone()
            },
        ) {
            Ok(started) => started,
            Err((error, tell)) => {
                if tell {
                    say::error(&error);
                } else {
                    // A launcher ends all at the first that fails: let rank 0 tell why. Without messages there
                    // is nothing to wait for.
                    std::thread::sleep(std::time::Duration::from_millis(500));
                }
                return error.code();
            }
        };
        progress::hide(world.rank != 0);
        let _attended = starting.attend(&hub);
        let files = Arc::new(Files::new(self.stopping.kept.clone()));
        let last = files.clone();
        self.stopping.kept.at_exit(move || {
            let _ = last.finish("left before it was over");
        });
        let mut telling = self.telling.clone();
        telling.settings = self.settings();
        let account = Account::new(telling, hub.clone(), files.clone(), &world);
        let rank = world.rank;
        let (mut record, mut course) = (Rope::new(), Course::default());
        let outcome = match self.pool(world, hub.clone(), files.clone()) {
            Ok(pool) => {
                let outcome = panics::catch(|| f(&pool).map_err(Into::into));
                let calls = pool.calls.get();
                let aside = !pool.failures.borrow().is_empty();
                record = account::record(&pool, cores);
                course.began = true;
                course.results = pool.results.take();
                course.places = pool.places.take();
                (
                    outcome
                        .unwrap_or_else(|panic| Err(Error::User(panic)))
                        .map(|v| match v.code() {
                            0 if aside => ASIDE,
                            code => code,
                        }),
                    calls,
                )
            }
            Err(error) => (Err(error), 0),
        };
        // What was computed is there all the same.
        if let Err(error) = files.finish(&ended(&outcome.0)) {
            say::warning(format_args!("what was done last is not kept: {error}"));
        }
        course.outcome = ended(&outcome.0);
        let (code, text) = match outcome.0 {
            Ok(code) => (code, String::new()),
            Err(error @ Error::Stopped(_)) => (error.code(), String::new()),
            Err(error) => (error.code(), told(&error)),
        };
        hub.send(Local::Bye {
            calls: outcome.1,
            code,
            text,
            record,
        });
        let over = serving.over();
        progress::hide(false);
        // While the MPI library finalizes: a launcher that was told to end does not wait for it.
        let told = match (rank, over) {
            (0, Some(code)) => Some(account.tell(course, code)),
            _ => over,
        };
        serving.join().and(told).unwrap_or(3)
    }

    fn pool(self, world: World, hub: Arc<Hub>, files: Arc<Files>) -> Result<Pool, Error> {
        isa::forced()?;
        if self.threads == Some(0) {
            return Err(Error::Usage(
                "0 threads cannot compute anything; it takes at least 1".into(),
            ));
        }
        let threads = world.threads[world.rank as usize] as usize;
        if threads > layout::MOST_THREADS as usize {
            return Err(Error::Usage(format!(
                "{threads} threads are more than a rank can use; it takes at most {}",
                layout::MOST_THREADS
            )));
        }
        let builder = || {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .thread_name(|i| format!("{}{i}", panics::THREAD_NAME))
        };
        // The global pool, so that rayon in the user's own code takes no more threads than ours.
        let rayon = match builder().build_global() {
            Ok(()) => None,
            Err(_) if rayon::current_num_threads() == threads => None,
            Err(_) => Some(
                builder()
                    .build()
                    .map_err(|e| Error::user(format!("no threads: {e}")))?,
            ),
        };
        let of_run = &world.threads[..world.ranks];
        let all = of_run.iter().map(|&n| n as usize).sum();
        let book = Book::new(hub.epoch, threads, self.telling.wants_all(), all);
        let own = Settings {
            schedule: self.schedule,
            audit: self.audit,
        };
        let settings = world.settings.unwrap_or(own);
        let pool = Pool {
            world,
            hub,
            rayon,
            calls: Cell::new(0),
            in_section: Cell::new(false),
            quiet: self.quiet,
            schedule: settings.schedule,
            grain: self.grain,
            audit: settings.audit,
            showing: self.showing,
            manner: self.manner,
            files,
            book: Arc::new(book),
            kept: RefCell::default(),
            failures: RefCell::default(),
            results: RefCell::default(),
            places: RefCell::default(),
            _main_thread_only: PhantomData,
        };
        if pool.rank() == 0 {
            let checkpoint = pool.manner.path.as_deref();
            *pool.places.borrow_mut() = self.telling.places(checkpoint)?;
        }
        if let (0, Some(path)) = (pool.rank(), &pool.manner.path) {
            drop(pool.checkpoint(path)?);
        }
        if pool.world.settings.is_some() && launcher::is_first() {
            // Not sooner: from now on a signal has it leave in order.
            let host = &pool.world.hosts[0];
            say::line(format_args!(
                "grange: this job has joined the run on {host}"
            ));
        }
        for hint in &pool.world.hints {
            pool.hint(format_args!("{hint}"));
        }
        if cfg!(panic = "abort") {
            pool.hint(format_args!(
                "built with panic=abort: a panic kills this rank without a word to the others"
            ));
        }
        Ok(pool)
    }
}

/// What is computed: the name of the program, and what it says are its arguments.
fn program(version: &str) -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{name} {version}").trim_end().to_owned()
}

/// Why a session ended, for the history in its checkpoints.
fn ended(outcome: &Result<u8, Error>) -> String {
    match outcome {
        Ok(0) => "done".into(),
        Ok(code) => format!("done, exit code {code}"),
        Err(error) => error.to_string(),
    }
}

/// An error's text: never empty, since that stands for no error.
fn told(error: &Error) -> String {
    let text = error.to_string();
    if text.is_empty() {
        "an error without a text".into()
    } else {
        text
    }
}
