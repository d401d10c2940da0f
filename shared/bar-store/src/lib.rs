//! Bar store: the lake in S3, one object of bars and one of observations for each symbol, interval and UTC year.
//!
//! [`BarStore`] reads bars for training and scoring. [`BarPartitions`] also updates them, for ingest. The format of the
//! objects is `lake`'s; predict reads the bar window instead, so that it need not link Parquet.

mod error;
mod partitions;
mod read;

pub use error::BarStoreError;
pub use partitions::{BarPartitions, PartitionUpdate};
pub use read::BarStore;
