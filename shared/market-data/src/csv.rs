//! Reading of bars from CSV text, as people and exchanges write it.
//!
//! A file has a header line or one of the known layouts without a header; [`CsvFormat`] lists them. Cells may be quoted and
//! are separated by commas, semicolons or tabs. Lines may end in CRLF. A byte order mark is ignored. Times are open times
//! in any form of [`time`](crate::time).

mod columns;
mod detect;
mod error;
mod format;
mod number;
mod order;
mod records;
#[cfg(test)]
mod tests;

pub use columns::BarColumns;
pub use error::{CsvError, Line};
pub use format::{CsvFormat, ParseFormatError};
pub use records::{Record, Records, delimiter_of};

use crate::{Bar, time::TimeBounds};
use detect::Layout;

/// Options for reading a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvOptions {
    /// Range of plausible open times.
    pub bounds: TimeBounds,
    /// Format of the file; `None` to detect it.
    pub format: Option<CsvFormat>,
}

/// Bars of a text, with the format that it was read as.
#[derive(Debug, Clone, PartialEq)]
pub struct CsvBars {
    /// Format that the text was read as.
    pub format: CsvFormat,
    /// Name or description of the column that is the volume.
    pub volume: String,
    /// Bars with their lines, counted from 1, in the order of the text. The values are not validated;
    /// [`history`](Self::history) does that.
    pub rows: Vec<(usize, Bar)>,
}

/// Reads the bars of a text.
///
/// # Errors
/// [`CsvError`] if the text has no known format, or at the first line that is not a bar.
///
/// ```
/// # use market_data::{csv::{CsvOptions, read_bars}, time::TimeBounds};
/// let options = CsvOptions { bounds: TimeBounds::STATED, format: None };
/// let bars = read_bars(b"timestamp,open,high,low,close,volume\n20230101,10,12,9,11,5\n", options).unwrap();
/// assert_eq!((bars.rows[0].0, bars.rows[0].1.time.to_string().as_str()), (2, "2023-01-01T00:00:00Z"));
/// ```
pub fn read_bars(bytes: &[u8], options: CsvOptions) -> Result<CsvBars, CsvError> {
    let text = detect::decode_text(bytes)?;
    let (layout, mut records) = Layout::detect(text, options.format)?;
    let mut rows = Vec::new();
    while let Some(record) = records.next().transpose()? {
        rows.push((record.line, layout.bar(&record, &options.bounds)?));
    }
    Ok(CsvBars { format: layout.format(), volume: layout.volume(), rows })
}
