use super::*;
use crate::{
    forecast::{due_forecasts, stamp_stored_at},
    testing::{champion, day, live_records, scored_days, series, settled_records},
};

#[test]
fn an_epoch_grows_bar_by_bar_and_restarts() {
    let series = series("eth-usd-1h-h24");
    let config = MonitoringConfig::default();
    let trained_at: Timestamp = "2020-01-01T00:03:00Z".parse().unwrap();
    let hours = |n: i64| series.interval.step(trained_at, n);
    let epoch = i64::try_from(TEST_EPOCH_BARS).unwrap();
    for (age, start) in [(0, 0), (5_000, 0), (epoch - 1, 0), (epoch, epoch), (2 * epoch + 17, 2 * epoch)] {
        assert_eq!(epoch_start(&series, trained_at, hours(age)), hours(start), "{age}");
        let needed = usize::try_from(age - start).unwrap() + 1;
        assert!(lookback_bars(&series, trained_at, hours(age), &config) >= needed, "{age}");
    }
}

#[test]
fn a_record_without_older_forecasts_is_complete() {
    let series = series("eth-usd-1d-h1");
    let records = live_records(&series, &champion(&series, day(600)), 650..655);
    let first = records[0].forecast.decision_time;
    let from = |bars: i64| series.interval.step(first, -bars);
    assert!(covers_full_history(&series, &records, from(2)) && !covers_full_history(&series, &records, from(1)));
    assert!(!covers_full_history(&series, &records, from(0)) && !covers_full_history(&series, &[], from(2)));
}

/// Fifty live forecasts, then twenty that were caught up, all settled.
fn records(series: &Series, latest: &ScoredBars) -> Vec<ForecastRecord> {
    let champion = champion(series, day(600));
    let mut records = live_records(series, &champion, 650..700);
    records.extend(due_forecasts(series, latest, &champion, &[], &records).unwrap());
    let records = settled_records(series, latest, records);
    assert_eq!(records.iter().filter(|record| record.is_settled()).count(), 70);
    records
}

#[test]
fn only_live_forecasts_with_an_outcome_count() {
    let (series, latest) = (series("eth-usd-1d-h1"), scored_days(720));
    let records = records(&series, &latest);
    let settled = settled_live_forecasts(&records, latest.as_of);
    assert_eq!(settled.len(), 50, "forecasts that were caught up are no part of the record");
    assert_eq!(settled_live_forecasts(&records, day(660)).len(), 10, "a replayed day knows no later outcome");
}

#[test]
fn a_forecast_counts_for_the_version_that_made_it() {
    let (series, latest) = (series("eth-usd-1d-h1"), scored_days(720));
    let (records, version) = (records(&series, &latest), 3);
    let settled = settled_live_forecasts(&records, latest.as_of);
    let measure = |version| measure(&series, &settled, &settled, version, true, &MonitoringConfig::default()).unwrap();
    assert_eq!(measure(version).champion.unwrap().n, 50);
    let after_promotion = measure(version + 1);
    assert_eq!((after_promotion.rolling.unwrap().n, after_promotion.champion), (50, None));
}

#[test]
fn replayed_forecasts_count_only_if_configured() {
    let (series, latest) = (series("eth-usd-1d-h1"), scored_days(720));
    let records = records(&series, &latest);
    let count = |config: &MonitoringConfig| {
        let mut records = records.clone();
        for (index, record) in records.iter_mut().enumerate() {
            let now = if index < 5 { day(4000) } else { record.made_at };
            stamp_stored_at(std::slice::from_mut(record), now);
        }
        let counted: Vec<_> = records.into_iter().map(|record| record.counted(config.count_replays)).collect();
        (count_settled(&counted, latest.as_of), settled_live_forecasts(&counted, latest.as_of).len())
    };
    let counts = SettledCounts { live: 45, replayed: 5 };
    assert_eq!(count(&MonitoringConfig::default()), (counts, 45));
    assert_eq!(count(&MonitoringConfig { count_replays: true, ..MonitoringConfig::default() }), (counts, 50));
}

#[test]
fn strategy_returns_follow_the_forecasts_of_one_version() {
    let (series, latest) = (series("eth-usd-1d-h1"), scored_days(720));
    let (records, version) = (records(&series, &latest), 3);
    let with_returns = |version| {
        let config = MonitoringConfig::default();
        TrackRecord::default().with_strategy_returns(&series, &latest, &records, version, &config).unwrap()
    };
    let returns = with_returns(version).after_costs.unwrap();
    assert_eq!((returns.from, returns.through, returns.bars), (day(650), day(720), 70));
    assert!(returns.long_short.turnover > 0.0 && returns.always_long.turnover > 0.0);
    let after_promotion = with_returns(version + 1);
    assert_eq!((after_promotion.after_costs, after_promotion.after_costs_rolling), (None, Some(returns)));
}
