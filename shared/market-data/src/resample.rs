//! Resampling of hourly bars to daily ones.

use crate::{Bar, Interval};

const HOURS_PER_DAY: usize = 24;

/// Daily bars of ascending `hours`, one for each UTC day that has all its hours.
///
/// A bar has the open of the first hour, the close of the last, the highest high, the lowest low and the sum of the
/// volumes. A day with a missing hour gives no bar.
///
/// ```
/// # use market_data::{Bar, Interval, resample::to_daily};
/// let midnight = "2023-01-01T00:00:00Z".parse().unwrap();
/// let hour = |n: i64| Bar {
///     time: Interval::Hour.step(midnight, n), open: 10.0, high: 12.0, low: 9.0, close: 11.0, volume: 2.0,
/// };
/// let hours: Vec<Bar> = (0..30).map(hour).collect();
/// let days = to_daily(&hours);
/// assert_eq!((days.len(), days[0].time, days[0].volume), (1, midnight, 48.0));
/// ```
#[must_use]
pub fn to_daily(hours: &[Bar]) -> Vec<Bar> {
    hours
        .chunk_by(|a, b| Interval::Day.floor(a.time) == Interval::Day.floor(b.time))
        .filter(|day| day.len() == HOURS_PER_DAY)
        .filter_map(|day| {
            let (first, last) = (day.first()?, day.last()?);
            Some(day.iter().fold(Bar { close: last.close, volume: 0.0, ..*first }, |daily, hour| Bar {
                high: daily.high.max(hour.high),
                low: daily.low.min(hour.low),
                volume: daily.volume + hour.volume,
                ..daily
            }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn hours(count: i64) -> Vec<Bar> {
        let midnight: Timestamp = "2023-01-01T00:00:00Z".parse().unwrap();
        let bar = |n: i32| Bar {
            time: Interval::Hour.step(midnight, n.into()),
            open: f64::from(n) + 1.0,
            high: f64::from(n) + 3.0,
            low: f64::from(n) + 0.5,
            close: f64::from(n) + 2.0,
            volume: 1.0,
        };
        (0..i32::try_from(count).unwrap()).map(bar).collect()
    }

    #[test]
    fn a_complete_day_has_first_open_last_close_and_extremes() {
        let days = to_daily(&hours(48));
        assert_eq!(days.len(), 2);
        let second = days[1];
        assert_eq!(second.time.to_string(), "2023-01-02T00:00:00Z");
        let expected = Bar { open: 25.0, high: 50.0, low: 24.5, close: 49.0, volume: 24.0, ..second };
        assert_eq!(second, expected);
    }

    #[test]
    fn a_day_with_a_missing_hour_gives_no_bar() {
        let mut hours = hours(48);
        hours.remove(7);
        let days = to_daily(&hours);
        assert_eq!(days.len(), 1);
        assert_eq!(days[0].time.to_string(), "2023-01-02T00:00:00Z");
    }
}
