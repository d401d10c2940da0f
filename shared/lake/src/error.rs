//! Why bars could not be written or read.

use domain::BarError;
use polars::error::PolarsError;

/// Why bytes are not an object of the lake, or bars cannot become one.
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
    /// A column is missing or of another type.
    #[error("column `{column}` is missing or not of type {expected}")]
    Column {
        /// Which one.
        column: &'static str,
        /// The type it must have.
        expected: &'static str,
        /// What polars said.
        source: PolarsError,
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
    /// A time is out of the representable range, or cannot be stored in whole seconds.
    #[error("row {row}: {text} is not a time in whole seconds")]
    Time {
        /// Which row, from 0.
        row: usize,
        /// The value.
        text: String,
    },
}
