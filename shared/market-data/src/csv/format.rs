//! Formats of files.

use std::{fmt, str::FromStr};

/// Format of a file of bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvFormat {
    /// A line of names, then bars: `timestamp,open,high,low,close,volume` in any order, beside others.
    Columns,
    /// Binance's archive: 12 columns, without names (spot) or with (futures), Unix ms or us.
    Binance,
    /// CryptoDataDownload: an address in the first line, names in the second.
    CryptoDataDownload,
    /// Kraken's OHLCVT: 7 columns without names, Unix seconds.
    Kraken,
    /// yfinance: three lines of names, `Price`, `Ticker` and `Date` or `Datetime`.
    Yfinance,
    /// Yahoo, with `Adj Close`, or with `Dividends` and `Stock Splits`.
    Yahoo,
    /// Coinbase's candles: time, low, high, open, close, volume, with names or, if the format is named, without.
    Coinbase,
    /// CoinMarketCap: semicolons, `timeOpen` among the names.
    CoinMarketCap,
    /// MetaTrader: tabs, `<DATE>` and perhaps `<TIME>`, `2021.01.01`.
    MetaTrader,
    /// Investing.com: `Price` for the close, `Vol.`, MM/DD/YYYY.
    Investing,
}

/// A name that is no format's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{text}`: expected one of {}", CsvFormat::LIST)]
pub struct ParseFormatError {
    /// The name.
    pub text: String,
}

impl CsvFormat {
    /// The names of all formats, for messages.
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

    /// The name, as [`FromStr`] reads it.
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
