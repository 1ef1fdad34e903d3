//! Why a job has no result.

use crate::error::Error;
use std::fmt;
use std::time::Duration;

/// Why a job has no result: which, where, and the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobError {
    /// Its number, by order of submission from 0.
    pub job: u64,
    /// The rank that ran it last, if one did.
    pub rank: Option<usize>,
    /// The host of that rank, else empty.
    pub host: String,
    /// What happened.
    pub cause: Cause,
}

/// What may happen to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Its handler panicked; the text with its place in the source.
    Panic(String),
    /// Its handler returned an error.
    Failed(String),
    /// Its input or its result cannot be written, or changes when it is written and read.
    Value(String),
    /// It ran for longer than it may.
    Deadline(Duration),
    /// It was cancelled.
    Cancelled,
    /// The run is being stopped, with this exit code.
    Stopped(u8),
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job {}", self.job)?;
        if let Some(rank) = self.rank {
            write!(f, " on rank {rank} ({})", self.host)?;
        }
        match &self.cause {
            Cause::Panic(text) => write!(f, ": {text}"),
            Cause::Failed(text) => write!(f, ": the handler returned an error: {text}"),
            Cause::Value(text) => write!(f, ": {text}"),
            Cause::Deadline(limit) => {
                write!(f, ": it ran past its deadline of {} s", limit.as_secs_f64())
            }
            Cause::Cancelled => f.write_str(" was cancelled"),
            Cause::Stopped(code) => write!(f, ": the run was stopped (exit code {code})"),
        }
    }
}

impl std::error::Error for JobError {}

/// So that `?` on a handle ends the run with what went wrong.
impl From<JobError> for Error {
    fn from(error: JobError) -> Self {
        match error.cause {
            Cause::Stopped(code) => Error::Stopped(code),
            Cause::Value(_) => Error::Value(error.to_string()),
            Cause::Deadline(_) => Error::Deadline(error.to_string()),
            _ => Error::User(error.to_string()),
        }
    }
}
