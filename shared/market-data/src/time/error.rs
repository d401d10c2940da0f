//! Reasons for which a text is not a time.

use jiff::{Timestamp, civil::Date};

/// Forms that are read, for messages.
pub const ACCEPTED: &str = "RFC 3339 such as 2023-01-31T00:00:00Z, YYYY-MM-DD, YYYY-MM-DD HH:MM:SS in UTC, YYYYMMDD, \
                            YYYYMMDD HHMMSS, or Unix time in s, ms, us or ns";

/// Longest part of a text that is kept, in characters.
const MAX_SHOWN: usize = 60;

/// A text that is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {kind}")]
pub struct TimeError {
    /// The beginning of the text.
    pub text: String,
    /// The reason.
    pub kind: TimeErrorKind,
}

impl TimeError {
    pub(super) fn new(text: &str, kind: TimeErrorKind) -> Self {
        let mut shown: String = text.chars().take(MAX_SHOWN).collect();
        if shown.len() < text.len() {
            shown.push_str("...");
        }
        Self { text: shown, kind }
    }
}

/// Reason for which a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeErrorKind {
    /// Nothing but spaces.
    #[error("is empty, expected {ACCEPTED}")]
    Empty,
    /// Days since 1899-12-30, as a spreadsheet keeps dates.
    #[error(
        "looks like the serial day by which a spreadsheet keeps {date}, in a time zone that it does not say; \
         export the column as text, YYYY-MM-DD HH:MM:SS in UTC"
    )]
    SerialDay {
        /// The date, if it is one.
        date: Date,
    },
    /// A Unix time that is not a whole number.
    #[error("is not a whole number; expected whole Unix s, ms, us or ns")]
    Fraction,
    /// A number that is a plausible time in no unit.
    #[error("is no Unix time in s, ms, us or ns from 2009 to {latest}; expected {ACCEPTED}")]
    UnixOutOfRange {
        /// End of the plausible range.
        latest: Timestamp,
    },
    /// A day that no month has, or an hour, minute, second or offset that no day has.
    #[error("names a day or a time of day that does not exist")]
    NoSuchTime,
    /// A year below 1 or above 9999.
    #[error("is outside the years 1 to 9999")]
    YearOutOfRange,
    /// Two numbers of at most two digits before or after the year.
    #[error("does not say which number is the day and which the month; write YYYY-MM-DD")]
    DayOrMonth,
    /// Text in the place of an offset.
    #[error("has a time zone by name; write UTC, Z or an offset such as +01:00")]
    ZoneName,
    /// A space in the place of the sign of an offset.
    #[error("has an offset without a sign; in a query `+` means a space, so write %2B")]
    OffsetSign,
    /// None of the forms.
    #[error("is not a time; expected {ACCEPTED}")]
    Unrecognised,
}
