//! Files of bars as people have them: CSV of any known format or Parquet of this lake's columns, as it is or in gzip or a
//! zip archive of one file. For tools; the functions read their own objects only.

mod unpack;

use crate::{LakeError, read_bars};
use market_data::{
    Bar, BarError, Interval,
    bar::validate_bars,
    csv::{self, CsvError, CsvOptions},
};
use unpack::unpack;

pub use unpack::UnpackError;

/// The history in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileBars {
    /// Bars, ascending, valid and on the grid.
    pub bars: Vec<Bar>,
    /// Format that the file was taken for, in one line.
    pub description: String,
}

/// A file that holds no history.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be unpacked.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// It is not CSV of bars.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// It is Parquet, but not of bars.
    #[error(
        "not Parquet of bars, with time as Unix seconds in 64-bit integers and open, high, low, close, volume as 64-bit floats"
    )]
    Parquet {
        /// The reason.
        source: Box<LakeError>,
    },
    /// Its bars are not on the grid of the interval.
    #[error(transparent)]
    Bars(#[from] BarError),
}

/// Reads the bars of a file's bytes. What kind of file it is, its first bytes tell.
///
/// # Errors
/// [`FileError`] when it has no known format, or a bar is not valid, not in order or not on the grid of `interval`.
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
