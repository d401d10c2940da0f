//! The lake's objects of one symbol and interval: one for each UTC year.

use crate::error::IngestError;
use aws::{Storage, keys};
use domain::{Bar, Interval, Symbol};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Reads and writes the yearly objects.
#[derive(Debug)]
pub(crate) struct Shelf<'a> {
    storage: &'a Storage,
    symbol: &'a Symbol,
    interval: Interval,
    years: BTreeSet<i16>,
}

impl<'a> Shelf<'a> {
    /// Looks which years there are.
    pub(crate) async fn open(
        storage: &'a Storage,
        symbol: &'a Symbol,
        interval: Interval,
    ) -> Result<Self, IngestError> {
        let stored =
            storage.list(&keys::bars_prefix(symbol, interval)).await.map_err(IngestError::aws("list the lake"))?;
        let years = stored.iter().filter_map(|key| keys::bars_year(key)).collect();
        Ok(Self { storage, symbol, interval, years })
    }

    /// The open time of the last stored bar.
    pub(crate) async fn last(&self) -> Result<Option<Timestamp>, IngestError> {
        for year in self.years.iter().rev() {
            if let Some(bar) = self.load(*year).await?.last() {
                return Ok(Some(bar.time));
            }
        }
        Ok(None)
    }

    /// The last `count` stored bars, ascending; fewer when there are no more.
    pub(crate) async fn tail(&self, count: usize) -> Result<Vec<Bar>, IngestError> {
        let mut tail: Vec<Bar> = Vec::new();
        for year in self.years.iter().rev() {
            if tail.len() >= count {
                break;
            }
            let mut bars = self.load(*year).await?;
            bars.append(&mut tail);
            tail = bars;
        }
        Ok(tail.split_off(tail.len().saturating_sub(count)))
    }

    /// The bars of one year; none when there is no object.
    pub(crate) async fn load(&self, year: i16) -> Result<Vec<Bar>, IngestError> {
        let key = keys::bars(self.symbol, self.interval, year);
        match self.storage.get(&key).await.map_err(IngestError::aws("read the lake"))? {
            Some(bytes) => lake::from_parquet(&bytes).map_err(|source| IngestError::Lake { key, source }),
            None => Ok(Vec::new()),
        }
    }

    /// Replaces the bars of one year.
    pub(crate) async fn store(&mut self, year: i16, bars: &[Bar]) -> Result<(), IngestError> {
        let key = keys::bars(self.symbol, self.interval, year);
        let bytes = lake::to_parquet(bars).map_err(|source| IngestError::Lake { key: key.clone(), source })?;
        self.storage
            .put(&key, bytes, "application/vnd.apache.parquet")
            .await
            .map_err(IngestError::aws("write the lake"))?;
        self.years.insert(year);
        Ok(())
    }
}
