//! How features and forecasts have shifted at the last windows. It is computed anew from the bars each time, so a repeated or replayed event
//! comes to the same conclusion and there is no state to lose.

use crate::{error::ScoreError, forecast::Champion, market::Market};
use domain::{
    drift::{DriftConfig, DriftDecision, DriftReference, DriftReport, measure},
    features::FeatureRow,
};
use serde::Serialize;

/// The windows that were looked at, oldest first, and what is concluded from them and from everything else, in short.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Drift {
    pub(crate) windows: Vec<DriftReport>,
    pub(crate) decision: DriftDecision,
}

/// Bars whose features the windows need.
pub(crate) fn bars_needed(config: &DriftConfig) -> usize {
    config.window_bars + config.stride_bars * (config.windows - 1)
}

/// Measures the last windows against the champion's reference, oldest first. `None` when the present window cannot be
/// compared: too many rows are missing, or the reference is of another feature set.
pub(crate) fn look(
    market: &Market,
    champion: &Champion,
    reference: &DriftReference,
    config: &DriftConfig,
) -> Result<Option<Vec<DriftReport>>, ScoreError> {
    let mut windows = Vec::with_capacity(config.windows);
    for back in (0..config.windows).rev() {
        let Some(end) = market.bars().len().checked_sub(back * config.stride_bars) else { continue };
        let start = end.saturating_sub(reference.window_bars);
        let rows: Vec<FeatureRow> = (start..end).filter_map(|index| market.row(index).cloned()).collect();
        let forecasts = rows.iter().map(|row| champion.artifact.predict(&row.values)).collect::<Result<Vec<_>, _>>()?;
        let report = measure(reference, &rows, &forecasts, config);
        if back == 0 && report.is_none() {
            return Ok(None);
        }
        windows.extend(report);
    }
    Ok(Some(windows))
}
