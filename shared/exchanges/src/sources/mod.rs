//! Wire formats of the sources: one module each, with pure functions for the requests of a range and the rows of a
//! response.

mod binance;
mod bitstamp;
mod coinbase;
mod kraken;
mod yahoo;

use crate::{
    error::SourceError, excerpt::BodyExcerpt, json::LenientNumber, request::BarRequest, source_name::SourceName,
};
use jiff::Timestamp;
use market_data::{Bar, Interval, Symbol, quality::RawRow};
use std::time::Duration;

/// Request of one page: a path below the base URL, and a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageRequest {
    /// Path, with a slash at its start.
    pub(crate) path: String,
    /// Names and values, not encoded.
    pub(crate) query: Vec<(&'static str, String)>,
}

impl SourceName {
    /// Base URL of the real source.
    pub(crate) const fn default_base_url(self) -> &'static str {
        match self {
            Self::Coinbase => coinbase::BASE_URL,
            Self::Kraken => kraken::BASE_URL,
            Self::Bitstamp => bitstamp::BASE_URL,
            Self::Binance => binance::BASE_URL,
            Self::Yahoo => yahoo::BASE_URL,
        }
    }

    /// Stablecoin in which the source quotes symbols in US dollars; `None` if it quotes in dollars.
    #[must_use]
    pub const fn quote_proxy(self) -> Option<&'static str> {
        match self {
            Self::Binance => Some(binance::QUOTE_PROXY),
            Self::Coinbase | Self::Kraken | Self::Bitstamp | Self::Yahoo => None,
        }
    }

    /// True if its prices of `symbol` are proxy quotes in a stablecoin, not in the quote currency itself.
    #[must_use]
    pub fn is_proxy_for(self, symbol: &Symbol) -> bool {
        self.quote_proxy().is_some() && symbol.quote() == "USD"
    }

    /// Minimum time between the starts of two requests.
    pub(crate) const fn min_request_interval(self) -> Duration {
        match self {
            Self::Coinbase => coinbase::MIN_REQUEST_INTERVAL,
            Self::Kraken => kraken::MIN_REQUEST_INTERVAL,
            Self::Bitstamp => bitstamp::MIN_REQUEST_INTERVAL,
            Self::Binance => binance::MIN_REQUEST_INTERVAL,
            Self::Yahoo => yahoo::MIN_REQUEST_INTERVAL,
        }
    }

    /// Maximum number of bars of one request.
    pub(crate) const fn page_rows(self) -> i64 {
        match self {
            Self::Coinbase => coinbase::PAGE_ROWS,
            Self::Kraken => kraken::PAGE_ROWS,
            Self::Bitstamp => bitstamp::PAGE_ROWS,
            Self::Binance => binance::PAGE_ROWS,
            Self::Yahoo => yahoo::PAGE_ROWS,
        }
    }

    /// Open time of the oldest bar that the source still has at `clock`; `None` if it keeps all bars.
    pub(crate) fn retention_start(self, interval: Interval, clock: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Kraken => Some(kraken::retention_start(interval, clock)),
            Self::Yahoo => yahoo::retention_start(interval, clock),
            Self::Coinbase | Self::Bitstamp | Self::Binance => None,
        }
    }

    /// Page requests that together cover `request`, oldest bars first.
    ///
    /// # Errors
    /// [`SourceError::OutOfRetention`] if the source does not keep bars that old.
    pub(crate) fn pages(self, request: &BarRequest) -> Result<Vec<PageRequest>, SourceError> {
        let retention_start = self.retention_start(request.interval, request.wall_clock);
        if let Some(retention_start) = retention_start.filter(|start| request.from < *start) {
            return Err(SourceError::OutOfRetention { retention_start });
        }
        let page = match self {
            Self::Coinbase => coinbase::page,
            // It has no parameter for the end: one response has everything up to now.
            Self::Kraken => return Ok(vec![kraken::page(request)]),
            Self::Bitstamp => bitstamp::page,
            Self::Binance => binance::page,
            Self::Yahoo => yahoo::page,
        };
        Ok(request.split_pages(self.page_rows()).iter().map(page).collect())
    }

    /// Parses the rows of a response as they are: unordered, not validated, perhaps unfinished. Nulls become NaN. Any
    /// bytes are allowed.
    ///
    /// # Errors
    /// The response as a whole is invalid, or it is an error object of the source.
    pub fn rows(self, body: &[u8]) -> Result<Vec<RawRow>, SourceError> {
        let rows = match self {
            Self::Coinbase => coinbase::rows(body),
            Self::Kraken => kraken::rows(body),
            Self::Bitstamp => bitstamp::rows(body),
            Self::Binance => binance::rows(body),
            Self::Yahoo => yahoo::rows(body),
        };
        rows.map_err(|mut error| {
            if let Some(excerpt) = error.excerpt_mut() {
                *excerpt = BodyExcerpt::new(body);
            }
            error
        })
    }
}

/// Time from seconds since 1970.
fn timestamp(second: i64) -> Result<Timestamp, SourceError> {
    Timestamp::from_second(second).map_err(|source| SourceError::Time { second, source })
}

/// Bar from open, high, low, close and volume.
fn bar(time: Timestamp, columns: [LenientNumber; 5]) -> Bar {
    let [open, high, low, close, volume] = columns.map(|LenientNumber(value)| value);
    Bar { time, open, high, low, close, volume }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_an_https_address() {
        assert!(SourceName::ALL.into_iter().all(|name| name.default_base_url().starts_with("https://")));
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
    fn bars_older_than_the_retention_are_not_requested() {
        let mut request = BarRequest::for_test(Interval::Hour, "2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z");
        assert!(SourceName::ALL.into_iter().all(|name| name.pages(&request).is_ok()));
        request.wall_clock = "2025-06-01T00:30:00Z".parse().unwrap();
        let is_rejected = |name: &SourceName| matches!(name.pages(&request), Err(SourceError::OutOfRetention { .. }));
        let rejected: Vec<_> = SourceName::ALL.into_iter().filter(is_rejected).collect();
        assert_eq!(rejected, [SourceName::Kraken, SourceName::Yahoo]);
    }

    #[test]
    fn no_parser_panics_on_any_bytes() {
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
