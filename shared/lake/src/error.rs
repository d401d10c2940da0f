//! Why bars or observations could not be written or read.

use market_data::BarError;
use polars_error::PolarsError;

/// Why bytes are not an object of the lake, or rows cannot become one.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The bars to write, or those read, are not valid.
    #[error("the bars are not valid")]
    Bars {
        /// The rule broken, with bar and field.
        source: BarError,
    },
    /// Writing Parquet failed.
    #[error("cannot write parquet")]
    Write {
        /// What polars said.
        source: PolarsError,
    },
    /// The bytes are not a Parquet file that can be read.
    #[error("cannot read parquet")]
    Read {
        /// What polars said.
        source: PolarsError,
    },
    /// A column is missing.
    #[error("column `{column}` is missing")]
    MissingColumn {
        /// Which one.
        column: &'static str,
    },
    /// A column is of another type.
    #[error("column `{column}` is of type {found}, expected a {expected}")]
    ColumnType {
        /// Which one.
        column: &'static str,
        /// The type it must have.
        expected: &'static str,
        /// The type it has, as Arrow names it.
        found: String,
    },
    /// There is a column that the lake does not know.
    #[error("unexpected column `{column}`")]
    UnexpectedColumn {
        /// Which one.
        column: String,
    },
    /// A column has nulls.
    #[error("column `{column}` has {count} nulls, expected none")]
    Nulls {
        /// Which one.
        column: &'static str,
        /// How many.
        count: usize,
    },
    /// An open time is not in whole seconds, or an instant lies outside the years 1678 to 2261.
    #[error("row {row}: {text} is not a time that the lake can hold")]
    Time {
        /// Which row, from 0.
        row: usize,
        /// The value.
        text: String,
    },
    /// A bar has flags that stand for no rule.
    #[error("row {row}: flags {bits:#x} stand for no rule")]
    Flags {
        /// Which row, from 0.
        row: usize,
        /// The value.
        bits: u32,
    },
    /// Observations are not in canonical order, or one comes twice.
    #[error("row {row}: observations must ascend by time, origin and content, each once")]
    Order {
        /// Which row, from 0.
        row: usize,
    },
    /// An observation was last seen before it was first seen.
    #[error("row {row}: last seen before first seen")]
    Seen {
        /// Which row, from 0.
        row: usize,
    },
}
