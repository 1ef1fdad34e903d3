//! One run of a program over all its ranks: the comm thread and what it decides.
//!
//! Each process has one comm thread ([`service`]), which owns the transport from start to finish and never
//! runs user code, file I/O or a blocking MPI call. On every rank it is an [`agent`]: it takes leases in,
//! sends results out and asks for more. On rank 0 it is also the [`lead`]: it matches the calls that the
//! ranks reach, drives a coordinator for each, and brings the run to its end. The user's `main` talks to
//! it through the [`hub`].

pub mod agent;
pub mod allotted;
pub mod audit;
pub mod call;
pub mod frozen;
pub mod hub;
pub mod jobs;
pub mod joining;
pub mod lead;
pub mod mark;
pub mod parting;
pub mod presence;
pub mod service;
pub mod signals;
pub mod spec;
pub mod start;
pub mod stopping;
mod visit;
