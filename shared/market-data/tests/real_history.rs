//! Real history of one exchange, if the files are present: its hours and days have to agree.

#![expect(clippy::unwrap_used, reason = "in tests a failed unwrap is the assertion")]

use jiff::Timestamp;
use market_data::{
    Bar, Interval,
    csv::{self, CsvOptions},
    gaps::find_gaps,
    quality::{ValidationContext, validate_rows},
    resample::to_daily,
    time::TimeBounds,
};
use std::{collections::BTreeMap, fs, path::Path};

/// Bars of a CSV file; `None` if the file is absent.
fn read(name: &str) -> Option<Vec<Bar>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    let read = csv::read_bars(&fs::read(path).ok()?, CsvOptions { bounds: TimeBounds::STATED, format: None }).unwrap();
    Some(read.rows.into_iter().map(|(_, bar)| bar).collect())
}

#[test]
fn days_resampled_from_hours_equal_the_days_of_the_exchange() {
    let (Some(hours), Some(days)) = (read("eth_usd_1h.csv"), read("eth_usd_1d.csv")) else { return };
    let days: BTreeMap<Timestamp, Bar> = days.into_iter().map(|day| (day.time, day)).collect();
    let resampled = to_daily(&hours);
    assert_eq!(resampled.len(), 2255, "the other days of 2,328 lack an hour");
    for day in resampled {
        let expected = days[&day.time];
        assert_eq!(Bar { volume: expected.volume, ..day }, expected);
        // Volumes are rounded in the files.
        assert!((day.volume / expected.volume - 1.0).abs() < 1e-6, "{} {} {}", day.time, day.volume, expected.volume);
    }
}

#[test]
fn outages_are_gaps_and_all_bars_are_valid() {
    let Some(hours) = read("eth_usd_1h.csv") else { return };
    let missing = find_gaps(hours.iter().map(|bar| bar.time), Interval::Hour);
    assert_eq!((missing.len(), missing.iter().map(|gap| gap.bars).sum::<i64>()), (72, 172));
    let end = Interval::Hour.step(hours.last().unwrap().time, 1);
    let context = ValidationContext {
        source: "file",
        interval: Interval::Hour,
        from: hours[0].time,
        to: end,
        as_of: end,
        now: end,
        recent: &[],
    };
    let rows = validate_rows(hours.iter().map(|bar| (*bar).into()).collect(), &context).unwrap();
    assert_eq!((rows.bars, rows.findings), (hours, vec![]));
}
