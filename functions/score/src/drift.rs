//! Drift of features and forecasts in the last windows.
//!
//! It is recomputed from the bars each time, so that a repeated or replayed event has the same result and no state can be
//! lost.

use crate::{bars::ScoredBars, champion::Champion, error::ScoreError};
use features::FeatureRow;
use monitoring::{
    DriftConclusion, MonitoringConfig,
    drift::{DriftReference, WindowDrift, compare_window},
};
use serde::Serialize;

/// Drift of the last windows.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DriftAnalysis {
    /// Oldest first.
    pub(crate) windows: Vec<WindowDrift>,
    /// Summary of the decision of all rules.
    #[serde(rename = "decision")]
    pub(crate) conclusion: DriftConclusion,
}

/// Number of bars whose features the windows need.
pub(crate) fn bars_needed(config: &MonitoringConfig) -> usize {
    config.window_bars + config.stride_bars * (config.windows - 1)
}

/// Compares the last windows with the champion's reference, oldest first. `None` when the latest window cannot be
/// compared: too many rows are missing, or the reference is of another feature set.
pub(crate) fn measure_windows(
    bars: &ScoredBars,
    champion: &Champion,
    reference: &DriftReference,
    config: &MonitoringConfig,
) -> Result<Option<Vec<WindowDrift>>, ScoreError> {
    let mut windows = Vec::with_capacity(config.windows);
    for strides_back in (0..config.windows).rev() {
        let Some(end) = bars.as_slice().len().checked_sub(strides_back * config.stride_bars) else { continue };
        let start = end.saturating_sub(reference.window_bars);
        let rows: Vec<FeatureRow> = (start..end).filter_map(|index| bars.features_at(index).cloned()).collect();
        let forecasts = rows.iter().map(|row| champion.artifact.predict(&row.values)).collect::<Result<Vec<_>, _>>()?;
        let window = compare_window(reference, &rows, &forecasts, config);
        if strides_back == 0 && window.is_none() {
            return Ok(None);
        }
        windows.extend(window);
    }
    Ok(Some(windows))
}
