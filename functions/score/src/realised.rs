//! The track record: settled live forecasts against climatology.

use crate::{error::ScoreError, forecast::is_live, market::Market};
use aws::ForecastRecord;
use domain::{
    Series, WarningCode,
    bootstrap::{Resampling, Sides, default_block},
    drift::{DriftConfig, Performance, Settled},
    evaluation::{AfterCosts, Costs, EvaluationInput, EvaluationSettings, Judged},
};
use jiff::Timestamp;
use serde::Serialize;

/// Forecasts that the track record looks back on: 2.7 years of days, six weeks of hours.
const RECORD: usize = 1000;

/// Bars of an epoch: 27 years of days, 14 months of hours. A champion's life is looked back on, and tested, epoch by epoch.
const EPOCH: usize = 10_000;
/// Fewer bars than that are not traded on.
const LEAST_TRADED: usize = 2;

/// When the present epoch of a champion's life began: what is tested after every outcome may not forget them one by one,
/// or its false alarms would no longer be bounded. It begins anew with each epoch.
pub(crate) fn epoch_start(series: &Series, trained_at: Timestamp, as_of: Timestamp) -> Timestamp {
    let lived = usize::try_from(series.interval.bars_between(trained_at, as_of)).unwrap_or(0);
    let over = i64::try_from(lived - lived % EPOCH).unwrap_or(0);
    series.interval.step(trained_at, over)
}

/// Bars of a series that the track record looks back on; never fewer than the champion's epoch has, nor than the test of its
/// last forecasts needs.
pub(crate) fn look_back(series: &Series, trained_at: Timestamp, as_of: Timestamp, config: &DriftConfig) -> usize {
    let epoch = series.interval.bars_between(epoch_start(series, trained_at, as_of), as_of);
    let epoch = usize::try_from(epoch).unwrap_or(0).saturating_add(1);
    RECORD.max(config.rolling_forecasts(series.horizon)).max(epoch)
}

/// Settled forecasts by when they were stored; ties are left out, as in every stretch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct SettledCounts {
    /// Number of those that were stored before their target time.
    pub(crate) live: usize,
    /// Number of those that were stored in a replay, at or after their target time. They are part of the track record only with
    /// `count_replays`.
    pub(crate) replayed: usize,
}

impl SettledCounts {
    /// Counts the settled forecasts with an outcome at `as_of`.
    pub(crate) fn count(records: &[ForecastRecord], as_of: Timestamp) -> Self {
        let mut counts = Self::default();
        for record in records.iter().filter(|record| is_labelled(record, as_of)) {
            // The warning tells it even where `made_at` is counted as the time of storage.
            if record.forecast.warnings.iter().any(|warning| warning.code == WarningCode::ReplayedForecast) {
                counts.replayed += 1;
            } else if is_live(record) {
                counts.live += 1;
            }
        }
        counts
    }
}

fn is_labelled(record: &ForecastRecord, as_of: Timestamp) -> bool {
    record.forecast.target_time <= as_of && record.outcome.and_then(aws::Outcome::label).is_some()
}

/// How the forecasts did, over several stretches.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Realised {
    /// The last ones, whoever was champion.
    pub(crate) rolling: Option<Performance>,
    /// All that are looked back on.
    pub(crate) since_start: Option<Performance>,
    /// Whether these begin with the first forecast of all: otherwise they are the last [`look_back`] bars.
    pub(crate) whole: bool,
    /// All that are looked back on, by when they were stored.
    pub(crate) settled: SettledCounts,
    /// The last ones of the present champion: what a drift alert is about.
    pub(crate) champion: Option<Performance>,
    /// All of the present champion.
    pub(crate) since_promotion: Option<Performance>,
    /// What following the present champion's forecasts was worth since its first one, settled or not.
    pub(crate) after_costs: Option<AfterCosts>,
    /// The same of the last forecasts, whoever was champion.
    pub(crate) after_costs_rolling: Option<AfterCosts>,
}

/// The settled live forecasts with an outcome at `as_of`, ascending.
pub(crate) fn track_record(records: &[ForecastRecord], as_of: Timestamp) -> Vec<(u32, Settled)> {
    records
        .iter()
        .filter(|record| is_live(record) && record.forecast.target_time <= as_of)
        .filter_map(|record| {
            let forecast = &record.forecast;
            let settled = Settled {
                decision_time: forecast.decision_time,
                probability_up: forecast.probability_up,
                baseline_probability: forecast.baseline_probability,
                direction: forecast.direction,
                up: record.outcome?.label()?,
            };
            Some((forecast.model.version, settled))
        })
        .collect()
}

/// Scores the track record.
pub(crate) fn realised(
    series: &Series,
    record: &[(u32, Settled)],
    version: u32,
    whole: bool,
    config: &DriftConfig,
) -> Result<Realised, ScoreError> {
    let of = |settled: &[Settled]| Performance::of(settled, series.horizon, config);
    let last =
        |settled: &[Settled]| of(&settled[settled.len().saturating_sub(config.rolling_forecasts(series.horizon))..]);
    let all: Vec<Settled> = record.iter().map(|(_, settled)| *settled).collect();
    let own: Vec<Settled> = record.iter().filter(|(by, _)| *by == version).map(|(_, settled)| *settled).collect();
    Ok(Realised {
        rolling: last(&all)?,
        since_start: of(&all)?,
        whole,
        settled: SettledCounts::default(),
        champion: last(&own)?,
        since_promotion: of(&own)?,
        after_costs: None,
        after_costs_rolling: None,
    })
}

/// Whether the forecasts that were read begin with the first that there is, as far as these can tell: none was read at the start
/// of what was asked for, so none is looked for before it.
pub(crate) fn is_whole(series: &Series, records: &[ForecastRecord], from: Timestamp) -> bool {
    records.first().is_some_and(|first| first.forecast.decision_time > series.interval.step(from, 1))
}

impl Realised {
    /// Adds what following the forecasts was worth.
    pub(crate) fn follow(
        self,
        series: &Series,
        market: &Market,
        records: &[ForecastRecord],
        version: u32,
        config: &DriftConfig,
    ) -> Result<Self, ScoreError> {
        let live: Vec<&ForecastRecord> = records.iter().filter(|record| is_live(record)).collect();
        let own: Vec<&ForecastRecord> =
            live.iter().filter(|record| record.forecast.model.version == version).copied().collect();
        let last = &live[live.len().saturating_sub(config.rolling_forecasts(series.horizon))..];
        Ok(Self {
            settled: SettledCounts::count(records, market.as_of),
            after_costs: after_costs(series, market, &own, config)?,
            after_costs_rolling: after_costs(series, market, last, config)?,
            ..self
        })
    }
}

/// What following these forecasts was worth: see [`AfterCosts`]. `None` without any, or when there are no later bars to value
/// them at.
fn after_costs(
    series: &Series,
    market: &Market,
    records: &[&ForecastRecord],
    config: &DriftConfig,
) -> Result<Option<AfterCosts>, ScoreError> {
    let judged: Vec<Judged> = (records.iter())
        .filter_map(|record| {
            let forecast = &record.forecast;
            Some(Judged {
                bar: market.index_of(series.interval.step(forecast.decision_time, -1))?,
                decision_time: forecast.decision_time,
                probability_up: forecast.probability_up,
                baseline_probability: forecast.baseline_probability,
                persistence_probability: 0.5,
                band: forecast.interval,
                direction: forecast.direction,
                up: record.outcome.and_then(aws::Outcome::label),
            })
        })
        .collect();
    let bars = market.bars();
    let (Some(first), Some(through)) = (judged.first(), bars.len().checked_sub(1)) else { return Ok(None) };
    if through < first.bar + LEAST_TRADED {
        return Ok(None);
    }
    let costs = Costs::default();
    let settings = EvaluationSettings { resamples: config.resamples, seed: config.seed, min_effective: 0.0, costs };
    let resampling = Resampling {
        block: default_block(through - first.bar, usize::try_from(series.horizon).unwrap_or(usize::MAX)),
        resamples: config.resamples,
        seed: config.seed,
        confidence: 0.95,
        sides: Sides::Two,
    };
    let (judged, settings) = (&judged[..], &settings);
    let input = EvaluationInput { series, bars, judged, through, by_model: true, selection: None, settings };
    Ok(Some(AfterCosts::new(&input, &resampling)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        forecast::{as_counted, due, stamp},
        settle::{join, settlement},
        testing::{champion, day, market, series},
    };

    #[test]
    fn an_epoch_grows_bar_by_bar_and_then_begins_anew() {
        let series = series("eth-usd-1h-h24");
        let config = DriftConfig::default();
        let trained: Timestamp = "2020-01-01T00:03:00Z".parse().unwrap();
        let hours = |n: i64| series.interval.step(trained, n);
        let whole = i64::try_from(EPOCH).unwrap();
        for (lived, start) in [(0, 0), (5_000, 0), (whole - 1, 0), (whole, whole), (2 * whole + 17, 2 * whole)] {
            assert_eq!(epoch_start(&series, trained, hours(lived)), hours(start), "{lived}");
            let needed = usize::try_from(lived - start).unwrap() + 1;
            assert!(look_back(&series, trained, hours(lived), &config) >= needed, "{lived}");
        }
    }

    #[test]
    fn a_record_is_whole_when_older_forecasts_would_have_been_read() {
        let series = series("eth-usd-1d-h1");
        let champion = champion(&series, day(600));
        let records: Vec<ForecastRecord> =
            (650..655).flat_map(|day| due(&series, &market(day), &champion, &[]).unwrap()).collect();
        let first = records[0].forecast.decision_time;
        let from = |bars: i64| series.interval.step(first, -bars);
        assert!(is_whole(&series, &records, from(2)) && !is_whole(&series, &records, from(1)));
        assert!(!is_whole(&series, &records, from(0)) && !is_whole(&series, &[], from(2)));
    }

    #[test]
    fn only_live_forecasts_with_a_known_outcome_count_and_each_for_its_champion() {
        let series = series("eth-usd-1d-h1");
        let champion = champion(&series, day(600));
        let latest = market(720);
        let mut records: Vec<ForecastRecord> =
            (650..700).flat_map(|day| due(&series, &market(day), &champion, &[]).unwrap()).collect();
        records.extend(due(&series, &latest, &champion, &records).unwrap());
        let records: Vec<_> = records
            .into_iter()
            .map(|record| match settlement(&series, &latest, &record) {
                Some(settlement) => join(record, &settlement),
                None => record,
            })
            .collect();
        assert_eq!(records.iter().filter(|record| record.is_settled()).count(), 70);

        let record = track_record(&records, latest.as_of);
        assert_eq!(record.len(), 50, "what was caught up later is no part of the record");
        let of = |version| realised(&series, &record, version, true, &DriftConfig::default()).unwrap();
        assert_eq!(of(champion.version).champion.unwrap().n, 50);
        let after_promotion = of(champion.version + 1);
        assert_eq!((after_promotion.rolling.unwrap().n, after_promotion.champion), (50, None));
        assert_eq!(track_record(&records, day(660)).len(), 10, "a replayed day does not see later outcomes");

        // Of those 50 a tenth was made in a replay, much later by the clock.
        let replayed_too = |config: &DriftConfig| {
            let mut records = records.clone();
            for (index, record) in records.iter_mut().enumerate() {
                let clock = if index < 5 { day(4000) } else { record.made_at };
                stamp(std::slice::from_mut(record), clock);
            }
            let counted: Vec<_> = records.into_iter().map(|record| as_counted(record, config)).collect();
            (SettledCounts::count(&counted, latest.as_of), track_record(&counted, latest.as_of).len())
        };
        let counts = SettledCounts { live: 45, replayed: 5 };
        assert_eq!(replayed_too(&DriftConfig::default()), (counts, 45));
        assert_eq!(replayed_too(&DriftConfig { count_replays: true, ..DriftConfig::default() }), (counts, 50));

        let traded = |version| {
            let config = DriftConfig::default();
            Realised::default().follow(&series, &latest, &records, version, &config).unwrap()
        };
        let followed = traded(champion.version).after_costs.unwrap();
        assert_eq!((followed.from, followed.through, followed.bars), (day(650), day(720), 70));
        assert!(followed.long_short.turnover > 0.0 && followed.always_long.turnover > 0.0);
        let after_promotion = traded(champion.version + 1);
        assert_eq!((after_promotion.after_costs, after_promotion.after_costs_rolling), (None, Some(followed)));
    }
}
