//! Cell of a row, in JSON or as text. All routes parse the numbers and times of bars with it.

use crate::truncate::{MAX_VALUE_CHARS, truncate};
use jiff::Timestamp;
use market_data::time::{ACCEPTED, TimeBounds};
use std::borrow::Cow;

/// Expected form of a number, for messages.
pub(crate) const A_NUMBER: &str = "a finite number";
/// Names of the open time of a bar.
pub(crate) const TIME_NAMES: [&str; 2] = ["time", "timestamp"];
/// Names of the other fields of a bar.
pub(crate) const VALUE_NAMES: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// Cell as it was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    /// Value in JSON.
    Json(&'a str),
    /// Value as plain text.
    Text(&'a str),
    /// Absent column of the row.
    Missing,
}

impl Cell<'_> {
    /// Number in the cell, if it is a finite one.
    pub(crate) fn number(self) -> Option<f64> {
        let text = match self {
            // Rust parses no JSON value but a number: not null, true or a string.
            Self::Json(text) => text,
            Self::Text(text) => text.trim(),
            Self::Missing => return None,
        };
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Time in the cell of column `name`.
    ///
    /// # Errors
    /// The cell is not a time; the message has its name and value.
    pub(crate) fn time(self, name: &str) -> Result<Timestamp, String> {
        let text = match self {
            Self::Json(text) if text.starts_with('"') => {
                serde_json::from_str(text).map_err(|_| self.invalid_value(name, ACCEPTED))?
            }
            Self::Json(text) if text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => text.into(),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Json(_) | Self::Missing => return Err(self.invalid_value(name, ACCEPTED)),
        };
        TimeBounds::STATED.parse(&text).map_err(|error| format!("{name} {error}"))
    }

    /// Message for a cell of column `name` that is not the `expected` value.
    pub(crate) fn invalid_value(self, name: &str, expected: &str) -> String {
        match self {
            Self::Json(text) => format!("{name} is {}, expected {expected}", truncate(text, MAX_VALUE_CHARS)),
            Self::Text(text) => format!("{name} is `{}`, expected {expected}", truncate(text, MAX_VALUE_CHARS)),
            Self::Missing => format!("{name} is missing, expected {expected}"),
        }
    }
}
