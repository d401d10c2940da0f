//! The lake: bars as Parquet. The only crate that names polars; merging and cutting by year are pure and live in
//! [`domain::merge`].
//!
//! One object holds the bars of one symbol, interval and UTC year, in six columns without nulls: `time` (64-bit
//! integer, Unix seconds of the open time), `open`, `high`, `low`, `close`, `volume` (64-bit floats). Pages are
//! zstd-compressed. The same bars always give the same bytes: the footer holds neither a time stamp nor a version,
//! and columns are encoded in order on one thread.

mod error;
mod read;
mod schema;
mod write;

pub use error::LakeError;
pub use read::from_parquet;
pub use write::to_parquet;
