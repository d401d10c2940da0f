//! The market sources. Each one is a small module of pure functions over the one HTTP client: which pages a range
//! takes, and what rows an answer holds.

mod binance;
mod bitstamp;
mod coinbase;
mod kraken;
mod yahoo;

use crate::{error::SourceError, json::LenientNumber, request::BarRequest, seen::Seen};
use jiff::Timestamp;
use market_data::{Bar, Interval, Symbol, quality::RawRow};
use std::{fmt, str::FromStr, time::Duration};

/// A source that this build knows.
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

/// The text names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown market source `{text}`: expected coinbase, kraken, bitstamp, binance or yahoo")]
pub struct ParseSourceError {
    /// What was given.
    pub text: String,
}

/// One request of a source: a path below its base URL, and the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// Starts with a slash.
    pub(crate) path: String,
    /// Names and values, not yet encoded.
    pub(crate) query: Vec<(&'static str, String)>,
}

impl SourceName {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Coinbase, Self::Kraken, Self::Bitstamp, Self::Binance, Self::Yahoo];

    /// As it stands in configuration, keys and events.
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

    /// Where the real source is.
    pub(crate) const fn default_base_url(self) -> &'static str {
        match self {
            Self::Coinbase => coinbase::BASE_URL,
            Self::Kraken => kraken::BASE_URL,
            Self::Bitstamp => bitstamp::BASE_URL,
            Self::Binance => binance::BASE_URL,
            Self::Yahoo => yahoo::BASE_URL,
        }
    }

    /// The stablecoin in which it quotes what others quote in US dollars.
    #[must_use]
    pub const fn quote_proxy(self) -> Option<&'static str> {
        match self {
            Self::Binance => Some(binance::QUOTE_PROXY),
            Self::Coinbase | Self::Kraken | Self::Bitstamp | Self::Yahoo => None,
        }
    }

    /// Whether its quotes of `symbol` are in such a stablecoin, and not in the quote currency itself.
    #[must_use]
    pub fn is_proxy_for(self, symbol: &Symbol) -> bool {
        self.quote_proxy().is_some() && symbol.quote() == "USD"
    }

    /// The least time between the starts of two requests.
    pub(crate) const fn min_request_interval(self) -> Duration {
        match self {
            Self::Coinbase => coinbase::MIN_REQUEST_INTERVAL,
            Self::Kraken => kraken::MIN_REQUEST_INTERVAL,
            Self::Bitstamp => bitstamp::MIN_REQUEST_INTERVAL,
            Self::Binance => binance::MIN_REQUEST_INTERVAL,
            Self::Yahoo => yahoo::MIN_REQUEST_INTERVAL,
        }
    }

    /// How many bars one request can cover.
    pub(crate) const fn page_rows(self) -> i64 {
        match self {
            Self::Coinbase => coinbase::PAGE_ROWS,
            Self::Kraken => kraken::PAGE_ROWS,
            Self::Bitstamp => bitstamp::PAGE_ROWS,
            Self::Binance => binance::PAGE_ROWS,
            Self::Yahoo => yahoo::PAGE_ROWS,
        }
    }

    /// The open time of the oldest bar that it still has at `clock`, where it does not keep all.
    pub(crate) fn retention_start(self, interval: Interval, clock: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Kraken => Some(kraken::retention_start(interval, clock)),
            Self::Yahoo => yahoo::retention_start(interval, clock),
            Self::Coinbase | Self::Bitstamp | Self::Binance => None,
        }
    }

    /// The requests that together cover what is wanted, oldest bars first.
    ///
    /// # Errors
    /// [`SourceError::OutOfReach`] when the source does not keep bars that old.
    pub(crate) fn pages(self, wanted: &BarRequest) -> Result<Vec<PageRequest>, SourceError> {
        if let Some(oldest) =
            self.retention_start(wanted.interval, wanted.wall_clock).filter(|oldest| wanted.from < *oldest)
        {
            return Err(SourceError::OutOfRetention { oldest });
        }
        let page = match self {
            Self::Coinbase => coinbase::page,
            // It takes no end: one request gives everything up to now.
            Self::Kraken => return Ok(vec![kraken::page(wanted)]),
            Self::Bitstamp => bitstamp::page,
            Self::Binance => binance::page,
            Self::Yahoo => yahoo::page,
        };
        Ok(wanted.split_pages(self.page_rows()).iter().map(page).collect())
    }

    /// The rows of one answer as they came: unordered, unchecked, perhaps unfinished; nulls are NaN. Takes any bytes.
    ///
    /// # Errors
    /// What is wrong with the answer as a whole, the source's own error object among it.
    pub fn rows(self, body: &[u8]) -> Result<Vec<RawRow>, SourceError> {
        let rows = match self {
            Self::Coinbase => coinbase::rows(body),
            Self::Kraken => kraken::rows(body),
            Self::Bitstamp => bitstamp::rows(body),
            Self::Binance => binance::rows(body),
            Self::Yahoo => yahoo::rows(body),
        };
        rows.map_err(|mut error| {
            if let Some(seen) = error.seen_mut() {
                *seen = Seen::of(body);
            }
            error
        })
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

/// A time in seconds since 1970.
fn second(second: i64) -> Result<Timestamp, SourceError> {
    Timestamp::from_second(second).map_err(|source| SourceError::Time { second, source })
}

/// A bar of columns in the order of their names.
fn bar(time: Timestamp, columns: [LenientNumber; 5]) -> Bar {
    let [open, high, low, close, volume] = columns.map(|LenientNumber(value)| value);
    Bar { time, open, high, low, close, volume }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_found_by_its_name() {
        for name in SourceName::ALL {
            assert_eq!(name.as_str().parse::<SourceName>(), Ok(name));
            assert!(name.default_base_url().starts_with("https://"));
        }
        assert!("Coinbase".parse::<SourceName>().is_err());
    }

    #[test]
    fn only_dollar_quotes_of_binance_are_a_proxy() {
        let proxies = |symbol: &str| {
            let symbol: Symbol = symbol.parse().unwrap();
            SourceName::ALL.into_iter().filter(|name| name.is_proxy_for(&symbol)).collect::<Vec<_>>()
        };
        assert_eq!(proxies("BTC-USD"), [SourceName::Binance]);
        assert_eq!(proxies("BTC-EUR"), []);
        assert_eq!(proxies("BTC-USDT"), []);
    }

    #[test]
    fn what_a_source_does_not_keep_is_not_asked_of_it() {
        let mut wanted = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z");
        assert!(SourceName::ALL.into_iter().all(|name| name.pages(&wanted).is_ok()));
        wanted.wall_clock = "2025-06-01T00:30:00Z".parse().unwrap();
        let refused = |name: &SourceName| matches!(name.pages(&wanted), Err(SourceError::OutOfRetention { .. }));
        let refusing: Vec<_> = SourceName::ALL.into_iter().filter(refused).collect();
        assert_eq!(refusing, [SourceName::Kraken, SourceName::Yahoo]);
    }

    #[test]
    fn no_bytes_make_a_parser_panic() {
        let bodies: [&[u8]; 12] = [
            b"",
            b" ",
            b"<",
            b"null",
            b"{}",
            b"[]",
            b"[[]]",
            b"[[9223372036854775807,1,1,1,1,1]]",
            br#"{"error":[],"result":{}}"#,
            br#"{"error":["E"],"result":null}"#,
            br#"{"data":{"ohlc":[{}]}}"#,
            br#"{"chart":{"result":[],"error":null}}"#,
        ];
        for name in SourceName::ALL {
            for body in bodies {
                assert!(name.rows(body).unwrap_or_default().is_empty(), "{name}: {body:?}");
            }
        }
    }
}
