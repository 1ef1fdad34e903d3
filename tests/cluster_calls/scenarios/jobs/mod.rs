//! Submitted jobs.

mod calls;
mod chaos;
mod corners;
mod endings;
mod failures;
mod order;
mod travel;
mod workers;

use super::Run;

pub const ALL: &[&[(&str, Run)]] = &[
    calls::ALL,
    chaos::ALL,
    corners::ALL,
    endings::ALL,
    failures::ALL,
    order::ALL,
    travel::ALL,
    workers::ALL,
];
