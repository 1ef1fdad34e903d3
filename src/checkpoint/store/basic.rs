//! Attributes and data sets of one dimension.

use crate::checkpoint::header;
use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, File, Group, H5Type, Location};
use std::path::Path;

/// What libhdf5 says.
pub type Outcome<T> = hdf5::Result<T>;

/// Writes a file with an empty user block.
pub fn write(path: &Path, fill: impl FnOnce(&File) -> Outcome<()>) -> Result<(), String> {
    let attempt = || {
        let options = File::with_options()
            .with_fcpl(|p| p.userblock(header::SIZE as u64))
            .clone();
        let file = options.create(path)?;
        fill(&file)?;
        file.flush()?;
        file.close()
    };
    attempt().map_err(|e| e.to_string())
}

/// What is there but makes no sense.
pub fn broken(of: &Location, name: &str) -> hdf5::Error {
    format!("{}/{name} makes no sense", of.name()).into()
}

/// A text without NUL, at which it would end.
pub fn unicode(text: &str) -> VarLenUnicode {
    crate::checkpoint::identity::storable(text)
        .parse()
        .unwrap_or_default()
}

/// Writes an attribute.
pub fn text(of: &Location, name: &str, value: &str) -> Outcome<()> {
    let attribute = of.new_attr::<VarLenUnicode>().create(name)?;
    attribute.write_scalar(&unicode(value))
}

/// Reads an attribute.
pub fn text_of(of: &Location, name: &str) -> Outcome<String> {
    let text: VarLenUnicode = of.attr(name)?.read_scalar()?;
    Ok(text.as_str().to_owned())
}

/// Writes an attribute.
pub fn number<T: H5Type>(of: &Location, name: &str, value: T) -> Outcome<()> {
    of.new_attr::<T>().create(name)?.write_scalar(&value)
}

/// Reads an attribute.
pub fn number_of<T: H5Type>(of: &Location, name: &str) -> Outcome<T> {
    of.attr(name)?.read_scalar()
}

/// Writes an attribute.
pub fn flag(of: &Location, name: &str, value: bool) -> Outcome<()> {
    number(of, name, u8::from(value))
}

/// Reads an attribute.
pub fn flag_of(of: &Location, name: &str) -> Outcome<bool> {
    Ok(number_of::<u8>(of, name)? != 0)
}

/// Writes a data set.
pub fn put<T: H5Type>(group: &Group, name: &str, list: &[T]) -> Outcome<Dataset> {
    let set = group.new_dataset::<T>().shape(list.len()).create(name)?;
    if !list.is_empty() {
        set.write_raw(list)?;
    }
    Ok(set)
}

/// Reads a data set.
pub fn get<T: H5Type>(group: &Group, name: &str) -> Outcome<Vec<T>> {
    let set = group.dataset(name)?;
    if set.size() == 0 {
        return Ok(Vec::new());
    }
    // What it declares need not be there: libhdf5 would make it up, of any size. Nothing here is compressed,
    // and nothing takes more in memory than in the file.
    let bytes = (set.size() as u128) * size_of::<T>() as u128;
    if set.ndim() != 1 || bytes > set.storage_size().min(set.file()?.size()).into() {
        return Err(broken(group, name));
    }
    set.read_raw()
}
