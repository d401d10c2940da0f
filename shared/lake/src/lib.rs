//! Lake: bars and observations as Parquet. This is the only crate that depends on polars, and only on its Parquet part.
//! Merging observations and resolving bars are pure and part of [`market_data::observation`].
//!
//! An object has one symbol, interval and UTC year. Its columns have no nulls:
//!
//! | object | columns |
//! | --- | --- |
//! | bars | `time`, `open`, `high`, `low`, `close`, `volume`, `source`, `revision`, `flags` |
//! | observations | `time`, `source`, `first_seen`, `last_seen`, `open`, `high`, `low`, `close`, `volume` |
//!
//! `time` is the open time in Unix seconds, `first_seen` and `last_seen` are Unix nanoseconds: 64-bit integers. Prices
//! and volume are 64-bit floats, `source` is the label of a [`market_data::origin::Origin`], `revision` and `flags`
//! ([`market_data::quality::Flags::bits`]) are unsigned 32-bit integers.
//!
//! Pages are compressed with LZ4. With zstd, objects of real hours would be a quarter smaller, writing would take 1.5
//! times as long and reading twice as long. Objects to read may have either compression, or another one.
//!
//! The same rows always give the same bytes: the footer has neither a time stamp nor a version.

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
