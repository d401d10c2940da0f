//! Track record: settled live forecasts of a series, compared with climatology.

use crate::{
    bars::ScoredBars,
    distribution_record::DistributionRecord,
    error::ScoreError,
    forecast::{MAX_CATCH_UP_BARS, bars_before},
};
use aws::ForecastRecord;
use contracts::{
    WarningCode,
    report::{PerformanceSummary, SettledCounts, TrackRecordSummary},
};
use evaluation::{
    EvaluatedForecast, EvaluationInput, EvaluationSettings, StrategyReturns,
    bootstrap::{BootstrapConfig, Sides, default_block_length},
};
use jiff::Timestamp;
use market_data::Series;
use model::mixture;
use monitoring::{MonitoringConfig, RealisedPerformance, SettledForecast};
use serde::Serialize;

/// Bars of the track record: 2.7 years of days, six weeks of hours.
const RECORD_BARS: usize = 1000;

/// Bars of an epoch: 27 years of days, 14 months of hours. A champion is tested over one epoch at a time.
const TEST_EPOCH_BARS: usize = 10_000;

/// Minimum number of bars after the first forecast for strategy returns.
const MIN_TRADED_BARS: usize = 2;

/// Start of the champion's present epoch. Epochs are counted from its training.
///
/// A sequential test keeps its bound on false alarms only if it covers all outcomes since a fixed start. A sliding window
/// would drop outcomes one by one.
pub(crate) fn epoch_start(series: &Series, trained_at: Timestamp, as_of: Timestamp) -> Timestamp {
    let age_bars = usize::try_from(series.interval.bars_between(trained_at, as_of)).unwrap_or(0);
    let past_epochs_bars = i64::try_from(age_bars - age_bars % TEST_EPOCH_BARS).unwrap_or(0);
    series.interval.step(trained_at, past_epochs_bars)
}

/// Bars behind the weights of the mixture at the oldest decision time that may be caught up with.
fn mixture_bars(series: &Series, as_of: Timestamp) -> usize {
    let oldest = bars_before(series, as_of, MAX_CATCH_UP_BARS);
    let bars = series.interval.bars_between(mixture::epoch_start(series, oldest), as_of);
    usize::try_from(bars).unwrap_or(0).saturating_add(1)
}

/// Bars that the track record covers: at least those of the champion's epoch, of the rolling performance, and of the mixture.
pub(crate) fn lookback_bars(
    series: &Series,
    trained_at: Timestamp,
    as_of: Timestamp,
    config: &MonitoringConfig,
) -> usize {
    let epoch_bars = series.interval.bars_between(epoch_start(series, trained_at, as_of), as_of);
    let epoch_bars = usize::try_from(epoch_bars).unwrap_or(0).saturating_add(1);
    RECORD_BARS.max(config.rolling_forecasts(series.horizon)).max(epoch_bars).max(mixture_bars(series, as_of))
}

/// Counts the settled forecasts with an outcome at `as_of`.
pub(crate) fn count_settled(records: &[ForecastRecord], as_of: Timestamp) -> SettledCounts {
    let mut counts = SettledCounts::default();
    for record in records.iter().filter(|record| has_label(record, as_of)) {
        // With `count_replays`, `made_at` no longer shows a replay; the warning always does.
        if record.forecast.warnings.iter().any(|warning| warning.code == WarningCode::ReplayedForecast) {
            counts.replayed += 1;
        } else if record.made_in_time() {
            counts.live += 1;
        }
    }
    counts
}

fn has_label(record: &ForecastRecord, as_of: Timestamp) -> bool {
    record.forecast.target_time <= as_of && record.outcome.and_then(aws::Outcome::label).is_some()
}

/// Realised performance over several periods. Each is absent without settled forecasts.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct TrackRecord {
    /// Latest forecasts of all champions.
    pub(crate) rolling: Option<RealisedPerformance>,
    /// All forecasts of the last [`lookback_bars`].
    pub(crate) since_start: Option<RealisedPerformance>,
    /// True if these begin with the first forecast of the series.
    pub(crate) complete: bool,
    /// Numbers of settled forecasts.
    pub(crate) settled: SettledCounts,
    /// Latest forecasts of the present champion alone, which the rules evaluate.
    pub(crate) champion: Option<RealisedPerformance>,
    /// All forecasts of the present champion.
    pub(crate) since_promotion: Option<RealisedPerformance>,
    /// Performance of the forecast distributions.
    pub(crate) distribution: DistributionRecord,
    /// Strategy returns on all forecasts of the present champion, settled or not.
    pub(crate) after_costs: Option<StrategyReturns>,
    /// Strategy returns on the latest forecasts of all champions.
    pub(crate) after_costs_rolling: Option<StrategyReturns>,
}

impl TrackRecord {
    /// Part of the track record that pages show.
    pub(crate) fn summary(&self) -> TrackRecordSummary {
        TrackRecordSummary {
            rolling: self.rolling.as_ref().map(summarize),
            since_start: self.since_start.as_ref().map(summarize),
            complete: self.complete,
            settled: Some(self.settled),
            since_promotion: self.since_promotion.as_ref().map(summarize),
            distribution: Some(self.distribution.summary()),
        }
    }
}

fn summarize(performance: &RealisedPerformance) -> PerformanceSummary {
    PerformanceSummary {
        n: performance.n,
        from: Some(performance.from),
        log_loss: Some(performance.log_loss),
        log_loss_climatology: Some(performance.log_loss_climatology),
        brier_skill: Some(performance.brier_skill),
        brier_skill_ci: performance.brier_skill_ci,
        auc: performance.auc,
        calibration_error: Some(performance.calibration_error),
        called: performance.called,
        hit_rate: performance.hit_rate,
    }
}

/// Settled live forecasts with an outcome at `as_of`, ascending, each with the version that served.
pub(crate) fn settled_live_forecasts(records: &[ForecastRecord], as_of: Timestamp) -> Vec<(u32, SettledForecast)> {
    settled_with(records, as_of, |record| record.forecast.probability_up)
}

/// The same forecasts with the probabilities of the champions alone, before they were mixed with those of other experts.
pub(crate) fn settled_champion_forecasts(records: &[ForecastRecord], as_of: Timestamp) -> Vec<(u32, SettledForecast)> {
    settled_with(records, as_of, ForecastRecord::champion_probability)
}

fn settled_with(
    records: &[ForecastRecord],
    as_of: Timestamp,
    probability_up: impl Fn(&ForecastRecord) -> f64,
) -> Vec<(u32, SettledForecast)> {
    records
        .iter()
        .filter(|record| record.made_in_time() && record.forecast.target_time <= as_of)
        .filter_map(|record| {
            let forecast = &record.forecast;
            let settled = SettledForecast {
                decision_time: forecast.decision_time,
                probability_up: probability_up(record),
                baseline_probability: forecast.baseline_probability,
                direction: forecast.direction,
                up: record.outcome?.label()?,
            };
            Some((forecast.model.version, settled))
        })
        .collect()
}

/// Measures the track record of `version`: what was served, and the forecasts of the champions alone. Counts and strategy returns follow in [`TrackRecord::with_strategy_returns`], the
/// distributions in [`TrackRecord::distribution`].
pub(crate) fn measure(
    series: &Series,
    settled: &[(u32, SettledForecast)],
    champions: &[(u32, SettledForecast)],
    version: u32,
    complete: bool,
    config: &MonitoringConfig,
) -> Result<TrackRecord, ScoreError> {
    let performance = |settled: &[SettledForecast]| RealisedPerformance::measure(settled, series.horizon, config);
    let rolling = |settled: &[SettledForecast]| {
        performance(&settled[settled.len().saturating_sub(config.rolling_forecasts(series.horizon))..])
    };
    let all: Vec<SettledForecast> = settled.iter().map(|(_, settled)| *settled).collect();
    let of_version = |settled: &[(u32, SettledForecast)]| -> Vec<SettledForecast> {
        settled.iter().filter(|(made_by, _)| *made_by == version).map(|(_, settled)| *settled).collect()
    };
    Ok(TrackRecord {
        rolling: rolling(&all)?,
        since_start: performance(&all)?,
        complete,
        settled: SettledCounts::default(),
        champion: rolling(&of_version(champions))?,
        since_promotion: performance(&of_version(settled))?,
        distribution: DistributionRecord::default(),
        after_costs: None,
        after_costs_rolling: None,
    })
}

/// True if no forecast was found at the start of the range `from`: then `records` begin with the first of the series.
pub(crate) fn covers_full_history(series: &Series, records: &[ForecastRecord], from: Timestamp) -> bool {
    records.first().is_some_and(|first| first.forecast.decision_time > series.interval.step(from, 1))
}

impl TrackRecord {
    /// Adds the numbers of settled forecasts and the strategy returns.
    pub(crate) fn with_strategy_returns(
        self,
        series: &Series,
        bars: &ScoredBars,
        records: &[ForecastRecord],
        version: u32,
        config: &MonitoringConfig,
    ) -> Result<Self, ScoreError> {
        let live: Vec<&ForecastRecord> = records.iter().filter(|record| record.made_in_time()).collect();
        let own: Vec<&ForecastRecord> =
            live.iter().filter(|record| record.forecast.model.version == version).copied().collect();
        let rolling = &live[live.len().saturating_sub(config.rolling_forecasts(series.horizon))..];
        Ok(Self {
            settled: count_settled(records, bars.as_of),
            after_costs: strategy_returns(series, bars, &own, config)?,
            after_costs_rolling: strategy_returns(series, bars, rolling, config)?,
            ..self
        })
    }
}

/// Returns of the strategies that follow these forecasts. `None` without forecasts, or with fewer than
/// [`MIN_TRADED_BARS`] bars after the first one.
fn strategy_returns(
    series: &Series,
    bars: &ScoredBars,
    records: &[&ForecastRecord],
    config: &MonitoringConfig,
) -> Result<Option<StrategyReturns>, ScoreError> {
    let forecasts: Vec<EvaluatedForecast> =
        records.iter().filter_map(|record| evaluated_forecast(series, bars, record)).collect();
    let bars = bars.as_slice();
    let (Some(first), Some(last_bar)) = (forecasts.first(), bars.len().checked_sub(1)) else { return Ok(None) };
    if last_bar < first.bar + MIN_TRADED_BARS {
        return Ok(None);
    }
    let settings =
        EvaluationSettings { resamples: config.resamples, seed: config.seed, min_effective: 0.0, costs: config.costs };
    let bootstrap = BootstrapConfig {
        block: default_block_length(last_bar - first.bar, usize::try_from(series.horizon).unwrap_or(usize::MAX)),
        resamples: config.resamples,
        seed: config.seed,
        confidence: 0.95,
        sides: Sides::TwoSided,
    };
    let input = EvaluationInput {
        series,
        bars,
        forecasts: &forecasts,
        last_bar,
        from_model: true,
        selection: None,
        settings: &settings,
    };
    Ok(Some(StrategyReturns::new(&input, &bootstrap)?))
}

/// Forecast with the index of its last bar; `None` if that bar is missing.
fn evaluated_forecast(series: &Series, bars: &ScoredBars, record: &ForecastRecord) -> Option<EvaluatedForecast> {
    let forecast = &record.forecast;
    Some(EvaluatedForecast {
        bar: bars.index_of(series.interval.step(forecast.decision_time, -1))?,
        decision_time: forecast.decision_time,
        probability_up: forecast.probability_up,
        baseline_probability: forecast.baseline_probability,
        // Strategy returns do not read it.
        persistence_probability: 0.5,
        band: forecast.interval,
        direction: forecast.direction,
        up: record.outcome.and_then(aws::Outcome::label),
    })
}

#[cfg(test)]
mod tests;
