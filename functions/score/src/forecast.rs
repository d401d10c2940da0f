//! Which decision times are due, and the forecasts for them.
//!
//! A record is worth something only if it was made before its outcome could be known. So:
//! - a series begins with the newest decision time; there is no record before the system ran;
//! - what was missed since is caught up, as far as it is among the newest [`CATCH_UP`] decision times;
//! - nothing is forecast whose outcome the champion may have seen, when it was trained or chosen: the target time has to
//!   lie after its `trained_at`;
//! - a forecast stored at or after its target time is kept for the reader, but is no part of the track record: its event came
//!   late, or was one of a replay, which says so and counts only where [`DriftConfig::count_replays`] says.

use crate::{bars::ScoredBars, error::ScoreError};
use aws::ForecastRecord;
use contracts::{
    Warning,
    forecast::{DataRef, Direction, Forecast, ModelRef},
};
use features::{baselines::settled, labels::labels};
use jiff::Timestamp;
use market_data::Series;
use model::Artifact;
use monitoring::MonitoringConfig;

/// Decision times that one invocation catches up with, at most.
pub(crate) const MAX_CATCH_UP_BARS: usize = 400;

/// What a champion is, for this function.
#[derive(Debug)]
pub(crate) struct Champion {
    pub(crate) version: u32,
    pub(crate) sha256: String,
    pub(crate) artifact: Artifact,
    /// The most that its log loss should exceed climatology's on average, as the hold-out promised when it was promoted:
    /// the upper end of the 95 % interval, usually below zero.
    pub(crate) holdout_excess_bound: Option<f64>,
}

/// Whether the forecast was made before its outcome could be known.
pub(crate) fn made_in_time(record: &ForecastRecord) -> bool {
    record.made_at < record.forecast.target_time
}

/// The record as it was at `as_of`: a replayed day knows no outcome that came later.
pub(crate) fn as_known_at(record: ForecastRecord, as_of: Timestamp) -> ForecastRecord {
    if record.forecast.target_time <= as_of {
        return record;
    }
    let ForecastRecord { stored_at, baseline_labels, .. } = record;
    ForecastRecord { stored_at, baseline_labels, ..ForecastRecord::open(record.forecast, record.made_at) }
}

/// Adds what the clock says to forecasts that are about to be stored. The time of an event may be of the past: what is stored
/// after its target time says so.
pub(crate) fn stamp_stored_at(made: &mut [ForecastRecord], clock: Timestamp) {
    for record in made {
        record.stored_at = Some(clock);
        if record.is_replayed() {
            record.forecast.warnings.push(Warning::replayed());
        }
    }
}

/// The record as it counts: unless replays do, one was made when it was stored, whatever counted as now.
pub(crate) fn as_counted(mut record: ForecastRecord, config: &MonitoringConfig) -> ForecastRecord {
    if !config.count_replays && record.is_replayed() {
        record.made_at = record.stored_at.unwrap_or(record.made_at);
    }
    record
}

/// The forecasts that are due, oldest first; `stored` ascends by decision time. Decision times without features, in the
/// warm-up after a missing bar, have none.
pub(crate) fn due_forecasts(
    series: &Series,
    market: &ScoredBars,
    champion: &Champion,
    stored: &[ForecastRecord],
) -> Result<Vec<ForecastRecord>, ScoreError> {
    let bars = market.bars();
    let Some(newest) = bars.len().checked_sub(1) else { return Ok(Vec::new()) };
    let first = match stored.last() {
        None => newest,
        Some(last) => bars.partition_point(|bar| series.decision_time(bar.time) <= last.forecast.decision_time),
    };
    let unseen =
        |index: usize| series.target_time(series.decision_time(bars[index].time)) > champion.artifact.trained_at;
    let labels = settled(&labels(bars, series.interval, series.horizon), series.horizon);
    (first.max(bars.len().saturating_sub(MAX_CATCH_UP_BARS))..bars.len())
        .filter(|index| unseen(*index))
        .filter_map(|index| Some((index, market.features_at(index)?)))
        .map(|(index, row)| {
            let probability_up = champion.artifact.predict(&row.values)?;
            let base_rate = labels[index].base_rate(series.horizon);
            let forecast = forecast(series, market, champion, index, probability_up, base_rate);
            let baseline_labels = Some(labels[index]);
            Ok(ForecastRecord { baseline_labels, ..ForecastRecord::open(forecast, market.as_of) })
        })
        .collect()
}

fn forecast(
    series: &Series,
    market: &ScoredBars,
    champion: &Champion,
    index: usize,
    probability_up: f64,
    baseline_probability: f64,
) -> Forecast {
    let bar = &market.bars()[index];
    let decision_time = series.decision_time(bar.time);
    let target_time = series.target_time(decision_time);
    let Champion { version, sha256, artifact, .. } = champion;
    let mut warnings = Vec::new();
    if market.is_simulated() {
        warnings.push(Warning::simulated());
    }
    warnings.extend(market.warnings(bar.time));
    if market.as_of >= target_time {
        warnings.push(Warning::late());
    }
    Forecast {
        series: series.clone(),
        decision_time,
        target_time,
        expires_at: series.interval.step(decision_time, 1),
        probability_up,
        direction: Direction::from_probability(probability_up, &artifact.edge),
        interval: artifact.band(probability_up),
        edge: artifact.edge,
        baseline_probability,
        model: ModelRef { version: *version, trained_at: artifact.trained_at, sha256: Some(sha256.clone()) },
        data: DataRef {
            last_bar: bar.time,
            age_seconds: market.as_of.as_second() - decision_time.as_second(),
            source: market.source.clone(),
        },
        warnings,
    }
}

/// So many bars before the one that is open at `as_of`.
pub(crate) fn bars_before(series: &Series, as_of: Timestamp, bars: usize) -> Timestamp {
    series.interval.step(series.interval.floor(as_of), -i64::try_from(bars).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        settle,
        testing::{champion, day, market, series},
    };
    use contracts::WarningCode;
    use market_data::quality::{DoubtfulBar, Flags, QualityRule};

    #[test]
    fn the_record_of_a_new_series_begins_with_the_newest_decision_time() {
        let series = series("eth-usd-1d-h1");
        let market = market(700);
        let made = due_forecasts(&series, &market, &champion(&series, day(700)), &[]).unwrap();
        assert_eq!(made.len(), 1);
        let forecast = &made[0].forecast;
        assert_eq!((forecast.decision_time, forecast.target_time), (day(700), day(701)));
        assert_eq!(forecast.data.age_seconds, 300);
        assert!(made_in_time(&made[0]));
        assert!(forecast.warnings.contains(&Warning::simulated()));
    }

    #[test]
    fn a_stored_forecast_warns_of_the_bars_that_its_features_see() {
        let series = series("eth-usd-1d-h1");
        let rules = Flags::NONE.with(QualityRule::ExtremesDisagree);
        let market = market(700).warning_of(vec![DoubtfulBar { time: day(690), rules }]);
        let champion = champion(&series, day(680));
        let stored = due_forecasts(&series, &self::market(685), &champion, &[]).unwrap();
        let made = due_forecasts(&series, &market, &champion, &stored).unwrap();
        let warned: Vec<_> = made
            .iter()
            .filter(|record| record.forecast.warnings.iter().any(|warning| warning.code == WarningCode::DisputedBars))
            .map(|record| record.forecast.decision_time)
            .collect();
        assert_eq!(warned, (691..=700).map(day).collect::<Vec<_>>());
    }

    #[test]
    fn missed_decision_times_are_caught_up_and_marked_when_their_outcome_was_known() {
        let series = series("eth-usd-1d-h7");
        let champion = champion(&series, day(600));
        let stored = due_forecasts(&series, &market(690), &champion, &[]).unwrap();
        let made = due_forecasts(&series, &market(700), &champion, &stored).unwrap();
        assert_eq!(
            made.iter().map(|m| m.forecast.decision_time).collect::<Vec<_>>(),
            (691..=700).map(day).collect::<Vec<_>>()
        );
        // Targets are seven days on: day 698 to 700 are over at day 700, five minutes past midnight.
        assert_eq!(made.iter().filter(|record| !made_in_time(record)).count(), 3);

        assert_eq!(due_forecasts(&series, &market(700), &champion, &made).unwrap(), [], "the same event again");
    }

    #[test]
    fn a_replayed_day_knows_no_later_outcome() {
        let series = series("eth-usd-1d-h1");
        let open = due_forecasts(&series, &market(690), &champion(&series, day(600)), &[]).unwrap().remove(0);
        let settled =
            settle::apply_settlement(open.clone(), &settle::settlement(&series, &market(691), &open).unwrap());
        assert_eq!(as_known_at(settled.clone(), market(690).as_of), open);
        assert_eq!(as_known_at(settled.clone(), day(691)), settled);
    }

    /// A replay in 2026 of a day of 2024, on a system that never forecast in time.
    #[test]
    fn a_replayed_forecast_says_so_and_counts_only_by_configuration() {
        let series = series("eth-usd-1d-h1");
        let champion = champion(&series, day(600));
        let stamped = |clock| {
            let mut made = due_forecasts(&series, &market(691), &champion, &[]).unwrap();
            stamp_stored_at(&mut made, clock);
            made.remove(0)
        };
        let (usual, replays) =
            (MonitoringConfig::default(), MonitoringConfig { count_replays: true, ..MonitoringConfig::default() });
        let replayed = stamped(day(800));
        assert_eq!((replayed.made_at, replayed.stored_at), (market(691).as_of, Some(day(800))));
        assert!(replayed.is_replayed() && replayed.forecast.warnings.contains(&Warning::replayed()));
        assert!(!made_in_time(&as_counted(replayed.clone(), &usual)));
        assert!(made_in_time(&as_counted(replayed, &replays)));

        let live = stamped(market(691).as_of);
        assert!(!live.is_replayed() && !live.forecast.warnings.contains(&Warning::replayed()));
        assert!(made_in_time(&as_counted(live, &usual)));
    }

    #[test]
    fn outcomes_that_the_champion_may_have_seen_are_not_forecast() {
        let series = series("eth-usd-1d-h1");
        let stored = due_forecasts(&series, &market(690), &champion(&series, day(600)), &[]).unwrap();
        let made = due_forecasts(&series, &market(700), &champion(&series, day(697)), &stored).unwrap();
        assert_eq!(
            made.iter().map(|m| m.forecast.decision_time).collect::<Vec<_>>(),
            (697..=700).map(day).collect::<Vec<_>>()
        );
    }

    #[test]
    fn catching_up_is_bounded_and_never_leaves_out_the_newest() {
        let series = series("eth-usd-1d-h1");
        let champion = champion(&series, day(600));
        let stored = due_forecasts(&series, &market(650), &champion, &[]).unwrap();
        let made = due_forecasts(&series, &market(1200), &champion, &stored).unwrap();
        assert_eq!((made.len(), made[0].forecast.decision_time), (MAX_CATCH_UP_BARS, day(801)));
        assert_eq!(made[MAX_CATCH_UP_BARS - 1].forecast.decision_time, day(1200));
    }

    #[test]
    fn a_forecast_uses_nothing_after_its_decision_time() {
        let series = series("eth-usd-1d-h1");
        let champion = champion(&series, day(600));
        let stored = due_forecasts(&series, &market(690), &champion, &[]).unwrap();
        let late = due_forecasts(&series, &market(700), &champion, &stored).unwrap();
        for (record, day) in late.iter().zip(691..) {
            let live = due_forecasts(&series, &market(day), &champion, &[]).unwrap();
            let (late, live) = (&record.forecast, &live[0].forecast);
            assert!((late.probability_up - live.probability_up).abs() < 1e-9);
            assert!((late.baseline_probability - live.baseline_probability).abs() < 1e-12);
        }
    }
}
