//! Tables in an HDF5 file: a group for each, with a data set of one dimension for each column.

use super::super::log::identity::Identity;
use super::table::{Cells, Table};
use crate::staged;
use grange::Error;
use hdf5::types::VarLenUnicode;
use hdf5::{File, Location};
use std::path::Path;

/// Writes them.
///
/// # Errors
/// When they cannot be written.
pub fn write(path: &Path, identity: &Identity, tables: &[(&str, Table)]) -> Result<(), Error> {
    staged::commit(path, create(&staged::part(path), identity, tables))
}

fn create(path: &Path, identity: &Identity, tables: &[(&str, Table)]) -> hdf5::Result<()> {
    let file = File::create(path)?;
    let words = [std::slice::from_ref(&identity.program), &identity.arguments].concat();
    for (name, value) in [
        ("format", identity.format.clone()),
        ("command", shell_words::join(words)),
        ("scaling", identity.mode.clone()),
        ("launcher", identity.launcher.clone()),
        ("versions", identity.versions.clone()),
    ] {
        note(&file, name, &value)?;
    }
    for (name, table) in tables {
        let group = file.create_group(name)?;
        for column in &table.columns {
            let name = column.name.as_str();
            let builder = group.new_dataset_builder();
            let set = match &column.cells {
                Cells::Integers(list) => builder.with_data(list.as_slice()).create(name)?,
                Cells::Floats(list) => builder.with_data(list.as_slice()).create(name)?,
                Cells::Texts(list) => {
                    let list: Vec<VarLenUnicode> = list.iter().map(|words| text(words)).collect();
                    builder.with_data(list.as_slice()).create(name)?
                }
            };
            // Times have it in their names; all else are counts and shares.
            if name.contains("seconds") {
                note(&set, "units", "s")?;
            }
        }
    }
    file.close()
}

fn note(of: &Location, name: &str, value: &str) -> hdf5::Result<()> {
    of.new_attr::<VarLenUnicode>()
        .create(name)?
        .write_scalar(&text(value))
}

/// A NUL would end a text, so it is shown as the symbol for it.
fn text(text: &str) -> VarLenUnicode {
    text.replace('\0', "\u{2400}").parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::super::log::identity::tests::identity;
    use super::super::table::{floats, integers, texts};
    use super::*;
    use std::{env, fs, process};

    #[test]
    fn there_and_back() {
        let path = env::temp_dir().join(format!("grange-scaling-{}.h5", process::id()));
        let table = Table {
            columns: vec![
                integers("ranks", [1, 2].into_iter()),
                floats("seconds", [0.5, f64::NAN].into_iter()),
                texts("exit", ["0", "signal 9"].map(String::from).into_iter()),
            ],
        };
        let empty = Table {
            columns: vec![floats("value", std::iter::empty())],
        };
        write(&path, &identity(), &[("scaling", table), ("fits", empty)]).unwrap();
        let file = File::open(&path).unwrap();
        let set = |name: &str| file.dataset(name).unwrap();
        assert_eq!(set("scaling/ranks").read_raw::<u64>().unwrap(), [1, 2]);
        let seconds = set("scaling/seconds").read_raw::<f64>().unwrap();
        assert!(seconds[0] == 0.5 && seconds[1].is_nan());
        let exit = set("scaling/exit").read_raw::<VarLenUnicode>().unwrap();
        assert_eq!(exit[1].as_str(), "signal 9");
        let units = set("scaling/seconds").attr("units").unwrap();
        assert_eq!(units.read_scalar::<VarLenUnicode>().unwrap().as_str(), "s");
        assert_eq!(set("fits/value").shape(), [0]);
        let command = file.attr("command").unwrap();
        let command = command.read_scalar::<VarLenUnicode>().unwrap();
        assert_eq!(command.as_str(), "/bin/p 1e9 'a b'");
        drop(file);
        fs::remove_file(&path).unwrap();
    }
}
