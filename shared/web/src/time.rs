//! Round times for the labels of an axis, in UTC.

use crate::format_date;
use jiff::{
    Timestamp,
    civil::{Date, date as civil},
    tz::Offset,
};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Distances between labelled times, in seconds.
const STEPS: [i64; 8] = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY];
/// Longer distances between labelled times, in months.
const MONTHS: [i64; 8] = [1, 2, 3, 6, 12, 24, 60, 120];
/// First Monday of the epoch, because a week is labelled at its first day.
const MONDAY: i64 = 4 * DAY;

/// At most `max_count + 1` round times within `from..=to` with their texts.
pub(crate) fn ticks(from: Timestamp, to: Timestamp, max_count: i64) -> Vec<(Timestamp, String)> {
    let span = to.as_second() - from.as_second();
    match STEPS.into_iter().find(|step| span / step <= max_count) {
        Some(step) => seconds(from, to, step),
        None => {
            let step = MONTHS.into_iter().find(|months| span / (months * 30 * DAY) <= max_count).unwrap_or(240);
            months(from, to, step)
        }
    }
}

fn seconds(from: Timestamp, to: Timestamp, step: i64) -> Vec<(Timestamp, String)> {
    let first = (from.as_second() - MONDAY - 1).div_euclid(step) + 1;
    let last = (to.as_second() - MONDAY).div_euclid(step);
    let label = |time: Timestamp| if step < DAY { time.strftime("%m-%d %H:%M").to_string() } else { format_date(time) };
    (first..=last)
        .filter_map(|n| Timestamp::from_second(n * step + MONDAY).ok())
        .map(|time| (time, label(time)))
        .collect()
}

fn months(from: Timestamp, to: Timestamp, step: i64) -> Vec<(Timestamp, String)> {
    let count = |date: Date| 12 * i64::from(date.year()) + i64::from(date.month()) - 1;
    let month_of = |time| count(Offset::UTC.to_datetime(time).date());
    let first = month_of(from).div_euclid(step);
    let last = month_of(to).div_euclid(step);
    let format = if step < 12 { "%Y-%m" } else { "%Y" };
    (first..=last)
        .filter_map(|n| {
            let months = n * step;
            let (year, month) = (i16::try_from(months.div_euclid(12)).ok()?, i8::try_from(months.rem_euclid(12)).ok()?);
            Offset::UTC.to_timestamp(civil(year, month + 1, 1).at(0, 0, 0, 0)).ok()
        })
        .filter(|time| (from..=to).contains(time))
        .map(|time| (time, time.strftime(format).to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_times_suit_the_length_of_the_range() {
        let cases: [(&str, &str, &[&str]); 5] = [
            (
                "2023-11-04T22:10:00Z",
                "2023-11-05T09:00:00Z",
                &["11-05 00:00", "11-05 03:00", "11-05 06:00", "11-05 09:00"],
            ),
            ("2023-11-01T00:00:00Z", "2023-11-04T00:00:00Z", &["2023-11-01", "2023-11-02", "2023-11-03", "2023-11-04"]),
            ("2023-10-10T00:00:00Z", "2023-11-05T00:00:00Z", &["2023-10-16", "2023-10-23", "2023-10-30"]),
            ("2023-07-08T00:00:00Z", "2023-11-05T00:00:00Z", &["2023-08", "2023-09", "2023-10", "2023-11"]),
            ("2016-05-01T00:00:00Z", "2023-11-05T00:00:00Z", &["2018", "2020", "2022"]),
        ];
        for (from, to, expected) in cases {
            let ticks = ticks(from.parse().unwrap(), to.parse().unwrap(), 4);
            let written: Vec<&str> = ticks.iter().map(|(_, text)| text.as_str()).collect();
            assert_eq!(written, expected, "{from} to {to}");
        }
    }
}
