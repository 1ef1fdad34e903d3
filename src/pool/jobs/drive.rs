//! One call of jobs from its beginning on this rank to its end.

use super::book::{Book, Call};
use super::context::Context;
use super::slot::Options;
use super::{Jobs, Scope};
use crate::error::Error;
use crate::exec::jobs::batch::{Input, Terms};
use crate::exec::jobs::frozen;
use crate::exec::jobs::record::Child;
use crate::exec::jobs::state::{JobState, Task};
use crate::exec::jobs::worker::{Failure, Run, work};
use crate::exec::leased::Leased;
use crate::exec::mailbox::{Mail, Mailbox};
use crate::exec::panics;
use crate::pool::Pool;
use crate::pool::execute::Order;
use crate::pool::settings::Keeping;
use crate::session::hub::Local;
use crate::session::jobs::Submissions;
use crate::session::spec::{Kind, Spec};
use crate::wire::value;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use std::cell::Cell;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

impl<I, O, F> Jobs<'_, I, O, F>
where
    I: Serialize + DeserializeOwned,
    O: Serialize + DeserializeOwned,
    F: Fn(&Context<'_, I>, I) -> Result<O, String> + Sync,
{
    /// Runs `driver` on rank 0; returns what it returns on every rank. Jobs that are in flight when it returns
    /// well are waited for, callbacks included; when it returns an error or panics they are dropped.
    ///
    /// # Errors
    /// When `driver` returns an error or panics, when the run is stopped. A job that fails is an error of its
    /// handle, not of the call.
    #[track_caller]
    pub fn drive<'env, R, E>(
        self,
        driver: impl FnOnce(&Scope<'env, I, O>) -> Result<R, E>,
    ) -> Result<R, Error>
    where
        R: Serialize + DeserializeOwned,
        E: Into<Error>,
    {
        let order = self.order(Location::caller());
        let Jobs {
            pool,
            handler,
            settings,
            ..
        } = self;
        let label = order.label();
        let identity = pool.identify(&order)?;
        let (mut spec, manner) = pool.open(order)?;
        if pool.audit.is_some_and(|share| share > 0.0) {
            pool.hint(format_args!("{} are not audited", spec.place.text));
        }
        let keep = pool.keep_jobs(identity, &mut spec)?;
        let spec = Arc::new(spec);
        let seq = spec.seq;
        let (rank, threads) = (pool.rank(), pool.threads());
        let waker = pool.hub.waker.clone();
        let state = Arc::new(JobState::new(rank as u32, threads, waker));
        let mailbox = Arc::new(Mailbox::<()>::default());
        let submissions = (rank == 0).then(|| Arc::new(Submissions::default()));
        let run = |task: &Task, buffer: &mut Vec<u8>, children: &mut Vec<Child>| {
            let context = Context::new(task.job, rank, &state, children);
            run(&handler, task, context, buffer)
        };
        let run: &Run<'_> = &run;
        let began = Instant::now();
        let jobs = Cell::new(0);
        let book = (&*pool.book, &*spec);
        pool.hub.send(Local::Begin {
            spec: spec.clone(),
            state: state.clone(),
            inbox: mailbox.clone(),
            submissions: submissions.clone(),
        });
        let result = thread::scope(|extra| {
            let seats = || {
                while let Some(seat) = state.next_seat() {
                    let name = format!("{}extra-{seat}", panics::THREAD_NAME);
                    let thread = thread::Builder::new().name(name);
                    let state = &state;
                    let begun =
                        thread.spawn_scoped(extra, move || work(state, seat, threads, run, book));
                    if begun.is_err() {
                        state.no_thread_for(seat);
                    }
                }
            };
            let seats = thread::Builder::new()
                .name(format!("{}seats", panics::THREAD_NAME))
                .spawn_scoped(extra, seats);
            pool.with_workers(threads, &|me| work(&state, me, threads, run, book), || {
                let result = match (submissions, seats) {
                    (_, Err(error)) => {
                        let error = Error::user(format!("no threads: {error}"));
                        pool.hub.send(Local::Failed(error.clone()));
                        Err(error)
                    }
                    (Some(submissions), Ok(_)) => {
                        let call = Call {
                            seq,
                            hub: pool.hub.clone(),
                            mailbox: mailbox.clone(),
                            state: state.clone(),
                            submissions,
                            hosts: pool.world.hosts.clone(),
                            threads: pool.world.threads.clone(),
                            defaults: Rc::new(Options {
                                priority: 0,
                                terms: Terms::new(settings.retries, settings.limit),
                                group: None,
                                callback: None,
                            }),
                            window: settings.window,
                            progress: spec.progress.clone(),
                            place: spec.place.text.clone(),
                        };
                        let book = Book::new(call, keep);
                        let scope = Scope { book };
                        let shown = spec.progress.as_ref().zip(manner);
                        let _drawn = shown.map(|(progress, manner)| progress.draw(label, manner));
                        let _entered = frozen::enter(&state.frozen);
                        pool.conclude(&spec, &mailbox, || {
                            let driven = || {
                                let result = driver(&scope).map_err(Into::into)?;
                                scope.wait().map(|()| result)
                            };
                            // What came before a panic is kept.
                            let result = panics::catch(|| pool.section(driven));
                            let result = result.unwrap_or_else(|panic| {
                                let text = format!("rank 0, {}: {panic}", spec.place.text);
                                Err(Error::User(text))
                            });
                            jobs.set(scope.book.submitted());
                            scope.book.hand_over(true, result.is_ok());
                            // A driver may take it for another error, or for none.
                            let result = scope.book.interrupted().map_or(result, Err);
                            tell_unseen(pool, &scope);
                            result
                        })
                    }
                    (None, Ok(_)) => follow(&mailbox),
                };
                state.stop();
                result
            })
        });
        mailbox.clear();
        // How many there are is known at the end.
        let spec = Spec {
            items: jobs.get().into(),
            grains: jobs.get(),
            ..(*spec).clone()
        };
        pool.book.close(&spec, began, None);
        pool.hub.send(Local::Done(seq));
        result
    }

    fn keeping(&self) -> Option<Keeping> {
        // Inputs are compared one by one.
        let (path, version) = (&self.settings.checkpoint, &self.settings.version);
        Keeping::new(self.pool, path.as_ref(), version.as_deref(), Some(0))
    }

    fn order(&self, at: &'static Location<'static>) -> Order {
        let spec = Spec {
            schedule: self
                .settings
                .schedule
                .or(self.pool.schedule)
                .unwrap_or_default(),
            speculate: self.settings.speculate,
            deadline: self.settings.deadline,
            ..Spec::of(Kind::Jobs)
        };
        Order {
            spec,
            verb: "jobs",
            name: self.settings.name.clone(),
            at,
            types: type_name::<(I, O)>(),
            streaming: false,
            show: self.settings.show,
            audit: None,
            keeping: self.keeping(),
        }
    }
}

/// Runs one job.
fn run<I, O, F>(
    handler: &F,
    task: &Task,
    context: Context<'_, I>,
    buffer: &mut Vec<u8>,
) -> Result<(), Failure>
where
    I: DeserializeOwned,
    O: Serialize + DeserializeOwned,
    F: Fn(&Context<'_, I>, I) -> Result<O, String>,
{
    let damaged = |e: Error| Failure::Damaged(e.to_string());
    let input: I = match task.batch.input(task.index) {
        Input::Slice(bytes) => value::from_slice(bytes),
        Input::Rope(mut rope) => value::read(&mut rope),
    }
    .map_err(damaged)?;
    let output = handler(&context, input).map_err(Failure::Failed)?;
    if let Some(text) = context.refused() {
        return Err(Failure::Damaged(text));
    }
    value::check(&output).map_err(damaged)?;
    value::append(buffer, &output).map_err(damaged)
}

/// Failures that nobody has looked at.
fn tell_unseen<I, O>(pool: &Pool, scope: &Scope<'_, I, O>) {
    if let Some((count, first)) = scope.book.unseen() {
        let others = match count {
            1 => String::new(),
            n => format!(" (and {} more)", n - 1),
        };
        pool.warn(format_args!(
            "a job failed and nobody asked for its result: {first}{others}"
        ));
    }
}

fn follow<R: DeserializeOwned>(mailbox: &Mailbox<()>) -> Result<R, Error> {
    loop {
        if let Mail::End(result) = mailbox.next() {
            return result.and_then(|mut rope| value::read(&mut rope));
        }
    }
}
