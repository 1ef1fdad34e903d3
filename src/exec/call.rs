//! What one call has leased to this rank: where its workers and its comm thread meet.
//!
//! Nothing here is typed and no user code runs under its locks, so the comm thread is never held up.

use super::audit::Share;
use super::help::{Looks, help};
use super::leased::{Appetite, Aside, Done, Leased, Outbox};
use super::lock;
use super::strands::Strands;
use crate::comm::backoff::Waker;
use crate::engine::LeaseId;
use crate::engine::audit::{Again, Record};
use crate::engine::span::{Span, SpanSet};
use crate::wire::message::Seq;
use crate::wire::rope::Rope;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// A worker takes about this much time's worth of grains at once: long against a lock, short against
/// everything else.
const BLOCK: f64 = 200e3;
/// Results go out at least this often.
const FLUSH: Duration = Duration::from_secs(1);
/// A grain that is to be computed again on another thread waits this long for one.
const OTHERS: Duration = Duration::from_secs(1);
/// The speed is that of about so many last blocks.
const MEMORY: f64 = 0.9;
/// One call on this rank.
#[derive(Debug)]
pub struct CallState {
    /// Its number.
    pub seq: Seq,
    threads: usize,
    /// Every value goes out as soon as it is there.
    pub streaming: bool,
    /// In which order grains are done does not matter: each worker goes on where it was.
    free: bool,
    /// Grains that others compute again.
    audit: Option<Share>,
    /// A value is still to be bent, for a test.
    bends: AtomicBool,
    inner: Mutex<Inner>,
    work: Condvar,
    stopped: AtomicBool,
    /// User code failed here.
    failed: AtomicBool,
    /// Grains from here on are not wanted any more.
    cut: AtomicU64,
    /// A hit waits to be sent.
    hit: AtomicBool,
    outbox: Mutex<Outbox>,
    waker: Arc<Waker>,
}

#[derive(Debug)]
struct Inner {
    leases: VecDeque<Lease>,
    /// Grains to be computed again.
    again: VecDeque<(Again, Instant)>,
    /// Grains not begun, in all leases.
    unbegun: u64,
    /// What each worker is at, and since when.
    running: Vec<Option<(Span, Instant)>>,
    /// Where each worker's last block ended.
    reached: Vec<u64>,
    /// Decaying sums over blocks: nanoseconds and grains of one thread.
    nanoseconds: f64,
    grains: f64,
    flushed: Instant,
    /// The comm thread was woken since it last looked.
    nudged: bool,
    /// Workers that have left.
    retired: usize,
    /// Nothing more is to be begun.
    halted: bool,
    /// Reports on their way from a worker to the outbox.
    reporting: usize,
}

#[derive(Debug)]
struct Lease {
    id: LeaseId,
    unbegun: Strands,
    running: u64,
    /// Done, and not reported yet.
    done: SpanSet,
}

/// Grains for one worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Of which lease.
    pub lease: LeaseId,
    /// Which grains.
    pub span: Span,
    /// When they were taken.
    pub began: Instant,
}

/// What a worker is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// Compute these.
    Block(Block),
    /// Compute this grain again, for an audit.
    Again(u64),
    /// Report what is done: nobody else is going to.
    Report,
}

impl CallState {
    /// A call with nothing leased yet, for `threads` workers.
    pub fn new(seq: Seq, threads: usize, streaming: bool, waker: Arc<Waker>) -> Self {
        let inner = Inner {
            leases: VecDeque::new(),
            again: VecDeque::new(),
            unbegun: 0,
            running: vec![None; threads],
            reached: vec![u64::MAX; threads],
            nanoseconds: 0.0,
            grains: 0.0,
            flushed: Instant::now(),
            nudged: false,
            retired: 0,
            halted: false,
            reporting: 0,
        };
        CallState {
            seq,
            threads,
            streaming,
            free: false,
            audit: None,
            bends: AtomicBool::new(false),
            inner: Mutex::new(inner),
            work: Condvar::new(),
            stopped: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            cut: AtomicU64::new(u64::MAX),
            hit: AtomicBool::new(false),
            outbox: Mutex::new(Outbox::default()),
            waker,
        }
    }

    /// With an audit of these grains; `bends` a value here, for a test.
    pub fn audited(mut self, share: Option<Share>, bends: bool) -> Self {
        self.audit = share;
        self.bends = AtomicBool::new(bends);
        self
    }

    /// Grains may be done in any order.
    pub fn in_any_order(mut self, free: bool) -> Self {
        self.free = free;
        self
    }

    /// Whether others compute a grain again.
    pub fn is_audited(&self, grain: u64) -> bool {
        self.audit.is_some_and(|share| share.picks(grain))
    }

    /// Whether a value is to be bent, for a test.
    pub fn bends(&self) -> bool {
        cfg!(debug_assertions) && self.bends.load(Ordering::Relaxed)
    }

    /// One is.
    pub fn bent(&self) {
        self.bends.store(false, Ordering::Relaxed);
    }

    /// A worker has left.
    pub fn retired(&self) {
        lock(&self.inner).retired += 1;
        self.work.notify_all();
    }

    /// Waits until all workers have left.
    pub fn wait_retired(&self) {
        let mut inner = lock(&self.inner);
        while inner.retired < self.threads {
            inner = self
                .work
                .wait(inner)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    /// Whether user code failed here, so that what is here is not to be used.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Drops what no longer matters after a hit here: what is right of it or, where `any` will do, all.
    pub fn trim(&self, any: bool) {
        match self.cut.load(Ordering::Relaxed) {
            u64::MAX => {}
            end => self.cut(if any { 0 } else { end }),
        }
    }

    /// Whether `grain` is not wanted any more.
    pub fn is_unwanted(&self, grain: u64) -> bool {
        self.is_stopped() || grain >= self.cut.load(Ordering::Relaxed)
    }

    /// The next thing for worker `me` to do; waits for it, and gives `None` when the call is over.
    ///
    /// Before it begins a block, and while it waits for one, it helps with pieces that rayon has: those of a
    /// grain at work here, or of user code on the main thread, which has no other threads to turn to.
    ///
    /// `helping` is told since when it has helped.
    pub fn next(&self, me: usize, helping: impl Fn(Instant)) -> Option<Next> {
        let help = || {
            let since = Instant::now();
            let helped = help();
            if helped {
                helping(since);
            }
            helped
        };
        let mut looks = Looks::new(self.threads);
        let mut helped = help();
        let mut inner = lock(&self.inner);
        loop {
            if self.is_stopped() {
                return None;
            }
            if let Some(next) = self.at_hand(&mut inner, me) {
                let nudge = !inner.nudged
                    && inner.unbegun as f64 * inner.per_grain() < 5e6 * self.threads as f64;
                inner.nudged |= nudge;
                drop(inner);
                if nudge {
                    self.waker.wake();
                }
                return Some(next);
            }
            if helped {
                looks.found();
            } else {
                inner = self
                    .work
                    .wait_timeout(inner, looks.wait())
                    .map_or_else(|e| e.into_inner().0, |r| r.0);
            }
            drop(inner);
            helped = help();
            inner = lock(&self.inner);
        }
    }

    /// As [`CallState::next`], but neither waits nor helps: `None` when there is nothing to do right now.
    pub fn try_next(&self, me: usize) -> Option<Next> {
        let mut inner = lock(&self.inner);
        (!self.is_stopped())
            .then(|| self.at_hand(&mut inner, me))
            .flatten()
    }

    fn at_hand(&self, inner: &mut Inner, me: usize) -> Option<Next> {
        // First: the end of a call must not wait for it.
        if let Some(grain) = self.take_again(inner, me) {
            inner.running[me] = Some((Span::new(grain, grain + 1), Instant::now()));
            return Some(Next::Again(grain));
        }
        if let Some(block) = self.take_block(inner, me) {
            inner.running[me] = Some((block.span, block.began));
            return Some(Next::Block(block));
        }
        // Possible after a recall or a cut took what was to be done next.
        let unreported = |l: &Lease| l.running == 0 && !l.done.is_empty();
        inner.leases.iter().any(unreported).then_some(Next::Report)
    }

    fn take_again(&self, inner: &mut Inner, me: usize) -> Option<u64> {
        if inner.again.is_empty() {
            return None;
        }
        // On the same thread only where the others are at something that does not end.
        let may = |(again, since): &(Again, Instant)| {
            self.threads < 2 || again.not != u32::try_from(me).ok() || since.elapsed() > OTHERS
        };
        let at = inner.again.iter().position(may)?;
        inner.again.remove(at).map(|(again, _)| again.grain)
    }

    fn take_block(&self, inner: &mut Inner, me: usize) -> Option<Block> {
        let per_grain = inner.per_grain();
        let fair = inner.unbegun.div_ceil(2 * self.threads as u64);
        let want = if per_grain > 0.0 {
            (BLOCK / per_grain) as u64
        } else {
            1
        };
        let (lease, run) = inner.run_for(me, self.free)?;
        let span = lease.unbegun.take(run, want.min(fair));
        lease.running += 1;
        let lease = lease.id;
        inner.unbegun -= span.len();
        inner.reached[me] = span.end;
        Some(Block {
            lease,
            span,
            began: Instant::now(),
        })
    }

    /// Worker `me` has done `block`, whose values lie in the store, which the caller has locked. Returns what
    /// to report if it is time to: then all that is in the store goes along, so that values and the news that
    /// they are there are one message.
    pub fn finish(&self, me: usize, block: Block, took: Duration) -> Option<Done> {
        let mut inner = lock(&self.inner);
        inner.running[me] = None;
        inner.nanoseconds = inner.nanoseconds * MEMORY + took.as_nanos() as f64;
        inner.grains = inner.grains * MEMORY + block.span.len() as f64;
        let lease = inner.leases.iter_mut().find(|l| l.id == block.lease)?;
        lease.running -= 1;
        if !self.streaming {
            lease.done.insert(block.span);
        }
        let whole = lease.running == 0 && lease.unbegun.is_empty();
        let hit = self.hit.swap(false, Ordering::Relaxed);
        let due = hit || whole || inner.unbegun == 0 || inner.flushed.elapsed() > FLUSH;
        due.then(|| inner.report())
    }

    /// As [`CallState::finish`] for one grain of a block of `block.lease` that goes on, where every value goes
    /// out as soon as it is there.
    pub fn finish_grain(&self, block: Block, grain: u64) -> Done {
        let mut inner = lock(&self.inner);
        if let Some(lease) = inner.leases.iter_mut().find(|l| l.id == block.lease) {
            lease.done.insert(Span::new(grain, grain + 1));
        }
        inner.report()
    }

    /// What is done and not reported.
    pub fn report(&self) -> Done {
        lock(&self.inner).report()
    }

    /// Sends: grains done, their values, and a hit among them.
    pub fn send(&self, done: Done, body: Rope, hit: Option<u64>) {
        let reported = !done.is_empty();
        self.post(|outbox| {
            outbox.done.extend(done);
            outbox.body.append(body);
            outbox.hit = outbox.hit.into_iter().chain(hit).min();
        });
        if reported {
            let mut inner = lock(&self.inner);
            inner.reporting -= 1;
            let halted = inner.halted;
            drop(inner);
            // Only then does somebody wait for the last report.
            if halted {
                self.waker.wake();
            }
        }
    }

    /// What came out of grains that are audited. They are done later.
    pub fn computed(&self, records: Vec<Record>) {
        if !records.is_empty() {
            self.post(|outbox| outbox.computed.extend(records));
        }
    }

    /// What came out when worker `me` computed a grain again.
    pub fn checked(&self, me: usize, record: Record) {
        lock(&self.inner).running[me] = None;
        self.post(|outbox| outbox.checked.push(record));
    }

    /// A find hit: nothing right of `grain` matters, and rank 0 should hear of it soon.
    pub fn hit(&self, grain: u64) {
        self.cut.fetch_min(grain + 1, Ordering::Relaxed);
        self.hit.store(true, Ordering::Relaxed);
    }

    /// These grains failed and are set aside; that they are done, so far, is said afterwards.
    pub fn set_aside(&self, aside: Vec<Aside>) {
        if !aside.is_empty() {
            self.post(|outbox| outbox.aside.extend(aside));
        }
    }

    /// The user's code failed: no more grains here, and rank 0 is told.
    pub fn fail(&self, text: String) {
        self.failed.store(true, Ordering::Relaxed);
        self.post(|outbox| {
            outbox.fault.get_or_insert(text);
        });
        self.stop();
    }

    fn post(&self, change: impl FnOnce(&mut Outbox)) {
        let mut outbox = lock(&self.outbox);
        let first = outbox.is_empty();
        change(&mut outbox);
        drop(outbox);
        if first {
            self.waker.wake();
        }
    }
}

impl Leased for CallState {
    fn leased(&self, id: LeaseId, span: Span, _body: Rope) {
        let mut inner = lock(&self.inner);
        if inner.halted {
            return;
        }
        inner.unbegun += span.len();
        inner.leases.push_back(Lease {
            id,
            unbegun: Strands::new(span),
            running: 0,
            done: SpanSet::new(),
        });
        inner.nudged = false;
        drop(inner);
        self.work.notify_all();
    }

    fn recall(&self, id: LeaseId) -> Vec<Span> {
        let mut inner = lock(&self.inner);
        let Some(lease) = inner.leases.iter_mut().find(|l| l.id == id) else {
            return Vec::new();
        };
        let back = lease.unbegun.grains().div_ceil(2);
        let spans = lease.unbegun.give_back(back);
        inner.unbegun -= back;
        spans
    }

    fn surrender(&self) -> Done {
        let mut inner = lock(&self.inner);
        let unbegun = inner.leases.iter_mut().filter(|l| !l.unbegun.is_empty());
        let back = unbegun
            .map(|l| (l.id, l.unbegun.give_back(u64::MAX)))
            .collect();
        inner.halted = true;
        inner.again.clear();
        inner.unbegun = 0;
        drop(inner);
        // What is done and not reported is now.
        self.work.notify_all();
        back
    }

    fn cut(&self, grain: u64) {
        self.cut.fetch_min(grain, Ordering::Relaxed);
        let mut inner = lock(&self.inner);
        let cut = inner.leases.iter_mut().map(|l| l.unbegun.cut(grain));
        let dropped: u64 = cut.sum();
        inner.unbegun -= dropped;
    }

    fn again(&self, grains: Vec<Again>) {
        let mut inner = lock(&self.inner);
        if !inner.halted {
            let now = Instant::now();
            inner.again.extend(grains.into_iter().map(|g| (g, now)));
        }
        drop(inner);
        self.work.notify_all();
    }

    fn halt(&self) {
        self.surrender();
    }

    fn is_idle(&self) -> bool {
        let inner = lock(&self.inner);
        let runs = inner.running.iter().any(Option::is_some);
        let unreported = inner.leases.iter().any(|l| !l.done.is_empty());
        !runs && !unreported && inner.reporting == 0 && lock(&self.outbox).is_empty()
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Under the lock, so that no worker misses it between its look and its wait.
        drop(lock(&self.inner));
        self.work.notify_all();
    }

    fn take_outbox(&self) -> Outbox {
        std::mem::take(&mut *lock(&self.outbox))
    }

    fn appetite(&self) -> Appetite {
        let mut inner = lock(&self.inner);
        inner.nudged = false;
        let running = inner.running.iter().flatten().count() as u64;
        let rate = (inner.grains > 0.0)
            .then(|| inner.grains / inner.nanoseconds.max(1.0) * 1e9 * self.threads as f64);
        Appetite {
            rate,
            unbegun: inner.unbegun,
            threads: self.threads as u64,
            running,
        }
    }

    fn running(&self) -> Vec<(Span, Instant)> {
        lock(&self.inner)
            .running
            .iter()
            .flatten()
            .copied()
            .collect()
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

impl Inner {
    /// Nanoseconds of one thread for one grain; 0 if not measured.
    fn per_grain(&self) -> f64 {
        if self.grains > 0.0 {
            self.nanoseconds / self.grains
        } else {
            0.0
        }
    }

    /// Where worker `me` is to go on: a lease, and a run of it.
    fn run_for(&mut self, me: usize, free: bool) -> Option<(&mut Lease, usize)> {
        let mut open = self.leases.iter().enumerate();
        if !free {
            let (at, _) = open.find(|(_, l)| !l.unbegun.is_empty())?;
            return Some((&mut self.leases[at], 0));
        }
        let mine = |(at, l): (usize, &Lease)| Some((at, l.unbegun.at(self.reached[me])?));
        let nobodys = |(at, l): (usize, &Lease)| Some((at, l.unbegun.unclaimed(&self.reached)?));
        let found = open.find_map(mine);
        let found = found.or_else(|| self.leases.iter().enumerate().find_map(nobodys));
        if let Some((at, run)) = found {
            return Some((&mut self.leases[at], run));
        }
        // The oldest of those with the longest run.
        let longest = self.leases.iter_mut().rev();
        let lease = longest.max_by_key(|l| l.unbegun.longest())?;
        if lease.unbegun.is_empty() {
            return None;
        }
        let run = lease.unbegun.split();
        Some((lease, run))
    }

    fn report(&mut self) -> Done {
        self.flushed = Instant::now();
        let done: Done = self
            .leases
            .iter_mut()
            .filter(|l| !l.done.is_empty())
            .map(|l| (l.id, std::mem::take(&mut l.done).iter().collect()))
            .collect();
        self.leases
            .retain(|l| l.running > 0 || !l.unbegun.is_empty());
        self.reporting += usize::from(!done.is_empty());
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(threads: usize) -> CallState {
        CallState::new(0, threads, false, Arc::new(Waker::default()))
    }

    fn block(call: &CallState) -> Block {
        match call.next(0, |_| ()) {
            Some(Next::Block(block)) => block,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_recall_leaves_done_is_reported() {
        let call = call(1);
        call.leased(1, Span::new(0, 2), Rope::new());
        let first = block(&call);
        assert_eq!(call.finish(0, first, Duration::from_nanos(1)), None);
        assert_eq!(call.recall(1), [Span::new(1, 2)]);
        assert_eq!(call.next(0, |_| ()), Some(Next::Report));
        assert_eq!(call.report(), [(1, vec![Span::new(0, 1)])]);
    }

    #[test]
    fn blocks_cover_leases_once_and_are_reported_once() {
        let call = call(2);
        call.leased(1, Span::new(0, 100), Rope::new());
        call.leased(2, Span::new(100, 103), Rope::new());
        let mut seen = crate::engine::span::SpanSet::new();
        let mut reported = crate::engine::span::SpanSet::new();
        while reported.grains() < 103 {
            let block = block(&call);
            assert_eq!(seen.insert(block.span), block.span.len());
            for (_, spans) in call
                .finish(0, block, Duration::from_nanos(1))
                .unwrap_or_default()
            {
                for span in spans {
                    assert_eq!(reported.insert(span), span.len());
                }
            }
        }
        assert_eq!(call.appetite().unbegun, 0);
    }

    /// Each of two workers goes on where it was, in this lease and from one to the next.
    #[test]
    fn workers_go_on_where_they_were() {
        let call = call(2).in_any_order(true);
        call.leased(1, Span::new(0, 8), Rope::new());
        let take = |me| match call.try_next(me) {
            Some(Next::Block(block)) => {
                // So long that a block is one grain.
                call.finish(me, block, Duration::from_millis(1));
                block.span.start
            }
            other => panic!("{other:?}"),
        };
        assert_eq!([take(0), take(1), take(0), take(1)], [0, 4, 1, 5]);
        assert_eq!([take(1), take(1)], [6, 7]);
        call.leased(2, Span::new(8, 16), Rope::new());
        assert_eq!([take(1), take(0), take(1)], [8, 2, 9]);
        // The longest of what others are about to do.
        assert_eq!([take(0), take(0), take(0)], [3, 13, 14]);
        assert_eq!(call.recall(2), [Span::new(12, 13), Span::new(15, 16)]);
        assert_eq!([take(0), take(0)], [11, 10]);
        assert_eq!(call.try_next(0), None);
    }

    #[test]
    fn recall_takes_only_what_is_not_begun() {
        let call = call(1);
        call.leased(1, Span::new(0, 10), Rope::new());
        assert_eq!(block(&call).span, Span::new(0, 1));
        assert_eq!(call.recall(1), [Span::new(5, 10)]);
        assert_eq!(call.recall(9), []);
        assert_eq!(call.appetite().unbegun, 4);
        call.cut(2);
        assert_eq!(call.appetite().unbegun, 1);
    }

    #[test]
    fn stop_wakes_those_who_wait() {
        let call = call(1);
        std::thread::scope(|s| {
            let waiter = s.spawn(|| call.next(0, |_| ()));
            call.stop();
            assert_eq!(waiter.join().ok(), Some(None));
        });
    }
}
