//! Tables whose columns are found by name, so that newer ones may have more.

/// Where the columns of these names are.
pub fn places<const N: usize>(
    table: &str,
    names: [&str; N],
    columns: &[String],
) -> Result<[usize; N], String> {
    let mut at = [0; N];
    for (place, name) in at.iter_mut().zip(names) {
        *place = columns
            .iter()
            .position(|column| column == name)
            .ok_or_else(|| format!("the table {table} has no column '{name}'"))?;
    }
    Ok(at)
}
