//! How features and forecasts have shifted at the last windows. It is computed anew from the bars each time, so a repeated or replayed event
//! comes to the same conclusion and there is no state to lose.

use crate::{bars::ScoredBars, error::ScoreError, forecast::Champion};
use features::FeatureRow;
use monitoring::{
    MonitoringConfig,
    drift::{DriftConclusion, DriftReference, WindowDrift, compare_window},
};
use serde::Serialize;

/// The windows that were looked at, oldest first, and what is concluded from them and from everything else, in short.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DriftAnalysis {
    pub(crate) windows: Vec<WindowDrift>,
    pub(crate) decision: DriftConclusion,
}

/// Bars whose features the windows need.
pub(crate) fn bars_needed(config: &MonitoringConfig) -> usize {
    config.window_bars + config.stride_bars * (config.windows - 1)
}

/// Measures the last windows against the champion's reference, oldest first. `None` when the present window cannot be
/// compared: too many rows are missing, or the reference is of another feature set.
pub(crate) fn measure_windows(
    market: &ScoredBars,
    champion: &Champion,
    reference: &DriftReference,
    config: &MonitoringConfig,
) -> Result<Option<Vec<WindowDrift>>, ScoreError> {
    let mut windows = Vec::with_capacity(config.windows);
    for back in (0..config.windows).rev() {
        let Some(end) = market.bars().len().checked_sub(back * config.stride_bars) else { continue };
        let start = end.saturating_sub(reference.window_bars);
        let rows: Vec<FeatureRow> = (start..end).filter_map(|index| market.features_at(index).cloned()).collect();
        let forecasts = rows.iter().map(|row| champion.artifact.predict(&row.values)).collect::<Result<Vec<_>, _>>()?;
        let report = compare_window(reference, &rows, &forecasts, config);
        if back == 0 && report.is_none() {
            return Ok(None);
        }
        windows.extend(report);
    }
    Ok(Some(windows))
}
