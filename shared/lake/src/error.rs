//! Errors of writing and reading.

use market_data::BarError;
use polars_error::PolarsError;

/// Failure to encode rows, or to decode an object.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// A bar is not valid.
    #[error("the bars are not valid")]
    Bars {
        /// Violated rule, with bar and field.
        source: BarError,
    },
    /// Writing Parquet failed.
    #[error("cannot write parquet")]
    Write {
        /// Error of polars.
        source: PolarsError,
    },
    /// The bytes are not a Parquet file that can be read.
    #[error("cannot read parquet")]
    Read {
        /// Error of polars.
        source: PolarsError,
    },
    /// A column is missing.
    #[error("column `{column}` is missing")]
    MissingColumn {
        /// Name of the column.
        column: &'static str,
    },
    /// A column is of another type.
    #[error("column `{column}` is of type {found}, expected a {expected}")]
    ColumnType {
        /// Name of the column.
        column: &'static str,
        /// Expected type.
        expected: &'static str,
        /// Actual type, as Arrow names it.
        found: String,
    },
    /// The file has a column that is not of the lake.
    #[error("unexpected column `{column}`")]
    UnexpectedColumn {
        /// Name of the column.
        column: String,
    },
    /// A column has nulls.
    #[error("column `{column}` has {count} nulls, expected none")]
    Nulls {
        /// Name of the column.
        column: &'static str,
        /// Number of nulls.
        count: usize,
    },
    /// An open time is not in whole seconds, or a time is outside the years 1678 to 2261.
    #[error("row {row}: {text} is not a time that the lake can hold")]
    Time {
        /// Index of the row, from 0.
        row: usize,
        /// Time as text.
        text: String,
    },
    /// A bar has flags of no rule.
    #[error("row {row}: flags {bits:#x} stand for no rule")]
    Flags {
        /// Index of the row, from 0.
        row: usize,
        /// Bits of the flags.
        bits: u32,
    },
    /// Observations are not in canonical order, or are repeated.
    #[error("row {row}: observations must ascend by time, origin and content, each once")]
    Order {
        /// Index of the row, from 0.
        row: usize,
    },
    /// An observation was last seen before it was first seen.
    #[error("row {row}: last seen before first seen")]
    Seen {
        /// Index of the row, from 0.
        row: usize,
    },
}
