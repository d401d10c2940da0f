//! Errors of parsing times.

use jiff::{Timestamp, civil::Date};

/// Accepted forms, for messages.
pub const ACCEPTED: &str = "RFC 3339 such as 2023-01-31T00:00:00Z, YYYY-MM-DD, YYYY-MM-DD HH:MM:SS in UTC, YYYYMMDD, \
                            YYYYMMDD HHMMSS, or Unix time in s, ms, us or ns";

/// Longest part of a text in an error, in characters.
const MAX_TEXT_CHARS: usize = 60;

/// Error for a text that is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {kind}")]
pub struct TimeError {
    /// Beginning of the text.
    pub text: String,
    /// Reason for the error.
    pub kind: TimeErrorKind,
}

impl TimeError {
    pub(super) fn new(text: &str, kind: TimeErrorKind) -> Self {
        let mut start: String = text.chars().take(MAX_TEXT_CHARS).collect();
        if start.len() < text.len() {
            start.push_str("...");
        }
        Self { text: start, kind }
    }
}

/// Reason for which a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeErrorKind {
    /// The text is empty or has only spaces.
    #[error("is empty, expected {ACCEPTED}")]
    Empty,
    /// The number is a count of days since 1899-12-30, as a spreadsheet stores dates.
    #[error(
        "looks like the serial day by which a spreadsheet keeps {date}, in a time zone that it does not say; \
         export the column as text, YYYY-MM-DD HH:MM:SS in UTC"
    )]
    SerialDay {
        /// Date that the number would be.
        date: Date,
    },
    /// The Unix time is not an integer.
    #[error("is not a whole number; expected whole Unix s, ms, us or ns")]
    Fraction,
    /// The number is a plausible time in no unit.
    #[error("is no Unix time in s, ms, us or ns from 2009 to {latest}; expected {ACCEPTED}")]
    UnixOutOfRange {
        /// End of the plausible range.
        latest: Timestamp,
    },
    /// The day, hour, minute, second or offset does not exist.
    #[error("names a day or a time of day that does not exist")]
    NoSuchTime,
    /// The year is below 1 or above 9999.
    #[error("is outside the years 1 to 9999")]
    YearOutOfRange,
    /// Day and month cannot be told apart.
    #[error("does not say which number is the day and which the month; write YYYY-MM-DD")]
    DayOrMonth,
    /// The offset is a time zone's name.
    #[error("has a time zone by name; write UTC, Z or an offset such as +01:00")]
    ZoneName,
    /// The offset has a space in the place of its sign.
    #[error("has an offset without a sign; in a query `+` means a space, so write %2B")]
    OffsetSign,
    /// The text has none of the accepted forms.
    #[error("is not a time; expected {ACCEPTED}")]
    Unrecognised,
}
