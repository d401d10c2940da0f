//! What the champion's record says of it: tests that may be looked at after every outcome, and what its forecasts claim.

use crate::{
    forecast::{Champion, made_in_time},
    track_record::epoch_start,
};
use aws::ForecastRecord;
use jiff::Timestamp;
use market_data::Series;
use monitoring::{
    ExpectedPerformance, ForecastSample, MonitoringConfig, SequentialTest, SettledForecast, sequential::NullHypothesis,
};
use serde::Serialize;

/// The tests of the champion over the present epoch of its life.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SequentialTests {
    pub(crate) worse_than_climatology: Option<SequentialTest>,
    /// `None` also for a champion of which nothing was promised.
    pub(crate) worse_than_promised: Option<SequentialTest>,
}

/// What its forecasts claim: an estimate, before outcomes are known.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct PerformanceEstimates {
    /// Those whose outcome is not known.
    pub(crate) open: Option<ExpectedPerformance>,
    /// The last ones, outcome or not: to be compared with what came.
    pub(crate) rolling: Option<ExpectedPerformance>,
}

/// Tests what `record` holds of the champion's present epoch.
pub(crate) fn sequential(
    series: &Series,
    record: &[(u32, SettledForecast)],
    as_of: Timestamp,
    champion: &Champion,
    config: &MonitoringConfig,
) -> SequentialTests {
    let start = epoch_start(series, champion.artifact.trained_at, as_of);
    let own: Vec<SettledForecast> = (record.iter())
        .filter(|(by, settled)| *by == champion.version && settled.decision_time >= start)
        .map(|(_, settled)| *settled)
        .collect();
    let test = |null, alpha| SequentialTest::new(series, &own, null, alpha);
    SequentialTests {
        worse_than_climatology: test(NullHypothesis::NoWorseThanClimatology, config.alpha_climatology),
        worse_than_promised: champion
            .holdout_excess_bound
            .and_then(|most| test(NullHypothesis::WithinHoldoutBound(most), config.alpha_promise)),
    }
}

/// What the champion's live forecasts claim.
pub(crate) fn estimate(
    series: &Series,
    records: &[ForecastRecord],
    as_of: Timestamp,
    champion: &Champion,
    config: &MonitoringConfig,
) -> PerformanceEstimates {
    let own: Vec<(bool, ForecastSample)> = records
        .iter()
        .filter(|record| record.forecast.model.version == champion.version && made_in_time(record))
        .map(|record| {
            let forecast = &record.forecast;
            let claim = ForecastSample {
                decision_time: forecast.decision_time,
                probability_up: forecast.probability_up,
                baseline_probability: forecast.baseline_probability,
                direction: forecast.direction,
            };
            (forecast.target_time > as_of || !record.is_settled(), claim)
        })
        .collect();
    let claims = |of: &[(bool, ForecastSample)]| of.iter().map(|(_, claim)| *claim).collect::<Vec<_>>();
    let open: Vec<(bool, ForecastSample)> = own.iter().filter(|(open, _)| *open).copied().collect();
    let rolling = &own[own.len().saturating_sub(config.rolling_forecasts(series.horizon))..];
    PerformanceEstimates {
        open: ExpectedPerformance::estimate(&claims(&open), series.horizon),
        rolling: ExpectedPerformance::estimate(&claims(rolling), series.horizon),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        forecast::due_forecasts,
        settle::{apply_settlement, settlement},
        testing::{champion, day, market, series},
        track_record::settled_live_forecasts,
    };

    #[test]
    fn each_champion_is_tested_by_its_own_outcomes_and_claims_what_is_open_apart() {
        let (series, config) = (series("eth-usd-1d-h7"), MonitoringConfig::default());
        let champion = champion(&series, day(600));
        let latest = market(720);
        let made = (650..=720).flat_map(|day| due_forecasts(&series, &market(day), &champion, &[]).unwrap());
        let records: Vec<ForecastRecord> = made
            .map(|record| match settlement(&series, &latest, &record) {
                Some(settlement) => apply_settlement(record, &settlement),
                None => record,
            })
            .collect();
        let record = settled_live_forecasts(&records, latest.as_of);
        let tested = sequential(&series, &record, latest.as_of, &champion, &config);
        let (climatology, promised) = (tested.worse_than_climatology.unwrap(), tested.worse_than_promised.unwrap());
        assert_eq!((climatology.n, climatology.processes, promised.n), (64, 7, 64));
        assert!((promised.null_excess + 0.001).abs() < 1e-12 && climatology.null_excess.abs() < 1e-12);

        let claims = estimate(&series, &records, latest.as_of, &champion, &config);
        assert_eq!((claims.open.unwrap().n, claims.rolling.unwrap().n), (7, 71));
        assert!(claims.rolling.unwrap().log_loss < claims.rolling.unwrap().log_loss_climatology);

        let unpromised = Champion { version: 4, holdout_excess_bound: None, ..champion };
        let tested = sequential(&series, &record, latest.as_of, &unpromised, &config);
        assert_eq!((tested.worse_than_climatology, tested.worse_than_promised), (None, None));
        assert_eq!(estimate(&series, &records, latest.as_of, &unpromised, &config).rolling, None);
    }
}
