//! Everything that is known about a series after it was scored, for the report and the alert.

use crate::{
    bars::ScoredBars,
    champion_tests::{self, PerformanceEstimates, SequentialTests},
    drift::{self, DriftAnalysis},
    error::ScoreError,
    forecast::{Champion, bars_before},
    track_record::{self, TrackRecord},
};
use aws::ForecastRecord;
use jiff::Timestamp;
use market_data::Series;
use monitoring::{
    DataHealth, MonitoringConfig, MonitoringDecision, MonitoringInputs, RegimeShift, drift::DriftReference,
    evaluate_rules,
};

/// What was found.
#[derive(Debug)]
pub(crate) struct SeriesAssessment<'a> {
    pub(crate) series: &'a Series,
    pub(crate) market: &'a ScoredBars,
    pub(crate) champion: &'a Champion,
    /// Forecasts with their outcomes, ascending by decision time.
    pub(crate) records: &'a [ForecastRecord],
    pub(crate) realised: TrackRecord,
    pub(crate) sequential: SequentialTests,
    pub(crate) expected: PerformanceEstimates,
    /// `None` when there are too few bars from before the champion was trained.
    pub(crate) upheaval: Option<RegimeShift>,
    pub(crate) health: DataHealth,
    /// `None` when nothing can be compared.
    pub(crate) drift: Option<DriftAnalysis>,
    /// What all of that leads to.
    pub(crate) decision: MonitoringDecision,
    pub(crate) config: &'a MonitoringConfig,
}

impl<'a> SeriesAssessment<'a> {
    /// Scores the track record, looks for drift and decides.
    pub(crate) fn new(
        series: &'a Series,
        market: &'a ScoredBars,
        champion: &'a Champion,
        reference: Option<&DriftReference>,
        records: &'a [ForecastRecord],
        config: &'a MonitoringConfig,
    ) -> Result<Self, ScoreError> {
        let (as_of, version, interval) = (market.as_of, champion.version, series.interval);
        let record = track_record::settled_live_forecasts(records, as_of);
        let look_back = track_record::lookback_bars(series, champion.artifact.trained_at, as_of, config);
        let whole = track_record::covers_full_history(series, records, bars_before(series, as_of, look_back));
        let realised = track_record::measure(series, &record, version, whole, config)?;
        let realised = realised.with_strategy_returns(series, market, records, version, config)?;
        let sequential = champion_tests::sequential(series, &record, as_of, champion, config);
        let expected = champion_tests::estimate(series, records, as_of, champion, config);
        let upheaval = RegimeShift::of(market.bars(), interval, champion.artifact.trained_at, &config.upheaval);
        let sources: Vec<(Timestamp, &str)> =
            records.iter().map(|one| (one.forecast.decision_time, one.forecast.data.source.as_str())).collect();
        let health = DataHealth::assess(market.bars(), interval, as_of, config.window_bars, &market.source, &sources);
        let windows = match reference {
            Some(reference) => drift::measure_windows(market, champion, reference, config)?,
            None => None,
        };
        let decision = evaluate_rules(
            &MonitoringInputs {
                interval,
                windows: windows.as_deref().unwrap_or_default(),
                upheaval: upheaval.as_ref(),
                recent: realised.champion.as_ref(),
                climatology: sequential.worse_than_climatology.as_ref(),
                promise: sequential.worse_than_promised.as_ref(),
                health: &health,
            },
            config,
        );
        let drift = windows.map(|windows| DriftAnalysis { windows, decision: (&decision).into() });
        Ok(Self {
            series,
            market,
            champion,
            records,
            realised,
            sequential,
            expected,
            upheaval,
            health,
            drift,
            decision,
            config,
        })
    }
}

#[cfg(test)]
mod tests;
