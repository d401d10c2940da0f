//! Bars from CSV text, as people and exchanges write it.
//!
//! A file has a line of names or the shape of a known file without one; [`CsvFormat`] lists what is recognised. Cells may
//! be quoted, lines may end in CRLF, a byte order mark is left out, and cells are separated by commas, semicolons or tabs.
//! Times are open times in any form of [`time`](crate::time).

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

/// Way to read a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvOptions {
    /// Times outside are no times of bars.
    pub bounds: TimeBounds,
    /// Format of the file; none: the one that it looks like.
    pub format: Option<CsvFormat>,
}

/// The bars of a text, with what it was taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct CsvBars {
    /// Format that the text was taken for.
    pub format: CsvFormat,
    /// Name or description of the column that is the volume.
    pub volume: String,
    /// Bars with their lines, counted from 1, in the order of the text. Their values are finite or not, as the text has
    /// them: [`history`](Self::history) checks.
    pub rows: Vec<(usize, Bar)>,
}

/// Reads the bars of a text.
///
/// # Errors
/// [`CsvError`] when the text has no known format, or at the first line that is not a bar.
///
/// ```
/// # use market_data::{csv::{CsvOptions, read}, time::TimeBounds};
/// let options = CsvOptions { bounds: TimeBounds::STATED, format: None };
/// let bars = read(b"timestamp,open,high,low,close,volume\n20230101,10,12,9,11,5\n", options).unwrap();
/// assert_eq!((bars.rows[0].0, bars.rows[0].1.time.to_string().as_str()), (2, "2023-01-01T00:00:00Z"));
/// ```
pub fn read_bars(bytes: &[u8], options: CsvOptions) -> Result<CsvBars, CsvError> {
    let text = detect::text(bytes)?;
    let (layout, mut records) = Layout::detect(text, options.format)?;
    let mut rows = Vec::new();
    while let Some(record) = records.next().transpose()? {
        rows.push((record.line, layout.bar(&record, &options.bounds)?));
    }
    Ok(CsvBars { format: layout.format(), volume: layout.volume(), rows })
}
