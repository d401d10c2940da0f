//! Times as text, UTC.

use jiff::{Timestamp, tz::Offset};

/// `2023-05-06`.
#[must_use]
pub fn date(time: Timestamp) -> String {
    Offset::UTC.to_datetime(time).date().to_string()
}

/// `2023-05-06 07:00`.
#[must_use]
pub fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}
