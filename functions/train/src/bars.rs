//! The bars of a series, from the lake.

use crate::error::TrainFunctionError;
use aws::{ObjectStore, keys};
use jiff::{Timestamp, tz::Offset};
use market_data::{Bar, Series};

/// All stored bars that are closed at `as_of`, ascending.
pub(crate) async fn bars_until(
    storage: &ObjectStore,
    series: &Series,
    as_of: Timestamp,
) -> Result<Vec<Bar>, TrainFunctionError> {
    let prefix = keys::bars_prefix(&series.symbol, series.interval);
    let listed = storage.list(&prefix).await.map_err(TrainFunctionError::aws("list the lake"))?;
    let this_year = Offset::UTC.to_datetime(as_of).year();
    let mut years: Vec<i16> = listed.iter().filter_map(|key| keys::bars_year(key)).collect();
    years.retain(|year| *year <= this_year);
    years.sort_unstable();
    let mut bars = Vec::new();
    for year in years {
        let key = keys::bars(&series.symbol, series.interval, year);
        let Some(bytes) = storage.get(&key).await.map_err(TrainFunctionError::aws("read the lake"))? else { continue };
        bars.extend(lake::read_bars(&bytes).map_err(|source| TrainFunctionError::Lake { key, source })?);
    }
    bars.truncate(bars.partition_point(|bar| series.decision_time(bar.time) <= as_of));
    Ok(bars)
}
