//! Names of the sources.

use serde::{Deserialize, Serialize};

/// Market data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Coinbase Exchange.
    Coinbase,
    /// Kraken.
    Kraken,
    /// Bitstamp.
    Bitstamp,
    /// Binance's market data host.
    Binance,
    /// Yahoo's chart service.
    Yahoo,
}

impl Source {
    pub(crate) const ALL: [Self; 5] = [Self::Coinbase, Self::Kraken, Self::Bitstamp, Self::Binance, Self::Yahoo];
}
