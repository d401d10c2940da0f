//! Names of the sources.

use std::{fmt, str::FromStr};

/// Source of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceName {
    /// Coinbase Exchange.
    Coinbase,
    /// Kraken.
    Kraken,
    /// Bitstamp.
    Bitstamp,
    /// Binance's host for market data.
    Binance,
    /// Yahoo Finance's chart service.
    Yahoo,
}

/// Text that names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown market source `{text}`: expected coinbase, kraken, bitstamp, binance or yahoo")]
pub struct ParseSourceError {
    /// The text.
    pub text: String,
}

impl SourceName {
    /// All sources.
    pub const ALL: [Self; 5] = [Self::Coinbase, Self::Kraken, Self::Bitstamp, Self::Binance, Self::Yahoo];

    /// Name in configuration, keys and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coinbase => "coinbase",
            Self::Kraken => "kraken",
            Self::Bitstamp => "bitstamp",
            Self::Binance => "binance",
            Self::Yahoo => "yahoo",
        }
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SourceName {
    type Err = ParseSourceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| ParseSourceError { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_parsed_from_its_name() {
        for name in SourceName::ALL {
            assert_eq!(name.as_str().parse::<SourceName>(), Ok(name));
        }
        assert!("Coinbase".parse::<SourceName>().is_err());
    }
}
