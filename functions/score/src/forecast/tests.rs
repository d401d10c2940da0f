use super::*;
use crate::{
    settlement::{apply_settlement, settlement},
    testing::{champion, day, live_records, scored_days, series},
};
use contracts::{
    WarningCode,
    forecast::{Direction, ForecastStatus},
};
use market_data::quality::{DoubtfulBar, Flags, QualityRule};
use model::TrainedRange;
use monitoring::MonitoringConfig;
use std::ops::RangeInclusive;

fn decision_times(records: &[ForecastRecord]) -> Vec<Timestamp> {
    records.iter().map(|record| record.forecast.decision_time).collect()
}

fn days(days: RangeInclusive<i64>) -> Vec<Timestamp> {
    days.map(day).collect()
}

#[test]
fn a_new_series_begins_with_the_newest_decision_time() {
    let series = series("eth-usd-1d-h1");
    let due = due_forecasts(&series, &scored_days(700), &champion(&series, day(700)), &[], &[]).unwrap();
    assert_eq!(due.len(), 1);
    let forecast = &due[0].forecast;
    assert_eq!((forecast.decision_time, forecast.target_time), (day(700), day(701)));
    assert_eq!(forecast.data.age_seconds, 300);
    assert!(due[0].made_in_time());
    assert!(forecast.warnings.contains(&Warning::simulated()));
}

#[test]
fn a_forecast_warns_of_doubtful_bars_behind_its_features() {
    let series = series("eth-usd-1d-h1");
    let rules = Flags::NONE.with(QualityRule::ExtremesDisagree);
    let bars = scored_days(700).with_doubtful(vec![DoubtfulBar { time: day(690), rules }]);
    let champion = champion(&series, day(680));
    let stored = live_records(&series, &champion, [685]);
    let due = due_forecasts(&series, &bars, &champion, &[], &stored).unwrap();
    let warned: Vec<_> = due
        .into_iter()
        .filter(|record| record.forecast.warnings.iter().any(|warning| warning.code == WarningCode::DisputedBars))
        .collect();
    assert_eq!(decision_times(&warned), days(691..=700));
}

#[test]
fn missed_decision_times_are_caught_up_once() {
    let series = series("eth-usd-1d-h7");
    let champion = champion(&series, day(600));
    let stored = live_records(&series, &champion, [690]);
    let due = due_forecasts(&series, &scored_days(700), &champion, &[], &stored).unwrap();
    assert_eq!(decision_times(&due), days(691..=700));
    // The target of day 693 is day 700, which is over five minutes past midnight.
    assert_eq!(due.iter().filter(|record| !record.made_in_time()).count(), 3);

    assert_eq!(due_forecasts(&series, &scored_days(700), &champion, &[], &due).unwrap(), [], "the same event again");
}

#[test]
fn a_replayed_day_knows_no_later_outcome() {
    let series = series("eth-usd-1d-h1");
    let open = live_records(&series, &champion(&series, day(600)), [690]).remove(0);
    let settlement = settlement(&series, &scored_days(691), &open).unwrap();
    let settled = apply_settlement(open.clone(), &settlement);
    assert_eq!(settled.clone().known_at(scored_days(690).as_of), open);
    assert_eq!(settled.clone().known_at(day(691)), settled);
}

/// A replay in 2026 of a day of 2024, on a system that never forecast in time.
#[test]
fn a_replayed_forecast_counts_only_if_configured() {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(600));
    let stored = |now| {
        let mut due = live_records(&series, &champion, [691]);
        stamp_stored_at(&mut due, now);
        due.remove(0)
    };
    let default = MonitoringConfig::default();
    let with_replays = MonitoringConfig { count_replays: true, ..MonitoringConfig::default() };
    let replayed = stored(day(800));
    assert_eq!((replayed.made_at, replayed.stored_at), (scored_days(691).as_of, Some(day(800))));
    assert!(replayed.is_replayed() && replayed.forecast.warnings.contains(&Warning::replayed()));
    assert!(!replayed.clone().counted(default.count_replays).made_in_time());
    assert!(replayed.counted(with_replays.count_replays).made_in_time());

    let live = stored(scored_days(691).as_of);
    assert!(!live.is_replayed() && !live.forecast.warnings.contains(&Warning::replayed()));
    assert!(live.counted(default.count_replays).made_in_time());
}

#[test]
fn outcomes_before_the_training_are_not_forecast() {
    let series = series("eth-usd-1d-h1");
    let stored = live_records(&series, &champion(&series, day(600)), [690]);
    let due = due_forecasts(&series, &scored_days(700), &champion(&series, day(697)), &[], &stored).unwrap();
    assert_eq!(decision_times(&due), days(697..=700));
}

#[test]
fn catching_up_is_limited_to_the_newest_bars() {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(600));
    let stored = live_records(&series, &champion, [650]);
    let due = due_forecasts(&series, &scored_days(1200), &champion, &[], &stored).unwrap();
    assert_eq!((due.len(), due[0].forecast.decision_time), (MAX_CATCH_UP_BARS, day(801)));
    assert_eq!(due[MAX_CATCH_UP_BARS - 1].forecast.decision_time, day(1200));
}

#[test]
fn a_forecast_uses_nothing_after_its_decision_time() {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(600));
    let stored = live_records(&series, &champion, [690]);
    let caught_up = due_forecasts(&series, &scored_days(700), &champion, &[], &stored).unwrap();
    let live = live_records(&series, &champion, 691..=700);
    assert_eq!(caught_up.len(), live.len());
    for (caught_up, live) in caught_up.iter().zip(&live) {
        // The weights of the mixture depend on the forecasts before it, which differ here.
        for (caught_up, live) in caught_up.experts.iter().zip(&live.experts) {
            assert_eq!(caught_up.expert, live.expert);
            assert!((caught_up.probability_up - live.probability_up).abs() < 1e-9);
        }
        let baselines = [caught_up, live].map(|record| record.forecast.baseline_probability);
        assert!((baselines[0] - baselines[1]).abs() < 1e-12);
    }
}

/// The champion names a direction on most days; its trained range ends below the volatility of day 700.
#[test]
fn a_stored_forecast_abstains_outside_the_trained_range() {
    let series = series("eth-usd-1d-h1");
    let bars = scored_days(700);
    let row = bars.features_at(699).unwrap().values.clone();
    let stored = |threshold: f64| {
        let mut champion = champion(&series, day(600));
        let high = row.iter().map(|value| value - 1.0).collect();
        let low = row.iter().map(|value| value - 2.0).collect();
        champion.artifact.trained_range = Some(TrainedRange { low, high, threshold });
        champion.artifact.band_half_width = 0.0;
        due_forecasts(&series, &bars, &champion, &[], &[]).unwrap().remove(0).forecast
    };
    let (usual, novel) = (stored(1.5), stored(0.5));
    assert_ne!(usual.direction, Direction::Abstain);
    assert_eq!((usual.status, novel.status), (ForecastStatus::Ok, ForecastStatus::Degraded));
    assert_eq!(novel.direction, Direction::Abstain);
    assert!(novel.warnings.iter().any(|warning| warning.code == WarningCode::NovelFeatures));
    assert!((novel.novelty.unwrap().score - 1.0).abs() < 1e-9, "every feature is one width outside");
}

/// Challenger with the champion's model.
fn challenger(series: &Series, version: u32, trained_at: Timestamp) -> Challenger {
    Challenger { version, artifact: champion(series, trained_at).artifact, live_alpha: Some(0.01) }
}

#[test]
fn the_served_probability_is_the_weighted_mean_of_all_experts() {
    let series = series("eth-usd-1d-h1");
    let challengers = [challenger(&series, 4, day(600))];
    let due = due_forecasts(&series, &scored_days(700), &champion(&series, day(600)), &challengers, &[]).unwrap();
    let ForecastRecord { experts, forecast, .. } = &due[0];
    let names: Vec<String> = experts.iter().map(|expert| expert.expert.to_string()).collect();
    assert_eq!(names, ["climatology", "last_bar", "last_two_bars", "calendar", "version-3", "version-4"]);
    let weights: f64 = experts.iter().map(|expert| expert.weight).sum();
    let mean: f64 = experts.iter().map(|expert| expert.weight * expert.probability_up).sum();
    assert!((weights - 1.0).abs() < 1e-12 && (mean - forecast.probability_up).abs() < 1e-12);
    assert!((experts[0].weight - 0.6).abs() < 1e-12, "climatology's prior");
    assert!((experts[0].probability_up - forecast.baseline_probability).abs() < 1e-15);
    assert!((due[0].champion_probability() - experts[4].probability_up).abs() < 1e-15);
}

#[test]
fn weights_follow_settled_forecasts_and_a_replay_finds_the_same() {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(600));
    let challengers = [challenger(&series, 4, day(640))];
    let bars = scored_days(720);
    let run = || {
        let mut records: Vec<ForecastRecord> = Vec::new();
        for last in 650..=720 {
            let now = scored_days(last);
            let due = due_forecasts(&series, &now, &champion, &challengers, &records).unwrap();
            records.extend(due);
        }
        records
    };
    let records = run();
    let weight = |record: &ForecastRecord| record.experts[0].weight;
    assert!((weight(&records[0]) - weight(&records[60])).abs() > 1e-6, "weights moved");
    assert_eq!(records, run());
    // The outcomes that were settled meanwhile are those of the bars.
    let settled: Vec<ForecastRecord> = records[..60]
        .iter()
        .map(|record| match settlement(&series, &bars, record) {
            Some(settlement) => apply_settlement(record.clone(), &settlement),
            None => record.clone(),
        })
        .collect();
    let again = due_forecasts(&series, &scored_days(710), &champion, &challengers, &settled).unwrap();
    assert_eq!(again[0].experts, records[60].experts);
}

#[test]
fn a_challenger_does_not_forecast_what_it_may_have_seen() {
    let series = series("eth-usd-1d-h1");
    let champion = champion(&series, day(600));
    let at = |trained_at| {
        let due =
            due_forecasts(&series, &scored_days(700), &champion, &[challenger(&series, 4, trained_at)], &[]).unwrap();
        due[0].probability_of(contracts::expert::Expert::Version(4)).is_some()
    };
    assert_eq!((at(day(700)), at(day(701))), (true, false));
}
