//! Bar intervals and their UTC grid.

use crate::numbers::counted;
use jiff::{SignedDuration, Timestamp, tz::Offset};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Length of a bar. Bars open at multiples of it since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Interval {
    /// One hour, `1h`.
    #[serde(rename = "1h")]
    Hour,
    /// One UTC day, `1d`.
    #[serde(rename = "1d")]
    Day,
}

/// Error for a text that is neither `1h` nor `1d`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown interval `{text}`: expected `1h` or `1d`")]
pub struct ParseIntervalError {
    /// The text.
    pub text: String,
}

impl Interval {
    /// Length in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// Length as a duration.
    #[must_use]
    pub const fn duration(self) -> SignedDuration {
        SignedDuration::from_secs(self.seconds())
    }

    /// Name as in JSON: `1h` or `1d`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "1d",
        }
    }

    /// Rule of the open times, for messages.
    #[must_use]
    pub const fn opens(self) -> &'static str {
        match self {
            Self::Hour => "hours open at minute 0, UTC",
            Self::Day => "days open at 00:00 UTC",
        }
    }

    /// Length of time of a number of bars, for messages: `7 days`.
    #[must_use]
    pub fn span(self, bars: usize) -> String {
        counted(bars, if self == Self::Day { "day" } else { "hour" })
    }

    /// Number of bars in a year of a market that is always open.
    #[must_use]
    pub const fn bars_per_year(self) -> u32 {
        match self {
            Self::Hour => 8_766,
            Self::Day => 365,
        }
    }

    /// True if `time` is the open time of a bar.
    #[must_use]
    pub fn is_aligned(self, time: Timestamp) -> bool {
        time.subsec_nanosecond() == 0 && time.as_second().rem_euclid(self.seconds()) == 0
    }

    /// Open time of the bar that contains `time`.
    #[must_use]
    pub fn floor(self, time: Timestamp) -> Timestamp {
        let second = time.as_second() - i64::from(time.subsec_nanosecond() < 0);
        Timestamp::from_second(second - second.rem_euclid(self.seconds())).unwrap_or(Timestamp::MIN)
    }

    /// Open time of the bar `n` bars after the one that opens at `time`, or before it if `n` is negative. Saturates at
    /// the ends of representable time.
    #[must_use]
    pub fn step(self, time: Timestamp, n: i64) -> Timestamp {
        let seconds = self.seconds().saturating_mul(n);
        // jiff's sum is general and ten times slower; histories need a million.
        let second = time.as_second().checked_add(seconds);
        let stepped = second.and_then(|second| Timestamp::new(second, time.subsec_nanosecond()).ok());
        stepped.unwrap_or_else(|| time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(time))
    }

    /// Number of whole bars from one time to another; negative if `to` comes first.
    ///
    /// ```
    /// use market_data::Interval;
    /// let (from, to) = ("2023-01-02T00:05:00Z".parse()?, "2023-01-04T00:00:00Z".parse()?);
    /// assert_eq!(Interval::Day.bars_between(from, to), 1);
    /// # Ok::<(), jiff::Error>(())
    /// ```
    #[must_use]
    pub fn bars_between(self, from: Timestamp, to: Timestamp) -> i64 {
        from.duration_until(to).as_secs() / self.seconds()
    }

    /// Open time of the last bar that is closed at `now`.
    #[must_use]
    pub fn last_closed(self, now: Timestamp) -> Timestamp {
        self.step(self.floor(now), -1)
    }
}

/// UTC calendar year of a time. Bars are stored by the year of their open time.
#[must_use]
pub fn utc_year(time: Timestamp) -> i16 {
    Offset::UTC.to_datetime(time).year()
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Interval {
    type Err = ParseIntervalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "1h" => Ok(Self::Hour),
            "1d" => Ok(Self::Day),
            _ => Err(ParseIntervalError { text: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_open_at_utc_midnight_and_full_hours() {
        let t: Timestamp = "2023-05-06T07:08:09Z".parse().unwrap();
        assert_eq!(Interval::Day.floor(t).to_string(), "2023-05-06T00:00:00Z");
        assert_eq!(Interval::Hour.floor(t).to_string(), "2023-05-06T07:00:00Z");
        assert_eq!(Interval::Hour.last_closed(t).to_string(), "2023-05-06T06:00:00Z");
        assert!(!Interval::Hour.is_aligned(t));
        assert!(Interval::Hour.is_aligned(Interval::Hour.floor(t)));
    }
}
