//! What is done for each row: the model, or a command.

use crate::Args;
use crate::command::Command;
use crate::model::Model;
use crate::row::{Column, Outcome};
use grange::params::{Kind, Table};
use grange::{Error, Pool};

/// Where every result is large, fewer of them wait for their turn.
const MOST_OUTPUTS_WAITING: u64 = 64;

pub enum Work {
    Model(Model),
    Command(Command),
}

impl Work {
    pub fn new(args: &Args, table: &Table) -> Result<Self, Error> {
        let names: Vec<&str> = table.names().collect();
        match &args.command {
            Some(text) => Command::new(text, &names, args.timeout).map(Work::Command),
            None => Model::new(&names).map(Work::Model),
        }
    }

    /// The parameters, then the results.
    pub fn columns(&self, table: &Table) -> Result<Vec<Column>, Error> {
        let unit = |name| match self {
            Work::Model(_) => Model::unit(name),
            Work::Command(_) => "",
        };
        let results = match self {
            Work::Model(_) => vec![
                Column::new("x", Kind::Float, "m"),
                Column::new("v", Kind::Float, "m/s"),
                Column::new("energy", Kind::Float, "J"),
                Column::new("error", Kind::Text, ""),
            ],
            Work::Command(_) => vec![
                Column::new("exit", Kind::Text, ""),
                Column::new("seconds", Kind::Float, "s"),
                Column::new("stdout", Kind::Text, ""),
                Column::new("stderr", Kind::Text, ""),
            ],
        };
        if let Some(taken) = results.iter().find(|c| table.names().any(|n| n == c.name)) {
            return Err(Error::Usage(format!(
                "a parameter cannot be called '{}', as one of the results is",
                taken.name
            )));
        }
        let parameters = table.names().zip(table.kinds());
        Ok(parameters
            .map(|(name, kind)| Column::new(name, kind, unit(name)))
            .chain(results)
            .collect())
    }

    /// How many rows may wait for those before them.
    pub fn buffer(&self, pool: &Pool) -> u64 {
        let threads = pool.total_threads() as u64;
        match self {
            Work::Model(_) => (64 * threads).max(1024),
            Work::Command(_) => (4 * threads).max(MOST_OUTPUTS_WAITING),
        }
    }

    /// No further results are wanted from this rank.
    pub fn stop(&self) {
        if let Work::Command(command) = self {
            command.stop();
        }
    }

    pub fn run(&self, table: &Table, index: u128) -> Outcome {
        let values = table.row(index).unwrap_or_default();
        match self {
            Work::Model(model) => model.run(&values),
            Work::Command(command) => command.run(index + 1, &values),
        }
    }
}
