//! Formats of CSV files.

use std::{fmt, str::FromStr};

/// Format of a file of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvFormat {
    /// A header, then bars: `timestamp,open,high,low,close,volume` in any order, with or without other columns.
    Columns,
    /// Binance's archive: 12 columns, without a header (spot) or with one (futures), Unix ms or us.
    Binance,
    /// CryptoDataDownload: an address in the first line, the header in the second.
    CryptoDataDownload,
    /// Kraken's OHLCVT: 7 columns without a header, Unix seconds.
    Kraken,
    /// yfinance: three header lines, `Price`, `Ticker` and `Date` or `Datetime`.
    Yfinance,
    /// Yahoo, with `Adj Close`, or with `Dividends` and `Stock Splits`.
    Yahoo,
    /// Coinbase's candles: time, low, high, open, close, volume, with a header or, if the format is named, without.
    Coinbase,
    /// CoinMarketCap: semicolons, `timeOpen` among the names.
    CoinMarketCap,
    /// MetaTrader: tabs, `<DATE>` with or without `<TIME>`, dates as `2021.01.01`.
    MetaTrader,
    /// Investing.com: `Price` for the close, `Vol.`, MM/DD/YYYY.
    Investing,
}

/// Error for a name that is no format's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{text}`: expected one of {}", CsvFormat::LIST)]
pub struct ParseFormatError {
    /// The name.
    pub text: String,
}

impl CsvFormat {
    /// Names of all formats, for messages.
    pub const LIST: &str = "columns, binance, cryptodatadownload, kraken, yfinance, yahoo, coinbase, coinmarketcap, \
                            metatrader, investing";

    /// All formats.
    pub const ALL: [Self; 10] = [
        Self::Columns,
        Self::Binance,
        Self::CryptoDataDownload,
        Self::Kraken,
        Self::Yfinance,
        Self::Yahoo,
        Self::Coinbase,
        Self::CoinMarketCap,
        Self::MetaTrader,
        Self::Investing,
    ];

    /// Name of the format, as [`FromStr`] reads it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Columns => "columns",
            Self::Binance => "binance",
            Self::CryptoDataDownload => "cryptodatadownload",
            Self::Kraken => "kraken",
            Self::Yfinance => "yfinance",
            Self::Yahoo => "yahoo",
            Self::Coinbase => "coinbase",
            Self::CoinMarketCap => "coinmarketcap",
            Self::MetaTrader => "metatrader",
            Self::Investing => "investing",
        }
    }

    /// True if the volume is an amount of the quote currency, which is divided by the close.
    pub(super) const fn has_quote_volume(self) -> bool {
        matches!(self, Self::Yfinance | Self::Yahoo | Self::CoinMarketCap)
    }
}

impl fmt::Display for CsvFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CsvFormat {
    type Err = ParseFormatError;

    fn from_str(text: &str) -> Result<Self, ParseFormatError> {
        let named = Self::ALL.into_iter().find(|format| format.as_str().eq_ignore_ascii_case(text));
        named.ok_or_else(|| ParseFormatError { text: text.to_owned() })
    }
}
