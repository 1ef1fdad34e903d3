//! Parameter sweeps: which combinations of parameters there are, without ever listing them all.
//!
//! An [`Axis`] is a name with values. A [`Table`] has one row for each combination of several axes
//! ([`Table::product`]), or takes them side by side ([`Table::zip`]), or comes from a CSV file
//! ([`Table::from_csv`]); tables multiply ([`Table::times`]). A row is computed from its index alone, so a table
//! of a quintillion rows is as small as its axes, and every rank has the whole of it.
//!
//! ```
//! use grange::params::{Axis, Table};
//! use grange::{Error, Pool, Sum};
//!
//! fn sweep(pool: &Pool) -> Result<f64, Error> {
//!     let table = Table::product([Axis::parse("a=1,2,3")?, Axis::parse("x=0:1:0.1")?])?;
//!     assert_eq!(table.rows(), 33);
//!     pool.range(0..table.rows()).map_reduce_each(
//!         |index| {
//!             let row = table.row(index).expect("an index of the table");
//!             row[0].to_f64().unwrap_or(f64::NAN) * row[1].to_f64().unwrap_or(f64::NAN)
//!         },
//!         Sum,
//!     )
//! }
//! # let code = grange::Builder::new().quiet(true).run_code(|pool| {
//! #     assert!((sweep(pool)? - 33.0).abs() < 1e-9);
//! #     Ok::<_, Error>(())
//! # });
//! # assert_eq!(code, 0);
//! ```

mod axis;
mod csv;
mod decimal;
mod range;
mod table;
#[cfg(test)]
mod tests;
mod value;

pub use axis::Axis;
pub use table::Table;
pub use value::{Kind, Value};
