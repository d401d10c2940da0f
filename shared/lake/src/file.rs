//! Files of bars from outside: CSV of any known format, or Parquet with the columns of the lake; plain, in gzip, or in a
//! zip archive of one file. Only tools use this; the functions read their own objects.

mod unpack;

use crate::{LakeError, read_bars};
use market_data::{
    Bar, BarError, Interval,
    bar::validate_bars,
    csv::{self, CsvError, CsvOptions},
};
use unpack::unpack;

pub use unpack::UnpackError;

/// Bars of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileBars {
    /// Bars, ascending, valid and on the grid.
    pub bars: Vec<Bar>,
    /// Detected format, in one line.
    pub description: String,
}

/// Failure to read bars from a file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be unpacked.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The file is not CSV of bars.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// The file is Parquet, but not of bars.
    #[error(
        "not Parquet of bars, with time as Unix seconds in 64-bit integers and open, high, low, close, volume as 64-bit floats"
    )]
    Parquet {
        /// Reason.
        source: Box<LakeError>,
    },
    /// The bars are not on the grid of the interval.
    #[error(transparent)]
    Bars(#[from] BarError),
}

/// Reads bars from the bytes of a file, whose kind is detected by its first bytes.
///
/// # Errors
/// The format is unknown, or a bar is not valid, not in order or not on the grid of `interval`.
pub fn read_file(bytes: &[u8], interval: Interval, options: CsvOptions) -> Result<FileBars, FileError> {
    let (bytes, packed) = unpack(bytes)?;
    let packed = packed.map_or_else(String::new, |packed| format!("unpacked from {packed}, "));
    if bytes.starts_with(b"PAR1") {
        let bars = read_bars(&bytes).map_err(|source| FileError::Parquet { source: Box::new(source) })?;
        validate_bars(&bars, interval)?;
        return Ok(FileBars { description: format!("{packed}read as parquet: {} bars", bars.len()), bars });
    }
    let read = csv::read_bars(&bytes, options)?;
    let description = format!("{packed}{}", read.description());
    Ok(FileBars { bars: read.history(interval)?, description })
}

#[cfg(test)]
mod tests;
