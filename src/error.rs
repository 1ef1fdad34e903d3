//! Everything that can go wrong, as one enum.

use crate::engine::schedule::ScheduleError;
use std::fmt;

/// Why a call, and with it the run, did not succeed. Each variant says which exit code the program
/// leaves with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The command line or a setting makes no sense. Exit code 2.
    Usage(String),
    /// The user's function panicked or returned an error. Exit code 3.
    User(String),
    /// The result does not fit its type. Exit code 3.
    Overflow(String),
    /// A value cannot be written, or changes when it is written and read. Exit code 3.
    Value(String),
    /// Ranks reached different calls, or one left early. Exit code 4.
    OutOfStep(String),
    /// A call's deadline passed. Exit code 5.
    Deadline(String),
    /// A message between ranks is not what was sent, or makes no sense. Exit code 3.
    Damaged(String),
    /// A checkpoint is damaged beyond use. Exit code 7.
    Checkpoint(String),
    /// An audit found that ranks do not compute the same. Exit code 7.
    Audit(String),
    /// A self-test found that this machine, or this build, computes something wrong. Exit code 7.
    SelfTest(String),
    /// The run was stopped by a signal or its time limit; the same command resumes it. Exit code 75.
    Interrupted(String),
    /// The run was stopped by the signal of that number, and nothing of it is kept. Exit code 128 more than
    /// the number, as shells have it.
    Signal(u8, String),
    /// The MPI library or the launcher failed. Exit code 2 when the launch itself was wrong.
    Launch(String),
    /// The run was stopped by an error on some rank, which rank 0 has told already.
    Stopped(u8),
}

impl Error {
    /// The exit code that this error gives the program.
    pub fn code(&self) -> u8 {
        match self {
            Error::Usage(_) | Error::Launch(_) => 2,
            Error::User(_) | Error::Overflow(_) | Error::Value(_) | Error::Damaged(_) => 3,
            Error::OutOfStep(_) => 4,
            Error::Deadline(_) => 5,
            Error::Checkpoint(_) | Error::Audit(_) | Error::SelfTest(_) => 7,
            Error::Interrupted(_) => 75,
            Error::Signal(number, _) => 128 | number,
            Error::Stopped(code) => *code,
        }
    }

    /// An error of the user's own, to end the run with.
    pub fn user(error: impl fmt::Display) -> Self {
        Error::User(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage(t)
            | Error::User(t)
            | Error::Overflow(t)
            | Error::Value(t)
            | Error::OutOfStep(t)
            | Error::Deadline(t)
            | Error::Damaged(t)
            | Error::Checkpoint(t)
            | Error::Audit(t)
            | Error::SelfTest(t)
            | Error::Interrupted(t)
            | Error::Signal(_, t)
            | Error::Launch(t) => f.write_str(t),
            Error::Stopped(code) => write!(f, "the run was stopped (exit code {code})"),
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::user(error)
    }
}

impl From<ScheduleError> for Error {
    fn from(error: ScheduleError) -> Self {
        Error::Usage(error.to_string())
    }
}

impl From<String> for Error {
    fn from(text: String) -> Self {
        Error::User(text)
    }
}

impl From<&str> for Error {
    fn from(text: &str) -> Self {
        Error::User(text.to_owned())
    }
}

impl From<Box<dyn std::error::Error>> for Error {
    fn from(error: Box<dyn std::error::Error>) -> Self {
        Error::user(error)
    }
}

impl From<Box<dyn std::error::Error + Send + Sync>> for Error {
    fn from(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Error::user(error)
    }
}
