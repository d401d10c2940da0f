//! OHLCV bars and their validation.

use crate::{Interval, numbers::Number};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One closed OHLCV candle. Prices in the quote currency, volume in the base currency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// Open time, UTC, on the interval's grid.
    pub time: Timestamp,
    /// First price, above zero.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price, above zero.
    pub close: f64,
    /// Base currency traded, zero or more.
    pub volume: f64,
}

/// Field of a bar, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarField {
    /// `time`
    Time,
    /// `open`
    Open,
    /// `high`
    High,
    /// `low`
    Low,
    /// `close`
    Close,
    /// `volume`
    Volume,
}

impl fmt::Display for BarField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "time",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
        })
    }
}

/// Violation of a rule for bars. `index` counts from 0 in the sequence that was checked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BarError {
    /// A price is not a finite number above zero.
    #[error("bar {index} ({time}): {field} is {}, expected a finite number above zero", Number(*value))]
    Price {
        /// Index of the bar.
        index: usize,
        /// Open time of the bar.
        time: Timestamp,
        /// Price that is not valid.
        field: BarField,
        /// Value of the field.
        value: f64,
    },
    /// The volume is negative or not finite.
    #[error("bar {index} ({time}): volume is {}, expected a finite number, zero or more", Number(*value))]
    Volume {
        /// Index of the bar.
        index: usize,
        /// Open time of the bar.
        time: Timestamp,
        /// Value of the field.
        value: f64,
    },
    /// High is below low.
    #[error("bar {index} ({time}): high is {}, below low, which is {}", Number(*high), Number(*low))]
    Inverted {
        /// Index of the bar.
        index: usize,
        /// Open time of the bar.
        time: Timestamp,
        /// The bar's low.
        low: f64,
        /// The bar's high.
        high: f64,
    },
    /// Open or close lies outside low to high.
    #[error("bar {index} ({time}): {field} is {}, outside low {} to high {}", Number(*value), Number(*low), Number(*high))]
    Range {
        /// Index of the bar.
        index: usize,
        /// Open time of the bar.
        time: Timestamp,
        /// Price that is outside.
        field: BarField,
        /// Value of that price.
        value: f64,
        /// The bar's low.
        low: f64,
        /// The bar's high.
        high: f64,
    },
    /// The time is not on the interval's grid.
    #[error("bar {index}: time {time} is not the open time of a {interval} bar: {}", interval.opens())]
    OffGrid {
        /// Index of the bar.
        index: usize,
        /// Time of the bar.
        time: Timestamp,
        /// Interval whose grid it should be on.
        interval: Interval,
    },
    /// The time is not later than that of the bar before.
    #[error("bar {index}: time {time} does not come after {previous}: bars must ascend without duplicates")]
    Order {
        /// Index of the bar.
        index: usize,
        /// Time of the bar.
        time: Timestamp,
        /// Time of the bar before.
        previous: Timestamp,
    },
    /// The bar has not opened yet.
    #[error("bar {index}: time {time} is in the future at {now:.0}: only bars that have opened can be used")]
    Future {
        /// Index of the bar.
        index: usize,
        /// Open time of the bar.
        time: Timestamp,
        /// Time that counts as now.
        now: Timestamp,
    },
}

impl BarError {
    /// Index of the bar, counted from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        match *self {
            Self::Price { index, .. }
            | Self::Volume { index, .. }
            | Self::Inverted { index, .. }
            | Self::Range { index, .. }
            | Self::OffGrid { index, .. }
            | Self::Order { index, .. }
            | Self::Future { index, .. } => index,
        }
    }

    /// Field that violates the rule.
    #[must_use]
    pub fn field(&self) -> BarField {
        match *self {
            Self::Price { field, .. } | Self::Range { field, .. } => field,
            Self::Inverted { .. } => BarField::High,
            Self::Volume { .. } => BarField::Volume,
            Self::OffGrid { .. } | Self::Order { .. } | Self::Future { .. } => BarField::Time,
        }
    }
}

impl Bar {
    /// Checks prices, range and volume; `index` goes into the error only.
    ///
    /// # Errors
    /// The first rule that the bar violates.
    pub fn validate(&self, index: usize) -> Result<(), BarError> {
        let time = self.time;
        let prices = [
            (BarField::Open, self.open),
            (BarField::High, self.high),
            (BarField::Low, self.low),
            (BarField::Close, self.close),
        ];
        for (field, value) in prices {
            if !value.is_finite() || value <= 0.0 {
                return Err(BarError::Price { index, time, field, value });
            }
        }
        let (low, high) = (self.low, self.high);
        if high < low {
            return Err(BarError::Inverted { index, time, low, high });
        }
        let outside = |value: f64| value < low || value > high;
        for (field, value) in [(BarField::Open, self.open), (BarField::Close, self.close)] {
            if outside(value) {
                return Err(BarError::Range { index, time, field, value, low, high });
            }
        }
        if !self.volume.is_finite() || self.volume < 0.0 {
            return Err(BarError::Volume { index, time, value: self.volume });
        }
        Ok(())
    }
}

/// Checks that no bar of ascending `bars` opens after `now`. The last one may still be open.
///
/// # Errors
/// [`BarError::Future`] for the first bar that has not opened.
pub fn check_opened(bars: &[Bar], now: Timestamp) -> Result<(), BarError> {
    let index = bars.partition_point(|bar| bar.time <= now);
    bars.get(index).map_or(Ok(()), |bar| Err(BarError::Future { index, time: bar.time, now }))
}

/// Checks every bar, its place on the interval's grid, and that times ascend without duplicates. Gaps are allowed.
///
/// # Errors
/// The first violation, with the bar's index and field.
pub fn validate_bars(bars: &[Bar], interval: Interval) -> Result<(), BarError> {
    for (index, bar) in bars.iter().enumerate() {
        bar.validate(index)?;
        if !interval.is_aligned(bar.time) {
            return Err(BarError::OffGrid { index, time: bar.time, interval });
        }
        if let Some(previous) = index.checked_sub(1).map(|i| bars[i].time)
            && bar.time <= previous
        {
            return Err(BarError::Order { index, time: bar.time, previous });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(time: &str) -> Bar {
        Bar { time: time.parse().unwrap(), open: 10.0, high: 12.0, low: 9.0, close: 11.0, volume: 5.0 }
    }

    #[test]
    fn each_violated_rule_names_its_bar_and_field() {
        let good = bar("2023-01-01T00:00:00Z");
        assert!(good.validate(0).is_ok());
        let cases = [
            (Bar { open: f64::NAN, ..good }, BarField::Open),
            (Bar { close: f64::INFINITY, ..good }, BarField::Close),
            (Bar { low: -1.0, ..good }, BarField::Low),
            (Bar { high: 8.0, ..good }, BarField::High),
            (Bar { close: 13.0, ..good }, BarField::Close),
            (Bar { volume: -0.5, ..good }, BarField::Volume),
        ];
        for (bad, field) in cases {
            let error = bad.validate(3).unwrap_err();
            assert_eq!((error.index(), error.field()), (3, field), "{error}");
        }
    }

    #[test]
    fn messages_name_the_cause_and_show_short_numbers() {
        let good = bar("2023-01-01T00:00:00Z");
        let message = |bar: Bar| validate_bars(&[bar], Interval::Day).unwrap_err().to_string();
        for (bad, expected) in [
            (
                Bar { high: 1.0, low: 2110.0, ..good },
                "bar 0 (2023-01-01T00:00:00Z): high is 1, below low, which is 2110",
            ),
            (Bar { low: 1e-309, open: 1e-310, ..good }, "open is 1e-310, outside low 1e-309 to high 12"),
            (Bar { close: -1e-309, ..good }, "close is -1e-309, expected a finite number above zero"),
            (bar("2022-12-31T22:00:00Z"), "is not the open time of a 1d bar: days open at 00:00 UTC"),
        ] {
            let found = message(bad);
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn bars_that_do_not_ascend_on_the_grid_are_invalid() {
        let (a, b) = (bar("2023-01-01T00:00:00Z"), bar("2023-01-02T00:00:00Z"));
        assert!(validate_bars(&[a, b], Interval::Day).is_ok());
        assert!(matches!(validate_bars(&[b, a], Interval::Day), Err(BarError::Order { index: 1, .. })));
        assert!(matches!(validate_bars(&[a, a], Interval::Day), Err(BarError::Order { index: 1, .. })));
        let off = bar("2023-01-02T00:00:01Z");
        assert!(matches!(validate_bars(&[a, off], Interval::Day), Err(BarError::OffGrid { index: 1, .. })));
    }
}
