//! Times as text, JSON and CSV write them, read by one strict parser: [`TimeBounds::parse`].
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
//! overlap. Everything else is refused with a [`TimeError`], which holds the text and the reason.

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

/// 0001-01-01T00:00:00Z: a time before it is refused. From here to the end of time, text order of RFC 3339 is time order.
pub const EARLIEST: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// 2009-01-01T00:00:00Z: no cryptocurrency is older, so no bar and no Unix time is.
pub const EARLIEST_PLAUSIBLE: Timestamp = Timestamp::constant(1_230_768_000, 0);

/// A year with the leap day.
const YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Units of Unix time, by ticks in a second.
const TICKS: [i128; 4] = [1, 1_000, 1_000_000, 1_000_000_000];

/// Range of plausible times, from [`EARLIEST_PLAUSIBLE`] to `latest`, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeBounds {
    latest: Timestamp,
}

impl TimeBounds {
    /// Bounds where no clock is at hand, as in the fields of an event: up to 2100-01-01.
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

    /// True if a bar or an event can be of this time.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        (EARLIEST_PLAUSIBLE..=self.latest).contains(&time)
    }

    /// Reads a time in one of the forms of this [module](self). A calendar time may be of any year from 1 to 9999, a Unix
    /// time only within these bounds. Spaces around the text are left out.
    ///
    /// # Errors
    /// [`TimeError`] when the text has none of the forms, or is out of range.
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
        let read = if trimmed.is_empty() {
            Err(TimeErrorKind::Empty)
        } else if let Some(read) = calendar::compact(trimmed) {
            read
        } else if let Some(number) = Decimal::parse(trimmed) {
            self.unix(number)
        } else {
            calendar::extended(trimmed)
        };
        read.map_err(|kind| TimeError::new(trimmed, kind))
    }

    fn unix(&self, number: Decimal) -> Result<Timestamp, TimeErrorKind> {
        let outside = TimeErrorKind::UnixOutOfRange { latest: self.latest };
        if let Some(date) = number.serial_day() {
            return Err(TimeErrorKind::SerialDay { date });
        }
        let whole =
            number.whole().map_err(|fraction| if fraction { TimeErrorKind::Fraction } else { outside.clone() })?;
        let in_unit = |ticks: &i128| {
            let nanoseconds = whole.checked_mul(TICKS[3] / ticks)?;
            Timestamp::from_nanosecond(nanoseconds).ok().filter(|time| self.contains(*time))
        };
        TICKS.iter().find_map(in_unit).ok_or(outside)
    }
}
