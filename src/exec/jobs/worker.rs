//! The loop of one worker thread.

use super::frozen;
use super::record::{Child, Ending};
use super::state::{JobState, Outcome, Task};
use crate::engine::span::Span;
use crate::exec::help::{Looks, help};
use crate::exec::panics;
use crate::measure::rank::Book;
use crate::session::spec::Spec;
use std::time::{Duration, Instant};

/// Between jobs rayon's pieces are looked for this often.
const HELP: Duration = Duration::from_micros(100);
/// A worker keeps its buffer up to this size.
const BUFFER: usize = 1 << 20;

/// Why a job has no value.
pub enum Failure {
    /// Its function returned an error.
    Failed(String),
    /// Its input or its result does not survive serialization.
    Damaged(String),
}

/// Runs a job: reads its input, appends its result to the buffer and what it submits to the list.
pub type Run<'a> = dyn Fn(&Task, &mut Vec<u8>, &mut Vec<Child>) -> Result<(), Failure> + Sync + 'a;

/// A worker beyond rayon's threads cannot help these; it is woken when there is something.
const EXTRA: Duration = Duration::from_secs(1);

/// Runs jobs until the call is over. `threads`: those of rayon on this rank. Their time goes into the `book` of `spec`.
pub fn work(
    state: &JobState,
    seat: usize,
    threads: usize,
    run: &Run<'_>,
    (book, spec): (&Book, &Spec),
) {
    let _entered = frozen::enter(&state.frozen);
    let (mut buffer, mut children) = (Vec::new(), Vec::new());
    let mut looks = Looks::new(threads);
    let mut helped = Instant::now();
    loop {
        if seat < threads && helped.elapsed() > HELP {
            let since = Instant::now();
            let mut any = false;
            while help() {
                looks.found();
                any = true;
            }
            if any {
                book.helped(seat, since);
            }
            helped = Instant::now();
        }
        let wait = if seat < threads { looks.wait() } else { EXTRA };
        let task = match state.next(seat, wait) {
            Ok(Some(task)) => task,
            // Time to look whether rayon has something.
            Ok(None) => continue,
            Err(()) => return,
        };
        looks.found();
        buffer.clear();
        children.clear();
        let began = Instant::now();
        book.begins(seat, began);
        let outcome = panics::catch(|| run(&task, &mut buffer, &mut children));
        let computed = Instant::now();
        let (ending, text) = match outcome {
            Ok(Ok(())) => (Ending::Value, None),
            Ok(Err(Failure::Failed(text))) => (Ending::Failed, Some(text)),
            Ok(Err(Failure::Damaged(text))) => (Ending::Damaged, Some(text)),
            Err(panic) => (Ending::Panic, Some(panic)),
        };
        if text.is_some() {
            // What a job that failed has submitted would come twice when it is tried again.
            children.clear();
        }
        let outcome = Outcome {
            ending,
            payload: text.as_deref().map_or(&buffer[..], str::as_bytes),
            children: &children,
        };
        state.finish(seat, &task, &outcome);
        let job = Span::new(task.job, task.job + 1);
        book.did(seat, spec, job, [began, computed, Instant::now()]);
        if buffer.capacity() > BUFFER {
            buffer = Vec::new();
        }
    }
}
