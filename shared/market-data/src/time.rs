//! Parsing of times in text, JSON and CSV, by one strict parser: [`TimeBounds::parse`].
//!
//! | form | example | read as |
//! | --- | --- | --- |
//! | RFC 3339 | `2023-01-31T01:00:00+01:00`, `2023-01-31 00:00:00.5Z` | the instant |
//! | date and time | `2023-01-31T00:00:00`, `2023-01-31 00:00:00`, `2023-01-31 00:00:00 UTC` | UTC |
//! | date | `2023-01-31` | 00:00 UTC |
//! | compact | `20230131`, `20230131 235959` | UTC |
//! | Unix | `1675123200`, `1675123200000`, `1.6751232e9`, `1675123200.0` | s, ms, us or ns |
//!
//! The unit of a Unix time is the one in which the number is between 2009 and the latest plausible time; the ranges do not
//! overlap. Any other text gives a [`TimeError`] with the text and the reason.

mod calendar;
mod error;
mod field;
mod number;
#[cfg(test)]
mod tests;

pub use error::{ACCEPTED, TimeError, TimeErrorKind};
pub use field::{optional, required};

use jiff::{SignedDuration, Timestamp};
use number::Decimal;

/// Earliest time that is parsed, 0001-01-01T00:00:00Z. From here on, text order of RFC 3339 is time order.
pub const EARLIEST: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// Earliest plausible time of a bar, 2009-01-01T00:00:00Z: no cryptocurrency is older.
pub const EARLIEST_PLAUSIBLE: Timestamp = Timestamp::constant(1_230_768_000, 0);

/// Leap year: the distance from now to the latest plausible time.
const YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Units of Unix time, in ticks per second.
const TICKS_PER_SECOND: [i128; 4] = [1, 1_000, 1_000_000, 1_000_000_000];

/// Range of plausible times, from [`EARLIEST_PLAUSIBLE`] to `latest`, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeBounds {
    latest: Timestamp,
}

impl TimeBounds {
    /// Bounds for use without a clock, as in the fields of an event: up to 2100-01-01.
    pub const STATED: Self = Self { latest: Timestamp::constant(4_102_444_800, 0) };

    /// Bounds at `now`: up to 366 days later.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { latest: now.saturating_add(YEAR).unwrap_or(Timestamp::MAX) }
    }

    /// Latest plausible time.
    #[must_use]
    pub const fn latest(&self) -> Timestamp {
        self.latest
    }

    /// True if the time is plausible for a bar or an event.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        (EARLIEST_PLAUSIBLE..=self.latest).contains(&time)
    }

    /// Parses a time in one of the forms of this [module](self). A calendar time may be of any year from 1 to 9999, a Unix
    /// time only within these bounds. Spaces around the text are ignored.
    ///
    /// # Errors
    /// [`TimeError`] if the text has none of the forms, or is out of range.
    ///
    /// ```
    /// # use market_data::time::TimeBounds;
    /// let bounds = TimeBounds::at("2026-01-01T00:00:00Z".parse().unwrap());
    /// for text in ["2023-01-01", "20230101", "2023-01-01 00:00:00 UTC", "1672531200", "1672531200000000"] {
    ///     assert_eq!(bounds.parse(text).unwrap().to_string(), "2023-01-01T00:00:00Z");
    /// }
    /// assert!(bounds.parse("44927").unwrap_err().to_string().contains("serial day"));
    /// ```
    pub fn parse(&self, text: &str) -> Result<Timestamp, TimeError> {
        let trimmed = text.trim();
        let time = if trimmed.is_empty() {
            Err(TimeErrorKind::Empty)
        } else if let Some(time) = calendar::parse_compact(trimmed) {
            time
        } else if let Some(number) = Decimal::parse(trimmed) {
            self.unix_time(number)
        } else {
            calendar::parse_extended(trimmed)
        };
        time.map_err(|kind| TimeError::new(trimmed, kind))
    }

    fn unix_time(&self, number: Decimal) -> Result<Timestamp, TimeErrorKind> {
        let outside = TimeErrorKind::UnixOutOfRange { latest: self.latest };
        if let Some(date) = number.serial_day() {
            return Err(TimeErrorKind::SerialDay { date });
        }
        let integer =
            number.to_integer().map_err(|fraction| if fraction { TimeErrorKind::Fraction } else { outside.clone() })?;
        let in_unit = |ticks: &i128| {
            let nanoseconds = integer.checked_mul(TICKS_PER_SECOND[3] / ticks)?;
            Timestamp::from_nanosecond(nanoseconds).ok().filter(|time| self.contains(*time))
        };
        TICKS_PER_SECOND.iter().find_map(in_unit).ok_or(outside)
    }
}
