//! The track record: settled live forecasts against climatology.

use crate::{error::ScoreError, forecast::is_live};
use aws::ForecastRecord;
use domain::{
    Series,
    drift::{DriftConfig, Performance, Settled},
};
use jiff::Timestamp;
use serde::Serialize;

/// Forecasts that the track record looks back on: 2.7 years of days, six weeks of hours.
const RECORD: usize = 1000;

/// Forecasts of a series that the track record looks back on; never fewer than the test of the champion needs.
pub(crate) fn look_back(series: &Series, config: &DriftConfig) -> usize {
    RECORD.max(config.rolling_forecasts(series.horizon))
}

/// How the forecasts did, over three stretches.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Realised {
    /// The last ones, whoever was champion.
    pub(crate) rolling: Option<Performance>,
    /// All that are looked back on.
    pub(crate) since_start: Option<Performance>,
    /// The last ones of the present champion: what a drift alert is about.
    pub(crate) champion: Option<Performance>,
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
    config: &DriftConfig,
) -> Result<Realised, ScoreError> {
    let of = |settled: &[Settled]| Performance::of(settled, series.horizon, config);
    let last =
        |settled: &[Settled]| of(&settled[settled.len().saturating_sub(config.rolling_forecasts(series.horizon))..]);
    let all: Vec<Settled> = record.iter().map(|(_, settled)| *settled).collect();
    let own: Vec<Settled> = record.iter().filter(|(by, _)| *by == version).map(|(_, settled)| *settled).collect();
    Ok(Realised { rolling: last(&all)?, since_start: of(&all)?, champion: last(&own)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        forecast::due,
        settle::{join, settlement},
        testing::{champion, day, market, series},
    };

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
        let of = |version| realised(&series, &record, version, &DriftConfig::default()).unwrap();
        assert_eq!(of(champion.version).champion.unwrap().n, 50);
        let after_promotion = of(champion.version + 1);
        assert_eq!((after_promotion.rolling.unwrap().n, after_promotion.champion), (50, None));
        assert_eq!(track_record(&records, day(660)).len(), 10, "a replayed day does not see later outcomes");
    }
}
