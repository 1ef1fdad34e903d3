//! Any program, once for each row.

mod capture;
mod environment;
mod group;
pub mod guard;
mod launchers;
mod process;
mod template;
mod told;
mod watch;

use crate::row::{Cell, Outcome, on_one_line};
use grange::Error;
use grange::params::Value;
use guard::Guard;
use process::{Exit, Limits, Stop};
use std::time::Duration;
use template::Template;
use told::Told;

pub struct Command {
    template: Template,
    limits: Limits,
    guard: Guard,
    told: Told,
}

impl Command {
    /// # Errors
    /// When the text makes no sense with parameters of these names.
    pub fn new(text: &str, names: &[&str], timeout: Option<Duration>) -> Result<Self, Error> {
        Ok(Command {
            template: Template::parse(text, names)?,
            limits: Limits {
                timeout,
                removed: environment::of_launchers(),
                stop: Stop::default(),
            },
            guard: Guard::start()
                .map_err(|e| Error::user(format!("cannot watch over programs: {e}")))?,
            told: Told::new().map_err(|e| Error::user(format!("cannot attend to signals: {e}")))?,
        })
    }

    /// Ends what runs on this rank: nobody wants it any more.
    pub fn stop(&self) {
        self.limits.stop.stop();
    }

    pub fn run(&self, row: u128, values: &[Value]) -> Outcome {
        let words = self.template.words(row, values);
        let mut finished = process::run(&words, &self.limits, &self.guard);
        if self.told.also(finished.exit) {
            // There may be the time for another try; else that is for the run that resumes.
            finished = process::run(&words, &self.limits, &self.guard);
        }
        let failure = match &finished.exit {
            Exit::Code(0) => None,
            Exit::Timeout => Some(format!("timed out after {:.1} s", finished.seconds)),
            exit => {
                let said = finished.stderr.lines().find(|line| !line.trim().is_empty());
                let said = said.map_or(String::new(), |line| format!(": {}", line.trim()));
                let how = match exit {
                    Exit::Code(code) => format!("exit code {code}"),
                    exit => exit.to_string(),
                };
                Some(on_one_line(&(how + &said), 200))
            }
        };
        Outcome {
            cells: vec![
                Cell::Text(finished.exit.to_string()),
                // Nothing finer can be meant.
                Cell::Float((finished.seconds * 1e6).round() / 1e6),
                Cell::Text(finished.stdout),
                Cell::Text(finished.stderr),
            ],
            failure,
        }
    }
}
