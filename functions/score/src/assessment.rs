//! Assessment of a series after it was scored, for report and notifications.

use crate::{
    bars::ScoredBars,
    champion::Champion,
    champion_tests::{self, PerformanceEstimates, SequentialTests},
    distribution_record::{DistributionRecord, settled_distributions},
    drift::{self, DriftAnalysis},
    error::ScoreError,
    experts::Challenger,
    forecast::bars_before,
    track_record::{self, TrackRecord},
};
use aws::ForecastRecord;
use contracts::distribution::{Distribution, OddsSizes};
use jiff::Timestamp;
use market_data::Series;
use monitoring::{
    ChallengerEvidence, DataHealth, MonitoringConfig, MonitoringDecision, MonitoringInputs, RegimeShift,
    ScoredDistribution, drift::DriftReference, evaluate_rules,
};

/// Assessment of a series and its champion.
#[derive(Debug)]
pub(crate) struct SeriesAssessment<'a> {
    pub(crate) series: &'a Series,
    pub(crate) bars: &'a ScoredBars,
    pub(crate) champion: &'a Champion,
    /// Forecasts with their outcomes, ascending by decision time.
    pub(crate) records: &'a [ForecastRecord],
    pub(crate) track_record: TrackRecord,
    /// Settled live distributions, ascending, each with the version that made it.
    pub(crate) distributions: Vec<(u32, ScoredDistribution)>,
    /// Distribution of the newest forecast; absent without a stored one.
    pub(crate) newest_distribution: Option<Distribution>,
    pub(crate) sequential: SequentialTests,
    pub(crate) expected: PerformanceEstimates,
    /// Absent with too few bars before the champion's training.
    pub(crate) regime_shift: Option<RegimeShift>,
    pub(crate) health: DataHealth,
    /// Absent when no window can be compared with the reference.
    pub(crate) drift: Option<DriftAnalysis>,
    /// Evidence of the challengers that have settled forecasts, oldest first.
    pub(crate) challengers: Vec<ChallengerEvidence>,
    /// Decision of the rules on all of the above.
    pub(crate) decision: MonitoringDecision,
    pub(crate) config: &'a MonitoringConfig,
}

impl<'a> SeriesAssessment<'a> {
    /// Measures the track record and the drift, and evaluates the rules.
    pub(crate) fn new(
        series: &'a Series,
        bars: &'a ScoredBars,
        (champion, reference): (&'a Champion, Option<&DriftReference>),
        challengers: &[Challenger],
        records: &'a [ForecastRecord],
        sizes: &OddsSizes,
        config: &'a MonitoringConfig,
    ) -> Result<Self, ScoreError> {
        let (as_of, interval, trained_at) = (bars.as_of, series.interval, champion.artifact.trained_at);
        let settled = track_record::settled_live_forecasts(records, as_of);
        let lookback_bars = track_record::lookback_bars(series, trained_at, as_of, config);
        let complete = track_record::covers_full_history(series, records, bars_before(series, as_of, lookback_bars));
        let champions = track_record::settled_champion_forecasts(records, as_of);
        let track_record = track_record::measure(series, &settled, &champions, champion.version, complete, config)?;
        let track_record = track_record.with_strategy_returns(series, bars, records, champion.version, config)?;
        let distributions = settled_distributions(series, bars, records, sizes);
        let distribution = DistributionRecord::measure(series, &distributions, champion.version, config)?;
        let track_record = TrackRecord { distribution, ..track_record };
        let sequential = champion_tests::sequential(series, &champions, &distributions, as_of, champion, config);
        let newest =
            records.last().and_then(|newest| Some((newest.forecast.decision_time, newest.distribution.as_ref()?)));
        let expected = champion_tests::estimate(series, records, as_of, champion, config);
        let regime_shift = RegimeShift::measure(bars.as_slice(), interval, trained_at, &config.regime_shift);
        let sources: Vec<(Timestamp, &str)> = records
            .iter()
            .map(|record| (record.forecast.decision_time, record.forecast.data.source.as_str()))
            .collect();
        let health = DataHealth::assess(bars.as_slice(), interval, as_of, config.window_bars, &bars.source, &sources);
        let windows = match reference {
            Some(reference) => drift::measure_windows(bars, champion, reference, config)?,
            None => None,
        };
        let challengers: Vec<ChallengerEvidence> =
            challengers.iter().filter_map(|challenger| evidence(series, challenger, champion, records)).collect();
        let inputs = MonitoringInputs {
            interval,
            windows: windows.as_deref().unwrap_or_default(),
            regime_shift: regime_shift.as_ref(),
            recent: track_record.champion.as_ref(),
            climatology: sequential.worse_than_climatology.as_ref(),
            holdout: sequential.worse_than_holdout.as_ref(),
            distribution: sequential.distribution_worse_than_climatology.as_ref(),
            coverage: sequential.band_coverage.as_ref(),
            challengers: &challengers,
            newest,
            health: &health,
        };
        let decision = evaluate_rules(&inputs, config);
        let drift = windows.map(|windows| DriftAnalysis { windows, conclusion: (&decision).into() });
        Ok(Self {
            series,
            bars,
            champion,
            records,
            track_record,
            distributions,
            newest_distribution: newest.map(|(_, stored)| Distribution::new(series, stored, sizes)),
            sequential,
            expected,
            regime_shift,
            health,
            drift,
            challengers,
            decision,
            config,
        })
    }
}

/// Evidence of a challenger from the forecasts beside this champion and earlier ones.
fn evidence(
    series: &Series,
    challenger: &Challenger,
    champion: &Champion,
    records: &[ForecastRecord],
) -> Option<ChallengerEvidence> {
    let Challenger { version, live_alpha, .. } = challenger;
    let paired: Vec<_> = records.iter().filter_map(|record| record.paired_with(*version)).collect();
    ChallengerEvidence::measure(series, *version, champion.version, &paired, (*live_alpha)?)
}

#[cfg(test)]
mod tests;
