//! In place of `store` where HDF5 is not built in.

use super::identity::Identity;
use super::rows::Rows;
use super::state::Image;
use crate::engine::span::SpanSet;
use std::path::Path;

const MISSING: &str = "built without HDF5";

pub fn write_main(_: &Path, _: &Image, _: &str) -> Result<(), String> {
    Err(MISSING.into())
}

pub fn read_main(_: &Path) -> Result<Image, String> {
    Err(MISSING.into())
}

pub fn write_piece(_: &Path, _: &Identity, _: &SpanSet, _: &Rows) -> Result<(), String> {
    Err(MISSING.into())
}

pub fn read_piece(_: &Path) -> Result<(SpanSet, Rows), String> {
    Err(MISSING.into())
}
