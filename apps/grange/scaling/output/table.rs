//! A table by its columns, each of numbers or text.

/// Columns of the same length.
pub struct Table {
    /// In order.
    pub columns: Vec<Column>,
}

/// A column.
pub struct Column {
    /// Its name, with the unit where it has one.
    pub name: String,
    /// From top to bottom.
    pub cells: Cells,
}

/// What is in a column.
pub enum Cells {
    /// Counts.
    Integers(Vec<u64>),
    /// Measurements; NaN where there is none.
    Floats(Vec<f64>),
    /// Words.
    Texts(Vec<String>),
}

impl Cells {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Cells::Integers(list) => list.len(),
            Cells::Floats(list) => list.len(),
            Cells::Texts(list) => list.len(),
        }
    }

    /// One of them as text; nothing where there is none.
    pub fn text(&self, row: usize) -> String {
        match self {
            Cells::Integers(list) => list.get(row).map(u64::to_string),
            Cells::Floats(list) => list.get(row).filter(|x| !x.is_nan()).map(f64::to_string),
            Cells::Texts(list) => list.get(row).cloned(),
        }
        .unwrap_or_default()
    }
}

/// A column of counts.
pub fn integers(name: &str, cells: impl Iterator<Item = u64>) -> Column {
    Column {
        name: name.into(),
        cells: Cells::Integers(cells.collect()),
    }
}

/// A column of measurements.
pub fn floats(name: &str, cells: impl Iterator<Item = f64>) -> Column {
    Column {
        name: name.into(),
        cells: Cells::Floats(cells.collect()),
    }
}

/// A column of words.
pub fn texts(name: &str, cells: impl Iterator<Item = String>) -> Column {
    Column {
        name: name.into(),
        cells: Cells::Texts(cells.collect()),
    }
}
