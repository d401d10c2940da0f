//! Reading and writing of the stored forecasts. A repeated write changes nothing.

use crate::{error::ScoreError, forecast, settlement};
use aws::{ForecastRecord, ForecastStore, Settlement};
use jiff::Timestamp;
use market_data::Series;

/// Reads the forecasts of the last `lookback_bars` bars, ascending, as they were known at `as_of`.
pub(crate) async fn load_as_of(
    forecasts: &ForecastStore,
    series: &Series,
    as_of: Timestamp,
    lookback_bars: usize,
) -> Result<Vec<ForecastRecord>, ScoreError> {
    let from = forecast::bars_before(series, as_of, lookback_bars);
    let records = forecasts.range(series, from, as_of, lookback_bars + 1).await;
    let records = records.map_err(ScoreError::store_error("read stored forecasts"))?;
    Ok(records.into_iter().map(|record| record.known_at(as_of)).collect())
}

/// Stores each forecast unless its decision time has one; returns the number of new ones.
pub(crate) async fn store_new(forecasts: &ForecastStore, records: &[ForecastRecord]) -> Result<usize, ScoreError> {
    let mut stored = 0;
    for record in records {
        stored += usize::from(forecasts.create(record).await.map_err(ScoreError::store_error("store a forecast"))?);
    }
    Ok(stored)
}

/// Stores each settlement once and applies it to its record, named by index; returns the number of new ones.
pub(crate) async fn settle_all(
    forecasts: &ForecastStore,
    series: &Series,
    records: &mut [ForecastRecord],
    settlements: &[(usize, Settlement)],
) -> Result<usize, ScoreError> {
    let mut settled = 0;
    for (index, settlement) in settlements {
        let record = &mut records[*index];
        let is_new = forecasts.settle(series, record.forecast.decision_time, settlement).await;
        settled += usize::from(is_new.map_err(ScoreError::store_error("settle a forecast"))?);
        *record = settlement::apply_settlement(record.clone(), settlement);
    }
    Ok(settled)
}
