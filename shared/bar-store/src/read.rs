//! Reading the bars of a symbol up to a point in time.

use crate::BarStoreError;
use aws::{ObjectStore, keys};
use jiff::{Timestamp, tz::Offset};
use market_data::{Bar, Interval, Symbol};

/// Reader of the lake's bars.
#[derive(Debug, Clone, Copy)]
pub struct BarStore<'a> {
    objects: &'a ObjectStore,
}

impl<'a> BarStore<'a> {
    /// A reader of the lake in this bucket.
    #[must_use]
    pub const fn new(objects: &'a ObjectStore) -> Self {
        Self { objects }
    }

    /// All stored bars that are closed at `as_of`, ascending; none when nothing is stored.
    ///
    /// # Errors
    /// A call to AWS failed, or an object cannot be decoded.
    pub async fn bars_until(
        self,
        symbol: &Symbol,
        interval: Interval,
        as_of: Timestamp,
    ) -> Result<Vec<Bar>, BarStoreError> {
        let stored = self.objects.list(&keys::bars_prefix(symbol, interval)).await;
        let stored = stored.map_err(BarStoreError::aws("list the lake"))?;
        let this_year = Offset::UTC.to_datetime(as_of).year();
        let mut years: Vec<i16> = stored.iter().filter_map(|key| keys::bars_year(key)).collect();
        years.retain(|year| *year <= this_year);
        years.sort_unstable();
        let mut bars = Vec::new();
        for year in years {
            let key = keys::bars(symbol, interval, year);
            let bytes = self.objects.get(&key).await.map_err(BarStoreError::aws("read the lake"))?;
            let Some(bytes) = bytes else { continue };
            bars.extend(lake::read_bars(&bytes).map_err(|source| BarStoreError::Lake { key, source })?);
        }
        bars.truncate(bars.partition_point(|bar| interval.step(bar.time, 1) <= as_of));
        Ok(bars)
    }
}
