//! Jobs leased to this rank: where its workers and its comm thread meet.
//!
//! No user code runs under the lock.

use super::batch::Batch;
use super::frozen::Store;
use super::record::{self, Child, Ending};
use crate::comm::backoff::Waker;
use crate::engine::LeaseId;
use crate::engine::span::{Span, SpanSet};
use crate::exec::leased::{Appetite, Done, Leased, Outbox};
use crate::exec::lock;
use crate::wire::rope::Rope;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Results wait this long for company while there is more to do.
const COMPANY: Duration = Duration::from_micros(200);
/// Or until there are so many bytes of them.
const ENOUGH: u64 = 32 << 10;
/// The comm thread is woken when less than this is ahead.
const LOW: f64 = 5e6;
/// The speed is that of about so many last jobs.
const MEMORY: f64 = 0.98;

/// One call's jobs on this rank.
pub struct JobState {
    rank: u32,
    inner: Mutex<Inner>,
    work: Condvar,
    /// Rung when more workers are needed.
    seats: Condvar,
    stopped: AtomicBool,
    waker: Arc<Waker>,
    /// Values that jobs share.
    pub frozen: Arc<Store>,
}

struct Inner {
    leases: VecDeque<Lease>,
    /// Jobs not begun, in all leases.
    unbegun: u64,
    /// What each worker is at.
    seats: Vec<Seat>,
    /// The first so many are those of rayon's threads, which stay.
    base: usize,
    /// Workers that are there.
    live: usize,
    /// Jobs that may run at the same time.
    active: usize,
    /// Jobs that run, but for those that run for longer than they may.
    running: usize,
    /// Those.
    late: usize,
    /// Jobs that run and have a limit.
    limited: usize,
    /// Decaying sums over jobs.
    nanoseconds: f64,
    jobs: f64,
    outbox: Outbox,
    /// Since when results wait.
    since: Option<Instant>,
    /// Jobs that nobody wants any more, and the leases that they came or will come with.
    dropped: BTreeMap<u64, LeaseId>,
    /// The comm thread was woken since it last looked.
    nudged: bool,
    /// Nothing more is to be begun.
    halted: bool,
}

struct Lease {
    id: LeaseId,
    first: u64,
    unbegun: Span,
    running: u64,
    batch: Arc<Batch>,
    /// Whether all frozen values that it needs are here.
    ready: bool,
    /// Done, and not reported yet.
    done: SpanSet,
}

enum Seat {
    /// Nobody works here any more.
    Gone,
    Free,
    Busy(Running),
}

struct Running {
    lease: LeaseId,
    job: u64,
    since: Instant,
    limit: Option<Duration>,
    /// It ran longer than it may, and rank 0 knows.
    late: bool,
}

/// A job for a worker.
pub struct Task {
    lease: LeaseId,
    /// Its number.
    pub job: u64,
    /// The inputs among which its own is.
    pub batch: Arc<Batch>,
    /// The place of its own.
    pub index: usize,
    /// When it began.
    pub since: Instant,
}

/// What a worker made of a job.
pub struct Outcome<'a> {
    /// How it ended.
    pub ending: Ending,
    /// The value or the text.
    pub payload: &'a [u8],
    /// What it submitted.
    pub children: &'a [Child],
}

impl JobState {
    /// Nothing leased yet, for `threads` workers.
    pub fn new(rank: u32, threads: usize, waker: Arc<Waker>) -> Self {
        let inner = Inner {
            leases: VecDeque::new(),
            unbegun: 0,
            seats: (0..threads).map(|_| Seat::Free).collect(),
            base: threads,
            live: threads,
            active: threads,
            running: 0,
            late: 0,
            limited: 0,
            nanoseconds: 0.0,
            jobs: 0.0,
            outbox: Outbox::default(),
            since: None,
            dropped: BTreeMap::new(),
            nudged: false,
            halted: false,
        };
        JobState {
            rank,
            inner: Mutex::new(inner),
            work: Condvar::new(),
            seats: Condvar::new(),
            stopped: AtomicBool::new(false),
            waker,
            frozen: Arc::default(),
        }
    }

    /// Waits until so many jobs may run at once that a worker is missing, those left out that run for too
    /// long already. Gives the new one's place; `None` when the call is over.
    pub fn next_seat(&self) -> Option<usize> {
        let mut inner = lock(&self.inner);
        loop {
            if self.is_over() {
                return None;
            }
            if inner.live < inner.active + inner.late {
                inner.live += 1;
                let gone = inner.seats.iter().position(|s| matches!(s, Seat::Gone));
                let seat = gone.unwrap_or(inner.seats.len());
                match inner.seats.get_mut(seat) {
                    Some(gone) => *gone = Seat::Free,
                    None => inner.seats.push(Seat::Free),
                }
                return Some(seat);
            }
            inner = self
                .seats
                .wait(inner)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The system gives no thread for that place: as many jobs run at once as there are threads.
    pub fn no_thread_for(&self, seat: usize) {
        let mut inner = lock(&self.inner);
        inner.seats[seat] = Seat::Gone;
        inner.live -= 1;
        inner.active = inner.live - inner.late;
        if inner.active == 0 {
            let text =
                "every thread is at a job that is past its deadline, and the system gives no more";
            inner.outbox.fault.get_or_insert(text.to_owned());
            self.waker.wake();
        }
    }

    /// Gives worker `seat` the next job; waits for it at most that long. `Err` when the call is over, or that
    /// worker is needed no more.
    pub fn next(&self, seat: usize, wait: Duration) -> Result<Option<Task>, ()> {
        let mut inner = lock(&self.inner);
        let mut waited = false;
        loop {
            if self.is_over() {
                return Err(());
            }
            if seat >= inner.base && inner.live > inner.base.max(inner.active + inner.late) {
                inner.seats[seat] = Seat::Gone;
                inner.live -= 1;
                return Err(());
            }
            if inner.running < inner.active
                && let Some(task) = inner.begin(seat)
            {
                let nudge = !inner.nudged
                    && inner.unbegun as f64 * inner.per_job() < LOW * inner.active as f64;
                inner.nudged |= nudge;
                drop(inner);
                if nudge {
                    self.waker.wake();
                }
                return Ok(Some(task));
            }
            // All that was left may have been jobs that nobody wants.
            let nudge = inner.since.is_some() && inner.unbegun == 0 && !inner.nudged;
            if nudge {
                inner.nudged = true;
                self.waker.wake();
            }
            if waited {
                return Ok(None);
            }
            waited = true;
            inner = self
                .work
                .wait_timeout(inner, wait)
                .map_or_else(|e| e.into_inner().0, |r| r.0);
        }
    }

    /// Worker `seat` is through with `task`. Only what is not too late counts.
    pub fn finish(&self, seat: usize, task: &Task, outcome: &Outcome<'_>) {
        let took = task.since.elapsed();
        let mut inner = lock(&self.inner);
        let Seat::Busy(running) = std::mem::replace(&mut inner.seats[seat], Seat::Free) else {
            return;
        };
        inner.limited -= usize::from(running.limit.is_some());
        if running.late {
            inner.late -= 1;
            return;
        }
        inner.running -= 1;
        let nanoseconds = took.as_nanos() as u64;
        inner.nanoseconds = inner.nanoseconds * MEMORY + nanoseconds as f64;
        inner.jobs = inner.jobs * MEMORY + 1.0;
        let failed = outcome.ending != Ending::Value && outcome.ending != Ending::Damaged;
        if failed && task.batch.retries(task.index) > 0 {
            let job = Span::new(task.job, task.job + 1);
            inner.outbox.failed.push((task.lease, vec![job]));
            inner.over(task.lease, None);
        } else {
            let head = (task.job, self.rank, nanoseconds);
            let body = &mut inner.outbox.body;
            record::write(
                body,
                head,
                outcome.ending,
                outcome.payload,
                outcome.children,
            );
            inner.over(task.lease, Some(task.job));
        }
        let first = *inner.since.get_or_insert_with(Instant::now);
        // As many as may run may be fewer than before.
        let free = inner.running < inner.active;
        let due = inner.unbegun == 0 || !free || first.elapsed() > COMPANY;
        let wake = due && !std::mem::replace(&mut inner.nudged, true);
        drop(inner);
        if wake {
            self.waker.wake();
        }
    }

    /// Whether the call is over.
    pub fn is_over(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

impl Inner {
    fn per_job(&self) -> f64 {
        match self.jobs > 0.0 {
            true => self.nanoseconds / self.jobs,
            false => 0.0,
        }
    }

    /// The next job for worker `seat`.
    fn begin(&mut self, seat: usize) -> Option<Task> {
        loop {
            let open = |l: &&mut Lease| l.ready && !l.unbegun.is_empty();
            let lease = self.leases.iter_mut().find(open)?;
            let job = lease.unbegun.start;
            lease.unbegun.start += 1;
            lease.running += 1;
            self.unbegun -= 1;
            let (id, index) = (lease.id, (job - lease.first) as usize);
            if self.dropped.remove(&job).is_some() {
                self.over(id, Some(job));
                self.since.get_or_insert_with(Instant::now);
                continue;
            }
            let limit = lease.batch.limit(index);
            let limit = (limit > 0).then(|| Duration::from_nanos(limit));
            let since = Instant::now();
            let batch = lease.batch.clone();
            self.running += 1;
            self.limited += usize::from(limit.is_some());
            self.seats[seat] = Seat::Busy(Running {
                lease: id,
                job,
                since,
                limit,
                late: false,
            });
            return Some(Task {
                lease: id,
                job,
                batch,
                index,
                since,
            });
        }
    }

    /// A job of that lease runs no more; it is done, if it is named.
    fn over(&mut self, lease: LeaseId, done: Option<u64>) {
        let Some(at) = self.leases.iter().position(|l| l.id == lease) else {
            return;
        };
        let lease = &mut self.leases[at];
        lease.running -= 1;
        if let Some(job) = done {
            lease.done.insert(Span::new(job, job + 1));
        } else if lease.is_over() {
            self.leases.remove(at);
        }
    }

    /// Gives up jobs that have run for longer than they may; returns whether there were any.
    fn find_late(&mut self, rank: u32) -> bool {
        let mut late = Vec::new();
        for seat in &mut self.seats {
            let Seat::Busy(running) = seat else { continue };
            let over = running.limit.is_some_and(|l| running.since.elapsed() > l);
            if over && !std::mem::replace(&mut running.late, true) {
                late.push((running.lease, running.job, running.since.elapsed()));
            }
        }
        let found = !late.is_empty();
        for (lease, job, took) in late {
            self.running -= 1;
            self.late += 1;
            let head = (job, rank, took.as_nanos() as u64);
            record::write(&mut self.outbox.body, head, Ending::Late, &[], &[]);
            self.over(lease, Some(job));
            self.since.get_or_insert_with(Instant::now);
        }
        found
    }

    /// Takes all that is not begun away, by lease.
    fn take_unbegun(&mut self) -> Done {
        let mut back = Vec::new();
        self.unbegun = 0;
        for lease in &mut self.leases {
            if !lease.unbegun.is_empty() {
                back.push((lease.id, vec![lease.unbegun]));
                lease.unbegun.start = lease.unbegun.end;
            }
        }
        self.leases.retain(|l| !l.is_over());
        back
    }

    fn report(&mut self) -> Done {
        let mut done = Vec::new();
        self.leases.retain_mut(|lease| {
            if !lease.done.is_empty() {
                let spans = std::mem::take(&mut lease.done);
                done.push((lease.id, spans.iter().collect()));
            }
            !lease.is_over()
        });
        done
    }
}

impl Lease {
    fn is_over(&self) -> bool {
        self.running == 0 && self.unbegun.is_empty() && self.done.is_empty()
    }
}

impl Leased for JobState {
    fn leased(&self, id: LeaseId, span: Span, body: Rope) {
        let batch = Batch::from_rope(body);
        let mut inner = lock(&self.inner);
        let batch = match batch {
            Ok(batch) if batch.len() as u64 == span.len() => batch,
            // Between ranks of one build this does not happen; a run that goes on would wait for ever.
            _ => {
                let text = "the inputs of leased jobs are damaged".to_owned();
                inner.outbox.fault.get_or_insert(text);
                return;
            }
        };
        if inner.halted {
            return;
        }
        inner.unbegun += span.len();
        let ready = batch.needs().iter().all(|&id| self.frozen.has(id));
        // Behind all that is as urgent.
        let less = |l: &Lease| l.batch.priority < batch.priority;
        let at = inner.leases.iter().position(less);
        let at = at.unwrap_or(inner.leases.len());
        let lease = Lease {
            id,
            first: span.start,
            unbegun: span,
            running: 0,
            batch: Arc::new(batch),
            ready,
            done: SpanSet::new(),
        };
        inner.leases.insert(at, lease);
        inner.nudged = false;
        let Inner {
            leases, dropped, ..
        } = &mut *inner;
        let unbegun = |job: u64| leases.iter().any(|l| l.unbegun.contains(job));
        dropped.retain(|&job, lease| *lease > id || unbegun(job));
        let live = inner.live as u64;
        drop(inner);
        if span.len() < live {
            (0..span.len()).for_each(|_| self.work.notify_one());
        } else {
            self.work.notify_all();
        }
    }

    fn recall(&self, id: LeaseId) -> Vec<Span> {
        let mut inner = lock(&self.inner);
        let Some(at) = inner.leases.iter().position(|l| l.id == id) else {
            return Vec::new();
        };
        let lease = &mut inner.leases[at];
        let back = lease.unbegun.len().div_ceil(2);
        let given = Span::new(lease.unbegun.end - back, lease.unbegun.end);
        lease.unbegun.end = given.start;
        let over = lease.is_over();
        inner.unbegun -= back;
        if over {
            inner.leases.remove(at);
        }
        if given.is_empty() {
            Vec::new()
        } else {
            vec![given]
        }
    }

    fn cut(&self, _grain: u64) {}

    fn drop_job(&self, lease: LeaseId, job: u64) {
        let mut inner = lock(&self.inner);
        let known = inner.leases.iter().find(|l| l.id == lease);
        // A lease with a large input may still be on its way.
        if known.is_none_or(|l| l.unbegun.contains(job)) {
            inner.dropped.insert(job, lease);
        }
    }

    fn is_endless(&self) -> bool {
        let inner = lock(&self.inner);
        inner.late > 0 && inner.running == 0
    }

    fn frozen(&self, id: u64, body: Rope) {
        self.frozen.arrived(id, body);
        for lease in &mut lock(&self.inner).leases {
            let needs = lease.batch.needs();
            lease.ready = lease.ready || needs.iter().all(|&id| self.frozen.has(id));
        }
        self.work.notify_all();
    }

    fn resize(&self, workers: usize) -> Done {
        let mut inner = lock(&self.inner);
        inner.active = workers;
        let back = match workers {
            0 => inner.take_unbegun(),
            _ => Vec::new(),
        };
        drop(inner);
        self.work.notify_all();
        self.seats.notify_all();
        back
    }

    fn surrender(&self) -> Done {
        let mut inner = lock(&self.inner);
        inner.halted = true;
        inner.take_unbegun()
    }

    fn halt(&self) {
        self.surrender();
    }

    fn is_idle(&self) -> bool {
        let inner = lock(&self.inner);
        inner.running == 0 && inner.since.is_none() && inner.outbox.is_empty()
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Under the lock, so that no worker misses it between its look and its wait.
        drop(lock(&self.inner));
        self.work.notify_all();
        self.seats.notify_all();
    }

    fn is_stopped(&self) -> bool {
        self.is_over()
    }

    fn take_outbox(&self) -> Outbox {
        let mut inner = lock(&self.inner);
        inner.nudged = false;
        if inner.limited > 0 && inner.find_late(self.rank) {
            self.seats.notify_all();
            self.work.notify_all();
        }
        let Some(since) = inner.since else {
            return std::mem::take(&mut inner.outbox);
        };
        let busy = inner.unbegun > 0 && inner.running >= inner.active;
        if busy && since.elapsed() < COMPANY && inner.outbox.body.len() < ENOUGH {
            return Outbox::default();
        }
        inner.since = None;
        let mut outbox = std::mem::take(&mut inner.outbox);
        outbox.done = inner.report();
        outbox
    }

    fn appetite(&self) -> Appetite {
        let inner = lock(&self.inner);
        let active = inner.active as u64;
        Appetite {
            rate: (inner.jobs > 0.0)
                .then(|| inner.jobs / inner.nanoseconds.max(1.0) * 1e9 * active as f64),
            unbegun: inner.unbegun,
            threads: active,
            running: inner.running as u64,
        }
    }

    fn running(&self) -> Vec<(Span, Instant)> {
        let inner = lock(&self.inner);
        let job = |seat: &Seat| match seat {
            Seat::Busy(running) => Some((Span::new(running.job, running.job + 1), running.since)),
            Seat::Gone | Seat::Free => None,
        };
        inner.seats.iter().filter_map(job).collect()
    }
}
