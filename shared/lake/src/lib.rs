//! The lake: bars and observations as Parquet. The only crate that names polars, and of polars only its Parquet;
//! uniting observations and choosing the bars that count are pure and live in [`market_data::observation`].
//!
//! An object holds one symbol, interval and UTC year. Columns have no nulls:
//!
//! | of | columns |
//! | --- | --- |
//! | bars | `time`, `open`, `high`, `low`, `close`, `volume`, `source`, `revision`, `flags` |
//! | observations | `time`, `source`, `first_seen`, `last_seen`, `open`, `high`, `low`, `close`, `volume` |
//!
//! `time` is the open time in Unix seconds, `first_seen` and `last_seen` are Unix nanoseconds: 64-bit integers. Prices
//! and volume are 64-bit floats, `source` is the label of a [`market_data::origin::Origin`], `revision` and `flags`
//! ([`market_data::quality::Flags::bits`]) are unsigned 32-bit integers.
//!
//! Pages are compressed by LZ4: zstd would save a quarter of the bytes of real hours, and take half as long again to
//! write and twice as long to read. What is read may be compressed by either, or otherwise.
//!
//! The same rows always give the same bytes: the footer holds neither a time stamp nor a version.

mod check;
mod column;
mod error;
mod file;
mod observations;
mod read;
mod schema;
mod write;

pub use error::LakeError;
pub use file::{FileBars, FileError, UnpackError, read_file};
pub use observations::{read_observations, write_observations};
pub use read::{read_bars, read_resolved_bars};
pub use write::write_bars;
