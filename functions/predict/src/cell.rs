//! Values of a row as they arrive, in JSON or as text. Every route reads numbers and times of a bar with this.

use crate::bars::clipped;
use jiff::Timestamp;
use market_data::time::{ACCEPTED, TimeBounds};
use std::borrow::Cow;

/// Form of a number, for messages.
pub(crate) const A_NUMBER: &str = "a finite number";
/// Names of a bar's open time.
pub(crate) const TIMES: [&str; 2] = ["time", "timestamp"];
/// Names of a bar's other fields.
pub(crate) const VALUES: [&str; 5] = ["open", "high", "low", "close", "volume"];

/// A cell as it arrives.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    /// JSON text.
    Json(&'a str),
    /// Plain text.
    Text(&'a str),
    /// The row does not have the column.
    Missing,
}

impl Cell<'_> {
    /// The number that it is, if it is a finite one.
    pub(crate) fn number(self) -> Option<f64> {
        let text = match self {
            // Of JSON only a number is what Rust reads as one: null, true and strings are not.
            Self::Json(text) => text,
            Self::Text(text) => text.trim(),
            Self::Missing => return None,
        };
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// The time that a cell `name` is, or the words for what it is instead.
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

    /// Words for a cell `name` that is not what was `expected`.
    pub(crate) fn invalid_value(self, name: &str, expected: &str) -> String {
        match self {
            Self::Json(text) => format!("{name} is {}, expected {expected}", clipped(text)),
            Self::Text(text) => format!("{name} is `{}`, expected {expected}", clipped(text)),
            Self::Missing => format!("{name} is missing, expected {expected}"),
        }
    }
}
