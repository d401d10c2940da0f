//! Times as text, UTC, and round ones on an axis.

use jiff::{
    Timestamp,
    civil::{Date, date as civil},
    tz::Offset,
};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Distances of times to label, in seconds.
const STEPS: [i64; 8] = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY];
/// Longer distances, in months.
const MONTHS: [i64; 8] = [1, 2, 3, 6, 12, 24, 60, 120];
/// The first Monday of the epoch: weeks are labelled where they begin.
const MONDAY: i64 = 4 * DAY;

/// `2023-05-06`.
#[must_use]
pub fn format_date(time: Timestamp) -> String {
    Offset::UTC.to_datetime(time).date().to_string()
}

/// `2023-05-06 07:00`.
#[must_use]
pub fn format_minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

/// How long ago or until then, in the largest unit of which there are two: `3 days`, `90 seconds`.
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

/// At most `most` round times, or one more, within `from..=to`, each as it is written.
pub(crate) fn ticks(from: Timestamp, to: Timestamp, most: i64) -> Vec<(Timestamp, String)> {
    let span = to.as_second() - from.as_second();
    match STEPS.into_iter().find(|step| span / step <= most) {
        Some(step) => seconds(from, to, step),
        None => {
            let step = MONTHS.into_iter().find(|months| span / (months * 30 * DAY) <= most).unwrap_or(240);
            months(from, to, step)
        }
    }
}

fn seconds(from: Timestamp, to: Timestamp, step: i64) -> Vec<(Timestamp, String)> {
    let first = (from.as_second() - MONDAY - 1).div_euclid(step) + 1;
    let last = (to.as_second() - MONDAY).div_euclid(step);
    let written =
        |time: Timestamp| if step < DAY { time.strftime("%m-%d %H:%M").to_string() } else { format_date(time) };
    (first..=last)
        .filter_map(|n| Timestamp::from_second(n * step + MONDAY).ok())
        .map(|time| (time, written(time)))
        .collect()
}

fn months(from: Timestamp, to: Timestamp, step: i64) -> Vec<(Timestamp, String)> {
    let count = |date: Date| 12 * i64::from(date.year()) + i64::from(date.month()) - 1;
    let of = |time| count(Offset::UTC.to_datetime(time).date());
    let first = of(from).div_euclid(step);
    let last = of(to).div_euclid(step);
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
    fn round_times_suit_the_span() {
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

    #[test]
    fn spans_are_in_the_largest_unit_of_which_there_are_two() {
        let cases =
            [(0, "0 seconds"), (119, "119 seconds"), (-300, "5 minutes"), (7_200, "2 hours"), (200_000, "2 days")];
        for (seconds, text) in cases {
            assert_eq!(humanize_duration(seconds), text);
        }
    }
}
