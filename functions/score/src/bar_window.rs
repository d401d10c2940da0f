//! Reading of the bar window, which names the source of the last bars.

use crate::error::ScoreError;
use aws::{ObjectStore, keys};
use market_data::{Interval, Symbol, quality::DoubtfulBar, window::BarWindow};

/// Source name without a bar window.
const UNKNOWN_SOURCE: &str = "unknown";

/// Reads the source of the last bars, and the bars that a forecast has to warn of, from the bar window.
pub(crate) async fn load_source(
    storage: &ObjectStore,
    symbol: &Symbol,
    interval: Interval,
) -> Result<(String, Vec<DoubtfulBar>), ScoreError> {
    let window: Option<BarWindow> = storage
        .get_json(&keys::bar_window(symbol, interval))
        .await
        .map_err(ScoreError::store_error("read the bar window"))?;
    Ok(window.map_or_else(|| (UNKNOWN_SOURCE.to_owned(), Vec::new()), |window| (window.source, window.doubtful)))
}
