//! Due decision times and their forecasts.
//!
//! A forecast has value only if it was made before its outcome could be known. Therefore:
//! - A new series begins with the newest decision time. There is no record before the system ran.
//! - Missed decision times are caught up, at most [`MAX_CATCH_UP_BARS`] of the newest.
//! - A decision time is forecast only if its target time is after the champion's `trained_at`. The champion may have seen
//!   earlier outcomes in training or selection.
//! - A forecast stored at or after its target time is shown, but is no part of the track record. Its event was late or
//!   replayed. Replayed ones count only with [`MonitoringConfig::count_replays`](monitoring::MonitoringConfig::count_replays).

use crate::{
    bars::ScoredBars,
    champion::Champion,
    error::ScoreError,
    experts::{Challenger, ExpertPanel, with_served_probability},
};
use aws::ForecastRecord;
use contracts::{
    Warning,
    distribution::Quantiles,
    expert::mixed_probability,
    forecast::{DataRef, Forecast, ModelRef, Novelty, Validity},
    warning::flat_prices,
};
use features::{
    baselines::{SettledMoves, moves, settled_counts},
    labels::labels,
};
use jiff::Timestamp;
use market_data::Series;
use model::DISTRIBUTION_WINDOW_BARS;

/// Maximum number of decision times that one invocation catches up with.
pub(crate) const MAX_CATCH_UP_BARS: usize = 400;

/// Adds the storage time to forecasts, and a warning to replayed ones. An event's time may be in the past, so the two can
/// differ.
pub(crate) fn stamp_stored_at(records: &mut [ForecastRecord], now: Timestamp) {
    for record in records {
        record.stored_at = Some(now);
        if record.is_replayed() {
            record.forecast.warnings.push(Warning::replayed());
        }
    }
}

/// Makes the forecasts that are due, oldest first. `stored` ascends by decision time.
///
/// Decision times without features, in a warm-up after a missing bar, have no forecast.
pub(crate) fn due_forecasts(
    series: &Series,
    bars: &ScoredBars,
    champion: &Champion,
    challengers: &[Challenger],
    stored: &[ForecastRecord],
) -> Result<Vec<ForecastRecord>, ScoreError> {
    let all_bars = bars.as_slice();
    let Some(newest) = all_bars.len().checked_sub(1) else { return Ok(Vec::new()) };
    let first = match stored.last() {
        None => newest,
        Some(last) => all_bars.partition_point(|bar| series.decision_time(bar.time) <= last.forecast.decision_time),
    };
    let first = first.max(all_bars.len().saturating_sub(MAX_CATCH_UP_BARS));
    let unseen_outcome =
        |index: usize| series.target_time(series.decision_time(all_bars[index].time)) > champion.artifact.trained_at;
    let labels = labels(all_bars, series.interval, series.horizon);
    let counts = settled_counts(&labels, series.horizon);
    let mut panel = ExpertPanel::new(series, bars, champion, challengers, &labels, first);
    let moves = moves(all_bars, series.interval, series.horizon);
    let mut settled = SettledMoves::new(series, &moves);
    let model = champion.artifact.distribution_model();
    let quantiles = model.map(|model| model.quantiles(series, all_bars, first..all_bars.len())).unwrap_or_default();
    let mut due: Vec<ForecastRecord> = Vec::new();
    for index in (first..all_bars.len()).filter(|index| unseen_outcome(*index)) {
        let Some(row) = bars.features_at(index) else { continue };
        let own = champion.artifact.predict(&row.values)?;
        let base_rate = counts[index].base_rate(series.horizon);
        let mut experts = panel.forecasts(index, row, base_rate, own, stored.iter().chain(&due));
        let probability_up = mixed_probability(&experts);
        with_served_probability(&mut experts, probability_up);
        let novelty = champion.artifact.novelty(&row.values)?;
        let forecast = forecast(series, bars, champion, index, probability_up, novelty, base_rate);
        settled.advance_to(index);
        let quantiles = quantiles.get(index - first).copied().flatten();
        let distribution = Quantiles::from_ascending(settled.all())
            .map(|baseline| champion.artifact.distribution(quantiles, baseline, all_bars[index].close, probability_up));
        due.push(ForecastRecord {
            distribution,
            baseline_labels: Some(counts[index]),
            experts,
            ..ForecastRecord::open(forecast, bars.as_of)
        });
    }
    Ok(due)
}

fn forecast(
    series: &Series,
    bars: &ScoredBars,
    champion: &Champion,
    index: usize,
    probability_up: f64,
    novelty: Option<Novelty>,
    baseline_probability: f64,
) -> Forecast {
    let bar = &bars.as_slice()[index];
    let decision_time = series.decision_time(bar.time);
    let target_time = series.target_time(decision_time);
    let Champion { version, sha256, artifact, .. } = champion;
    let mut warnings = Vec::new();
    if bars.is_simulated() {
        warnings.push(Warning::simulated());
    }
    warnings.extend(bars.warnings(bar.time));
    warnings.extend(flat_prices(&bars.as_slice()[(index + 1).saturating_sub(DISTRIBUTION_WINDOW_BARS)..=index]));
    warnings.extend(novelty.and_then(Novelty::warning));
    if bars.as_of >= target_time {
        warnings.push(Warning::late());
    }
    let interval = artifact.band(probability_up);
    let Validity { status, direction } = Validity::new(&artifact.edge, interval, &warnings);
    Forecast {
        series: series.clone(),
        decision_time,
        target_time,
        expires_at: series.interval.step(decision_time, 1),
        probability_up,
        status,
        direction,
        interval,
        edge: artifact.edge,
        baseline_probability,
        experts: Vec::new(),
        distribution: None,
        novelty,
        model: ModelRef { version: *version, trained_at: artifact.trained_at, sha256: Some(sha256.clone()) },
        data: DataRef {
            last_bar: bar.time,
            age_seconds: bars.as_of.as_second() - decision_time.as_second(),
            source: bars.source.clone(),
        },
        warnings,
    }
}

/// Open time of the bar `bars` before the one that is open at `as_of`.
pub(crate) fn bars_before(series: &Series, as_of: Timestamp, bars: usize) -> Timestamp {
    series.interval.step(series.interval.floor(as_of), -i64::try_from(bars).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
