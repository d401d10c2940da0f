//! Text of numbers, times and durations, equal on every page. Times are UTC.

use contracts::TOO_FEW;
use jiff::{Timestamp, tz::Offset};
use market_data::Interval;

/// Text in place of an unknown number.
pub const UNKNOWN: &str = "unknown";

/// Share in per cent: `54.2 %`.
#[must_use]
pub fn format_percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Price with three digits or more: `3842`, `38.4`, `0.384`, `0.0000123`.
#[must_use]
pub fn format_price(price: f64) -> String {
    let decimals = match price.abs() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 12")]
        small @ 1e-12..0.1 => (-small.log10()).floor() as usize + 3,
        _ => digits(price),
    };
    format!("{price:.decimals$}")
}

/// Number of decimals that leave three or four digits of a value.
pub(crate) fn digits(value: f64) -> usize {
    match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    }
}

/// Signed number with its interval: `+0.012 [-0.004, +0.027]`. Without an interval, [`TOO_FEW`] stands in its place.
#[must_use]
pub fn format_signed(value: f64, interval: Option<[f64; 2]>) -> String {
    interval.map_or_else(|| format!("{value:+.3}, {TOO_FEW}"), |[lo, hi]| format!("{value:+.3} [{lo:+.3}, {hi:+.3}]"))
}

/// Share of correct calls among `called` forecasts: `54.2 % of 31`; `none called` without any.
#[must_use]
pub fn format_hits(rate: Option<f64>, called: usize) -> String {
    rate.map_or_else(|| "none called".to_owned(), |rate| format!("{} of {called}", format_percent(rate)))
}

/// Date: `2023-05-06`.
#[must_use]
pub fn format_date(time: Timestamp) -> String {
    Offset::UTC.to_datetime(time).date().to_string()
}

/// Date and minute: `2023-05-06 07:00`.
#[must_use]
pub fn format_minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Duration in the largest unit of which it has two, without its sign: `3 days`, `90 seconds`.
#[must_use]
pub fn humanize_duration(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Duration of a measured piece of work: `4.1 s`, from ten seconds on as [`humanize_duration`].
#[must_use]
pub fn format_duration(millis: u64) -> String {
    if millis < 10_000 {
        return format!("{}.{} s", millis / 1_000, millis % 1_000 / 100);
    }
    humanize_duration(i64::try_from(millis / 1_000).unwrap_or(i64::MAX))
}

/// Distance of `time` from `now`: `3 days ago`, `in 5 hours`.
#[must_use]
pub fn relative_time(time: Timestamp, now: Timestamp) -> String {
    let seconds = time.as_second() - now.as_second();
    if seconds > 0 {
        format!("in {}", humanize_duration(seconds))
    } else {
        format!("{} ago", humanize_duration(seconds))
    }
}

/// Horizon of a series: `next day`, `next 24 hours`.
#[must_use]
pub fn horizon_label(interval: Interval, horizon: u32) -> String {
    match (interval, horizon) {
        (Interval::Day, 1) => "next day".to_owned(),
        (Interval::Day, 7) => "next week".to_owned(),
        (Interval::Day, days) => format!("next {days} days"),
        (Interval::Hour, 1) => "next hour".to_owned(),
        (Interval::Hour, hours) => format!("next {hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_use_the_largest_unit_with_two() {
        let cases =
            [(0, "0 seconds"), (119, "119 seconds"), (-300, "5 minutes"), (7_200, "2 hours"), (200_000, "2 days")];
        for (seconds, text) in cases {
            assert_eq!(humanize_duration(seconds), text);
        }
        for (millis, text) in [(0, "0.0 s"), (4_190, "4.1 s"), (9_999, "9.9 s"), (10_000, "10 seconds")] {
            assert_eq!(format_duration(millis), text);
        }
    }

    #[test]
    fn times_before_and_after_now_are_relative_to_it() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(relative_time(at(18_000), at(0)), "in 5 hours");
        assert_eq!(relative_time(at(0), at(0)), "0 seconds ago");
        assert_eq!(relative_time(at(0), at(259_200)), "3 days ago");
    }

    #[test]
    fn numbers_have_their_unit_and_interval() {
        assert_eq!(format_percent(0.5416), "54.2 %");
        assert_eq!(format_signed(0.0123, Some([-0.004, 0.027])), "+0.012 [-0.004, +0.027]");
        assert_eq!(format_signed(-0.5, None), "-0.500, too few to judge");
        assert_eq!(format_hits(Some(0.5), 30), "50.0 % of 30");
        assert_eq!(format_hits(None, 0), "none called");
    }

    #[test]
    fn horizons_are_named_in_days_or_hours() {
        let cases = [
            (Interval::Day, 1, "next day"),
            (Interval::Day, 7, "next week"),
            (Interval::Day, 3, "next 3 days"),
            (Interval::Hour, 1, "next hour"),
            (Interval::Hour, 24, "next 24 hours"),
        ];
        for (interval, horizon, label) in cases {
            assert_eq!(horizon_label(interval, horizon), label);
        }
    }
}
