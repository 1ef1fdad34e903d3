//! What tests of whole programs share: running them under a deadline, launching them on several ranks, and
//! making sure that nothing of them stays behind.
//!
//! Include it by `mod support;`, or from a folder by `#[path = "../support/mod.rs"] mod support;`.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod company;
pub mod environment;
pub mod launcher;
pub mod layouts;
pub mod left;
pub mod outcome;
pub mod python;
pub mod ranks;
pub mod run;
pub mod temp;
