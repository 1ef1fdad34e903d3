//! One call from its beginning on this rank to its end.

use super::Pool;
use super::failures::FailedItems;
use super::inbox::{Inbox, gather};
use super::keep::call::Keep;
use super::settings::Keeping;
use crate::checkpoint::Failure;
use crate::comm::harm;
use crate::engine::span::Span;
use crate::error::Error;
use crate::exec::audit::Share;
use crate::exec::call::CallState;
use crate::exec::jobs::frozen;
use crate::exec::leased::Leased;
use crate::exec::mailbox::{Mail, Mailbox};
use crate::exec::task::Task;
use crate::exec::worker::Shared;
use crate::exec::{lock, panics};
use crate::progress::{Beside, Manner, Progress};
use crate::session::hub::Local;
use crate::session::spec::{Kind, Spec};
use crate::wire::message::Place;
use crate::wire::rope::Rope;
use crate::wire::value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::Location;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// From this size on a result waits for room.
const LARGE: u64 = 64 << 10;
/// Nobody minds idle cores for less.
const WORTH_A_HINT: Duration = Duration::from_millis(250);

/// What a call is, before it has a number.
pub struct Order {
    /// Everything but `seq` and `place`.
    pub spec: Spec,
    /// Such as `map`.
    pub verb: &'static str,
    /// The user's name for it.
    pub name: Option<String>,
    /// Where it stands in the user's source.
    pub at: &'static Location<'static>,
    /// Types that are to be the same everywhere.
    pub types: &'static str,
    /// Values leave grain by grain.
    pub streaming: bool,
    /// Progress is wanted; without a terminal, so often.
    pub show: Option<Duration>,
    /// The share of its grains that is computed again.
    pub audit: Option<f64>,
    /// Where it is kept, if it is.
    pub keeping: Option<Keeping>,
}

impl Order {
    pub(super) fn what(&self) -> String {
        match &self.name {
            Some(name) => format!("'{name}' ({})", self.verb),
            None => self.verb.to_owned(),
        }
    }

    /// What and where it is, but not how large.
    pub(super) fn label(&self) -> String {
        format!("{} at {}", self.what(), self.at)
    }

    fn place(&self) -> Place {
        let s = &self.spec;
        let mut hasher = DefaultHasher::new();
        let flags = (
            self.streaming,
            s.deferred,
            s.speculate,
            s.deadline,
            s.ceiling,
            s.trials,
            self.audit.map(f64::to_bits),
        );
        (
            self.verb,
            &self.name,
            s.grains,
            s.grain,
            s.items,
            s.schedule.to_string(),
            flags,
            self.types,
        )
            .hash(&mut hasher);
        (self.at.file(), self.at.line(), self.at.column()).hash(&mut hasher);
        let what = self.what();
        let size = if matches!(s.kind, Kind::Root | Kind::Jobs) {
            String::new()
        } else {
            format!(" over {} item(s)", s.items)
        };
        Place {
            fingerprint: hasher.finish(),
            text: format!("{what}{size} at {}", self.at),
        }
    }
}

impl Pool {
    /// Runs a call. On rank 0 `fold` takes its parts and makes the result, which all ranks return.
    pub(super) fn execute<T: Task, R: Serialize + DeserializeOwned>(
        &self,
        order: Order,
        task: &T,
        fold: impl FnOnce(&mut Inbox<'_, T>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let streaming = order.streaming;
        let label = order.label();
        let identity = self.identify(&order)?;
        let (mut spec, manner) = self.open(order)?;
        if task.is_bare() && spec.audit.take().is_some() {
            self.hint(format_args!(
                "{} has no values that an audit could compare",
                spec.place.text
            ));
        }
        let keep = self.keep(identity, &mut spec, task)?;
        let spec = Arc::new(spec);
        let seq = spec.seq;
        let workers = if spec.kind == Kind::Root {
            0
        } else {
            self.threads()
        };
        let call = CallState::new(seq, workers, streaming, self.hub.waker.clone());
        let call = call.in_any_order(task.in_any_order());
        let call = Arc::new(call.audited(spec.audit, harm::bends(self.world.rank)));
        let mailbox = Arc::new(Mailbox::default());
        let describe = |span, item: Option<u128>| match item {
            Some(item) => format!("item {item} of {}", spec.place.text),
            None => format!("{} of {}", spec.items_of(span), spec.place.text),
        };
        let shared = Shared {
            task,
            call: &call,
            store: Mutex::new(task.store()),
            mailbox: (self.rank() == 0).then(|| mailbox.clone()),
            describe: &describe,
            trials: spec.trials,
            book: Some((&self.book, &spec)),
        };
        let began = Instant::now();
        self.hub.send(Local::Begin {
            spec: spec.clone(),
            state: call.clone(),
            inbox: mailbox.clone(),
            submissions: None,
        });
        let shown = spec.progress.as_ref().zip(manner);
        let result = self.with_workers(workers, &|me| shared.work(me), || {
            let _drawn = shown.map(|(progress, manner)| progress.draw(label, manner));
            let result = if self.rank() == 0 {
                self.lead(&spec, &mailbox, &shared, keep, fold)
            } else {
                self.follow(&spec, &mailbox, &shared)
            };
            call.stop();
            result
        });
        // Values that nobody wants any more are dropped here: the comm thread runs no code of the user's.
        mailbox.clear();
        self.book.close(&spec, began, mailbox.done());
        self.hub.send(Local::Done(seq));
        if call.has_failed() && result.is_ok() {
            // A thread's last values are missing; the comm thread tells rank 0 why.
            return Err(Error::Stopped(3));
        }
        if result.is_ok() {
            self.advise(&spec, began.elapsed());
        }
        result
    }

    /// Items failed and were set aside: people hear of it, and the exit code tells.
    fn set_aside(&self, spec: &Spec, failures: Vec<Failure>) {
        const TOLD: usize = 10;
        let what = |f: &Failure| match f.item {
            Some(item) => format!("item {item}"),
            None => spec.items_of(Span::new(f.grain, f.grain + 1)),
        };
        for f in failures.iter().take(TOLD) {
            let (rank, host, text) = (f.rank, &f.host, &f.text);
            self.warn(format_args!(
                "set aside: {} of {} failed on rank {rank} ({host}): {text}",
                what(f),
                spec.place.text
            ));
        }
        if let Some(more) = failures.len().checked_sub(TOLD + 1) {
            self.warn(format_args!("and {} more of {}", more + 1, spec.place.text));
        }
        let failed = failures.into_iter().map(|f| FailedItems {
            call: spec.place.text.clone(),
            items: spec.bounds(Span::new(f.grain, f.grain + 1)),
            rank: f.rank as usize,
            host: f.host,
            cause: f.text,
        });
        self.failures.borrow_mut().extend(failed);
    }

    /// Gives a call its number and its place; also says how its progress is shown, if it is.
    pub(super) fn open(&self, mut order: Order) -> Result<(Spec, Option<Manner>), Error> {
        let place = order.place();
        if self.in_section.get() {
            return Err(Error::Usage(format!(
                "{} is called inside of a section that runs on rank 0 only, where the other ranks cannot follow",
                place.text
            )));
        }
        let seq = self.calls.get();
        self.calls.set(seq + 1);
        // Other grains of a call that is made again.
        let seed = place.fingerprint.wrapping_add(seq);
        order.spec.audit = order.audit.and_then(|share| Share::new(share, seed));
        (order.spec.seq, order.spec.place) = (seq, place);
        let manner = Manner::of(order.show, self.showing);
        let manner = manner.filter(|_| self.rank() == 0 && order.spec.kind != Kind::Root);
        order.spec.progress = manner.map(|_| self.progress_of(&order.spec));
        Ok((order.spec, manner))
    }

    fn progress_of(&self, spec: &Spec) -> Progress {
        let unit = match spec.kind {
            Kind::Jobs => "jobs",
            _ => "items",
        };
        let (hub, files, ranks) = (self.hub.clone(), self.files.clone(), self.size());
        let others = move || {
            let lost = hub.lost();
            let gone = lost.range(ranks as u32..).count();
            let joined = match hub.guests().len() - gone {
                0 => None,
                n => Some(format!("{n} joined")),
            };
            let lost = lost.len() - gone;
            let active = match (ranks, lost) {
                (1, _) => None,
                (_, 0) => Some(format!("{ranks} ranks")),
                _ => Some(format!("{} of {ranks} ranks", ranks - lost)),
            };
            let age = files
                .age()
                .map(|age| format!("checkpoint {} s old", age.as_secs()));
            active.into_iter().chain(joined).chain(age).collect()
        };
        let progress = Progress::new(unit)
            .in_grains(spec.grain, self.total_threads() as u64)
            .beside(Beside::new(others));
        progress.set_total(spec.items);
        progress
    }

    /// Fewer than four grains a thread leave threads idle at the end.
    fn advise(&self, spec: &Spec, took: Duration) {
        let threads = self.total_threads() as u64;
        if spec.grain > 1 && spec.grains < 4 * threads && took > WORTH_A_HINT {
            let (grains, grain, text) = (spec.grains, spec.grain, &spec.place.text);
            self.hint(format_args!(
                "{grains} grain(s) of {grain} items for {threads} thread(s) leave some idle at the end; a smaller grain would help {text}"
            ));
        }
    }

    /// Runs `main` on this thread while the workers' loops run on rayon's.
    pub(super) fn with_workers<R>(
        &self,
        workers: usize,
        work: &(dyn Fn(usize) + Sync),
        main: impl FnOnce() -> R,
    ) -> R {
        if workers == 0 {
            return main();
        }
        let each = move |_: &rayon::Scope<'_>, context: rayon::BroadcastContext<'_>| {
            if context.index() < workers {
                work(context.index());
            }
        };
        match &self.rayon {
            Some(pool) => pool.in_place_scope(|scope| {
                scope.spawn_broadcast(each);
                main()
            }),
            None => rayon::in_place_scope(|scope| {
                scope.spawn_broadcast(each);
                main()
            }),
        }
    }

    fn lead<T: Task, R: Serialize>(
        &self,
        spec: &Spec,
        mailbox: &Mailbox<T::Part>,
        shared: &Shared<'_, T>,
        keep: Option<Keep>,
        fold: impl FnOnce(&mut Inbox<'_, T>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut inbox = Inbox::new(spec, mailbox, shared, keep);
        self.conclude(spec, mailbox, || {
            // What came before a panic is kept.
            let folded = panics::catch(|| {
                let folded = fold(&mut inbox)?;
                inbox.settle()?;
                Ok(folded)
            });
            inbox.close()?;
            let folded = folded.unwrap_or_else(|panic| {
                Err(Error::User(format!("rank 0, {}: {panic}", spec.place.text)))
            });
            self.set_aside(spec, inbox.set_aside());
            folded
        })
    }

    /// On rank 0: makes the result of a call, which goes to all ranks, or ends the run.
    pub(super) fn conclude<P, R: Serialize>(
        &self,
        spec: &Spec,
        mailbox: &Mailbox<P>,
        make: impl FnOnce() -> Result<R, Error>,
    ) -> Result<R, Error> {
        let outcome = panics::catch(|| {
            let result = make()?;
            frozen::written();
            let rope = value::to_rope(&result)?;
            if !frozen::written().is_empty() {
                return Err(Error::Usage(format!(
                    "the result of {} has a frozen value, which other ranks cannot read",
                    spec.place.text
                )));
            }
            Ok((result, rope))
        });
        let outcome = outcome.unwrap_or_else(|panic| {
            Err(Error::User(format!("rank 0, {}: {panic}", spec.place.text)))
        });
        match outcome {
            Ok((result, rope)) => {
                let large = rope.len() > LARGE;
                self.hub.send(Local::Result(spec.seq, rope));
                // Until there is room for more: a program that makes large results would fill the memory with
                // those that others have not taken yet.
                while large && !matches!(mailbox.next(), Mail::End(_)) {}
                Ok(result)
            }
            Err(error) => {
                self.last_words(&error);
                self.hub.send(Local::Failed(error.clone()));
                Err(error)
            }
        }
    }

    fn follow<T: Task, R: DeserializeOwned>(
        &self,
        spec: &Spec,
        mailbox: &Mailbox<T::Part>,
        shared: &Shared<'_, T>,
    ) -> Result<R, Error> {
        let mut early = Vec::new();
        loop {
            match mailbox.next() {
                Mail::Bytes(bytes) => early.push(bytes),
                Mail::End(result) => return result.and_then(|mut rope| value::read(&mut rope)),
                Mail::Gather { sources, to } => {
                    let sent = panics::catch(|| {
                        gather(mailbox, shared, sources, std::mem::take(&mut early))?;
                        let mut body = Rope::new();
                        let parts = shared.task.take_held(&mut lock(&shared.store));
                        shared.task.encode(parts, &mut body)?;
                        self.hub.send(Local::Held {
                            seq: spec.seq,
                            to,
                            body,
                        });
                        Ok(())
                    });
                    let sent = sent.unwrap_or_else(|panic| {
                        Err(Error::User(format!("{}: {panic}", spec.place.text)))
                    });
                    if let Err(error) = sent {
                        self.hub.send(Local::Failed(error.clone()));
                        return Err(error);
                    }
                }
                _ => {}
            }
        }
    }
}
