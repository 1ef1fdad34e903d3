//! grange
pub mod engine;
pub use engine::schedule::{Schedule, ScheduleError};
