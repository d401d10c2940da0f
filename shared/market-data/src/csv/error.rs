//! Errors of reading bars from CSV text.

use super::CsvFormat;
use crate::{BarError, Interval, time::TimeError};
use jiff::Timestamp;
use std::fmt;

/// Columns that a header needs, for messages.
pub(super) const EXPECTED: &str = "expected a line that names timestamp, open, high, low, close and volume";

/// Longest part of a line in a message, in characters.
const MAX_LINE_CHARS: usize = 80;

/// Beginning of a line, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(String);

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        let mut start: String = text.chars().take(MAX_LINE_CHARS).collect();
        if start.len() < text.len() {
            start.push_str("...");
        }
        Self(start)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`")?;
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        f.write_str("`")
    }
}

/// Error for a text that cannot be read as bars. Lines count from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CsvError {
    /// The text is empty.
    #[error("the text is empty, {EXPECTED}")]
    Empty,
    /// The bytes are another kind of file.
    #[error("this is {kind}, not CSV text; {remedy}")]
    NotText {
        /// Kind of the file.
        kind: &'static str,
        /// Way to get CSV text from it.
        remedy: &'static str,
    },
    /// The bytes are not UTF-8.
    #[error("byte {index} is not UTF-8; save the file as UTF-8")]
    Encoding {
        /// Index of the first invalid byte, counted from 0.
        index: usize,
    },
    /// A quoted cell does not end.
    #[error("line {line}: a quote is not closed")]
    OpenQuote {
        /// The line.
        line: usize,
    },
    /// Text follows the end of a quoted cell.
    #[error("line {line}: there is text behind a closing quote")]
    TextAfterQuote {
        /// The line.
        line: usize,
    },
    /// A line has too many cells.
    #[error("line {line} has more than {limit} cells")]
    TooManyCells {
        /// The line.
        line: usize,
        /// Largest number of cells.
        limit: usize,
    },
    /// The first line is data, not a header.
    #[error(
        "line {line} is {found}, which is data and not a header: put timestamp,open,high,low,close,volume above it in the \
         order of its columns, or name the file's format ({})",
        CsvFormat::LIST
    )]
    NoHeader {
        /// The line.
        line: usize,
        /// Content of the line.
        found: Line,
    },
    /// Columns are missing.
    #[error("line {line} is {found}, without a column for {}; {EXPECTED}, or a file of {}", missing.join(", "), CsvFormat::LIST)]
    Columns {
        /// The line.
        line: usize,
        /// Content of the line.
        found: Line,
        /// Names of the missing columns.
        missing: Vec<&'static str>,
    },
    /// Two columns have one name, but for case and spaces.
    #[error(
        "line {line}: the columns `{first}` and `{second}` are ambiguous: but for case they have one name; delete or rename the one that is not meant"
    )]
    Doubled {
        /// The line.
        line: usize,
        /// Name of the first column, as written.
        first: String,
        /// Name of the second column, as written.
        second: String,
    },
    /// Several columns could have one meaning.
    #[error("line {line}: the {meaning} is ambiguous, each of {} could be it; delete or rename those that are not", columns.join(", "))]
    Ambiguous {
        /// The line.
        line: usize,
        /// The meaning.
        meaning: &'static str,
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// The only volume is in the quote currency.
    #[error("line {line}: `{column}` is a volume in the quote currency, expected one in the base coin beside it")]
    QuoteVolume {
        /// The line.
        line: usize,
        /// Name of the column.
        column: String,
    },
    /// The text does not have the named format.
    #[error("line {line} is {found}, which is not a file of {format}")]
    OtherFormat {
        /// The line.
        line: usize,
        /// Content of the line.
        found: Line,
        /// The format that was named.
        format: CsvFormat,
    },
    /// The number of cells in a line differs from that of the columns.
    #[error("line {line}: {found} cells, expected {expected}")]
    Cells {
        /// The line.
        line: usize,
        /// Number of cells.
        found: usize,
        /// Number of columns.
        expected: usize,
    },
    /// A time cannot be read.
    #[error("line {line}, column `{column}`: {source}")]
    Time {
        /// The line.
        line: usize,
        /// Name of the column.
        column: String,
        /// Error with the text and the reason.
        source: TimeError,
    },
    /// The time is outside the plausible range, for instance because its unit was mistaken.
    #[error("line {line}: {time} is no time of a bar, expected one from 2009-01-01 to {latest}")]
    Implausible {
        /// The line.
        line: usize,
        /// The time.
        time: Timestamp,
        /// Latest plausible time.
        latest: Timestamp,
    },
    /// A price or volume is not a number.
    #[error("line {line}, column `{column}`: `{text}` is not a number{hint}")]
    Number {
        /// The line.
        line: usize,
        /// Name of the column.
        column: String,
        /// Content of the cell.
        text: String,
        /// Likely cause, to be appended to the message; empty if unknown.
        hint: &'static str,
    },
    /// Two bars have one time.
    #[error("line {line}: {time} comes twice{}", if *hourly { "; an hour that comes twice in autumn is local time: times must be in UTC" } else { "" })]
    Duplicate {
        /// Line of the second bar.
        line: usize,
        /// The time.
        time: Timestamp,
        /// True for hourly bars.
        hourly: bool,
    },
    /// Bars neither ascend nor descend.
    #[error("line {line}: {time} comes after {previous}, but the lines before go {direction}: sort the file by time")]
    Order {
        /// The line.
        line: usize,
        /// Time of the bar.
        time: Timestamp,
        /// Time of the line before.
        previous: Timestamp,
        /// `up` or `down`.
        direction: &'static str,
    },
    /// A time is not on the interval's grid.
    #[error(
        "line {line}: {time} is not the open time of a {interval} bar; does the series fit the file, and are its times in UTC?"
    )]
    Grid {
        /// The line.
        line: usize,
        /// The time.
        time: Timestamp,
        /// The interval.
        interval: Interval,
    },
    /// The bar is not valid.
    #[error("line {line}: {source}")]
    Bar {
        /// The line.
        line: usize,
        /// Violated rule.
        source: BarError,
    },
}
