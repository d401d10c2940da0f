//! Reasons for which a text is not bars.

use super::CsvFormat;
use crate::{BarError, Interval, time::TimeError};
use jiff::Timestamp;
use std::fmt;

/// Needs of a line of names, for messages.
pub(super) const EXPECTED: &str = "expected a line that names timestamp, open, high, low, close and volume";

/// Longest part of a line that is shown, in characters.
const MAX_SHOWN: usize = 80;

/// The beginning of a line, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(String);

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        let mut shown: String = text.chars().take(MAX_SHOWN).collect();
        if shown.len() < text.len() {
            shown.push_str("...");
        }
        Self(shown)
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

/// A text that is not bars. Lines count from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CsvError {
    /// No line at all.
    #[error("the text is empty, {EXPECTED}")]
    Empty,
    /// Another kind of file.
    #[error("this is {kind}, not CSV text; {remedy}")]
    NotText {
        /// The kind.
        kind: &'static str,
        /// A way out.
        remedy: &'static str,
    },
    /// Not UTF-8.
    #[error("byte {at} is not UTF-8; save the file as UTF-8")]
    Encoding {
        /// Place of the byte, counted from 0.
        at: usize,
    },
    /// A quoted cell does not end.
    #[error("line {line}: a quote is not closed")]
    OpenQuote {
        /// The line.
        line: usize,
    },
    /// A quoted cell goes on after its end.
    #[error("line {line}: there is text behind a closing quote")]
    TextAfterQuote {
        /// The line.
        line: usize,
    },
    /// More cells than a table has.
    #[error("line {line} has more than {limit} cells")]
    TooManyCells {
        /// The line.
        line: usize,
        /// The limit.
        limit: usize,
    },
    /// Data in the place of names.
    #[error(
        "line {line} is {found}, which is data and not a header: put timestamp,open,high,low,close,volume above it in the \
         order of its columns, or name the file's format ({})",
        CsvFormat::LIST
    )]
    NoHeader {
        /// The line.
        line: usize,
        /// What it holds.
        found: Line,
    },
    /// Columns are missing.
    #[error("line {line} is {found}, without a column for {}; {EXPECTED}, or a file of {}", missing.join(", "), CsvFormat::LIST)]
    Columns {
        /// The line.
        line: usize,
        /// What it holds.
        found: Line,
        /// What is missing.
        missing: Vec<&'static str>,
    },
    /// A name stands twice, but for case and spaces.
    #[error(
        "line {line}: the columns `{first}` and `{second}` are ambiguous: but for case they have one name; delete or rename the one that is not meant"
    )]
    Doubled {
        /// The line.
        line: usize,
        /// The first.
        first: String,
        /// The second.
        second: String,
    },
    /// Several columns could be meant.
    #[error("line {line}: the {meaning} is ambiguous, each of {} could be it; delete or rename those that are not", columns.join(", "))]
    Ambiguous {
        /// The line.
        line: usize,
        /// For what.
        meaning: &'static str,
        /// Their names.
        columns: Vec<String>,
    },
    /// The volume is in another unit than the base coin.
    #[error("line {line}: `{column}` is a volume in the quote currency, expected one in the base coin beside it")]
    QuoteVolume {
        /// The line.
        line: usize,
        /// The column.
        column: String,
    },
    /// The text has not the format that it was said to have.
    #[error("line {line} is {found}, which is not a file of {format}")]
    OtherFormat {
        /// The line.
        line: usize,
        /// What it holds.
        found: Line,
        /// The format that was named.
        format: CsvFormat,
    },
    /// A line has more or fewer cells than there are columns.
    #[error("line {line}: {found} cells, expected {expected}")]
    Cells {
        /// The line.
        line: usize,
        /// Its cells.
        found: usize,
        /// The columns.
        expected: usize,
    },
    /// A time cannot be read.
    #[error("line {line}, column `{column}`: {source}")]
    Time {
        /// The line.
        line: usize,
        /// The column.
        column: String,
        /// The text and the reason.
        source: TimeError,
    },
    /// A time at which there was no market, such as one whose unit was mistaken.
    #[error("line {line}: {time} is no time of a bar, expected one from 2009-01-01 to {latest}")]
    Implausible {
        /// The line.
        line: usize,
        /// The time.
        time: Timestamp,
        /// The latest that is accepted.
        latest: Timestamp,
    },
    /// A price or volume is no number.
    #[error("line {line}, column `{column}`: `{text}` is not a number{hint}")]
    Number {
        /// The line.
        line: usize,
        /// The column.
        column: String,
        /// What stands there.
        text: String,
        /// Likely cause.
        hint: &'static str,
    },
    /// A time stands twice.
    #[error("line {line}: {time} comes twice{}", if *hourly { "; an hour that comes twice in autumn is local time: times must be in UTC" } else { "" })]
    Duplicate {
        /// The line of the second.
        line: usize,
        /// The time.
        time: Timestamp,
        /// True for bars of an hour.
        hourly: bool,
    },
    /// Bars neither ascend nor descend.
    #[error("line {line}: {time} comes after {previous}, but the lines before go {direction}: sort the file by time")]
    Order {
        /// The line.
        line: usize,
        /// Its time.
        time: Timestamp,
        /// The time of the line before.
        previous: Timestamp,
        /// `up` or `down`.
        direction: &'static str,
    },
    /// A time is not on the grid.
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
    /// Values that a bar cannot have.
    #[error("line {line}: {source}")]
    Bar {
        /// The line.
        line: usize,
        /// The reason.
        source: BarError,
    },
}
