//! Sequential tests of the champion, and estimates of its performance from its forecasts alone.

use crate::{champion::Champion, distribution_record::of_version, track_record::epoch_start};
use aws::ForecastRecord;
use jiff::Timestamp;
use market_data::Series;
use monitoring::{
    ExpectedPerformance, ForecastSample, MonitoringConfig, ScoredDistribution, SequentialTest, SettledForecast,
    sequential::NullHypothesis,
};
use serde::Serialize;

/// Sequential tests over the champion's present epoch.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct SequentialTests {
    pub(crate) worse_than_climatology: Option<SequentialTest>,
    /// Absent also for a champion without a hold-out bound.
    pub(crate) worse_than_holdout: Option<SequentialTest>,
    /// Test of the CRPS against climatology's. Absent without settled distributions of a model.
    pub(crate) distribution_worse_than_climatology: Option<SequentialTest>,
    /// Test of the coverage of the 80 % band. Absent without settled distributions of a model.
    pub(crate) band_coverage: Option<SequentialTest>,
}

/// Performance estimated before outcomes are known, were the forecasts calibrated.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct PerformanceEstimates {
    /// Estimate over the champion's open forecasts.
    pub(crate) open: Option<ExpectedPerformance>,
    /// Estimate over the champion's latest forecasts, open or settled, to compare with their realised performance.
    pub(crate) rolling: Option<ExpectedPerformance>,
}

/// Tests the champion on its own settled forecasts of the present epoch, which are not mixed with others.
pub(crate) fn sequential(
    series: &Series,
    settled: &[(u32, SettledForecast)],
    distributions: &[(u32, ScoredDistribution)],
    as_of: Timestamp,
    champion: &Champion,
    config: &MonitoringConfig,
) -> SequentialTests {
    let start = epoch_start(series, champion.artifact.trained_at, as_of);
    let own: Vec<SettledForecast> = (settled.iter())
        .filter(|(version, settled)| *version == champion.version && settled.decision_time >= start)
        .map(|(_, settled)| *settled)
        .collect();
    let own_distributions: Vec<ScoredDistribution> =
        of_version(distributions, champion.version).filter(|settled| settled.decision_time >= start).cloned().collect();
    let test = |hypothesis, alpha| SequentialTest::new(series, &own, hypothesis, alpha);
    SequentialTests {
        worse_than_climatology: test(NullHypothesis::NoWorseThanClimatology, config.alpha_climatology),
        worse_than_holdout: champion
            .holdout_excess_bound
            .and_then(|bound| test(NullHypothesis::WithinHoldoutBound(bound), config.alpha_holdout)),
        distribution_worse_than_climatology: SequentialTest::of_crps(
            series,
            &own_distributions,
            config.alpha_distribution,
        ),
        band_coverage: SequentialTest::of_coverage(
            series,
            &own_distributions,
            config.coverage_tolerance,
            config.alpha_coverage,
        ),
    }
}

/// Estimates the performance of the champion's live forecasts.
pub(crate) fn estimate(
    series: &Series,
    records: &[ForecastRecord],
    as_of: Timestamp,
    champion: &Champion,
    config: &MonitoringConfig,
) -> PerformanceEstimates {
    let own: Vec<&ForecastRecord> = records
        .iter()
        .filter(|record| record.forecast.model.version == champion.version && record.made_in_time())
        .collect();
    let rolling = &own[own.len().saturating_sub(config.rolling_forecasts(series.horizon))..];
    let is_open = |record: &ForecastRecord| record.forecast.target_time > as_of || !record.is_settled();
    let open: Vec<ForecastSample> = own.iter().filter(|record| is_open(record)).map(|record| sample(record)).collect();
    let rolling: Vec<ForecastSample> = rolling.iter().map(|record| sample(record)).collect();
    PerformanceEstimates {
        open: ExpectedPerformance::estimate(&open, series.horizon),
        rolling: ExpectedPerformance::estimate(&rolling, series.horizon),
    }
}

fn sample(record: &ForecastRecord) -> ForecastSample {
    let forecast = &record.forecast;
    ForecastSample {
        decision_time: forecast.decision_time,
        probability_up: record.champion_probability(),
        baseline_probability: forecast.baseline_probability,
        direction: forecast.direction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        distribution_record::settled_distributions,
        testing::{champion, day, live_records, scored_days, series, settled_records},
        track_record::settled_live_forecasts,
    };
    use contracts::distribution::OddsSizes;

    #[test]
    fn a_champion_is_tested_on_its_own_forecasts_only() {
        let (series, config) = (series("eth-usd-1d-h7"), MonitoringConfig::default());
        let champion = champion(&series, day(600));
        let latest = scored_days(720);
        let records = settled_records(&series, &latest, live_records(&series, &champion, 650..=720));
        let settled = settled_live_forecasts(&records, latest.as_of);
        let sizes = OddsSizes::for_series(&series);
        let mut distributions = settled_distributions(&series, &latest, &records, &sizes);
        let tests = sequential(&series, &settled, &distributions, latest.as_of, &champion, &config);
        assert_eq!((&tests.band_coverage, &tests.distribution_worse_than_climatology), (&None, &None), "climatology");
        distributions.iter_mut().for_each(|(_, settled)| settled.from_model = true);
        let with_model = sequential(&series, &settled, &distributions, latest.as_of, &champion, &config);
        assert_eq!(with_model.band_coverage.map(|test| (test.n, test.processes)), Some((64, 7)));
        assert_eq!(with_model.distribution_worse_than_climatology.map(|test| test.n), Some(64));
        let (climatology, holdout) = (tests.worse_than_climatology.unwrap(), tests.worse_than_holdout.unwrap());
        assert_eq!((climatology.n, climatology.processes, holdout.n), (64, 7, 64));
        assert!((holdout.null_excess + 0.001).abs() < 1e-12 && climatology.null_excess.abs() < 1e-12);

        let estimates = estimate(&series, &records, latest.as_of, &champion, &config);
        assert_eq!((estimates.open.unwrap().n, estimates.rolling.unwrap().n), (7, 71));
        assert!(estimates.rolling.unwrap().log_loss < estimates.rolling.unwrap().log_loss_climatology);

        let other = Champion { version: 4, holdout_excess_bound: None, ..champion };
        let tests = sequential(&series, &settled, &distributions, latest.as_of, &other, &config);
        assert_eq!((tests.worse_than_climatology, tests.worse_than_holdout), (None, None));
        assert_eq!(tests.band_coverage, None);
        assert_eq!(estimate(&series, &records, latest.as_of, &other, &config).rolling, None);
    }
}
