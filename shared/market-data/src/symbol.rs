//! Market symbols such as `ETH-USD`.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Traded pair, base and quote currency: `ETH-USD`. Each part is 2 to 10 upper-case ASCII letters or digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Symbol(String);

/// Error for a text that is not `BASE-QUOTE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed symbol `{text}`: expected BASE-QUOTE in capitals, such as ETH-USD")]
pub struct ParseSymbolError {
    /// The text.
    pub text: String,
}

impl Symbol {
    /// Symbol as text: `ETH-USD`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Base currency, which is priced: `ETH`.
    #[must_use]
    pub fn base(&self) -> &str {
        self.0.split_once('-').map_or(self.0.as_str(), |(base, _)| base)
    }

    /// Quote currency, in which prices are given: `USD`.
    #[must_use]
    pub fn quote(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, quote)| quote)
    }
}

impl FromStr for Symbol {
    type Err = ParseSymbolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let part_is_valid = |part: &str| {
            (2..=10).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        match text.split_once('-') {
            Some((base, quote)) if part_is_valid(base) && part_is_valid(quote) => Ok(Self(text.to_owned())),
            _ => Err(ParseSymbolError { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for Symbol {
    type Error = ParseSymbolError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Symbol> for String {
    fn from(symbol: Symbol) -> Self {
        symbol.0
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_base_and_quote_in_capitals_parse() {
        let eth: Symbol = "ETH-USD".parse().unwrap();
        assert_eq!((eth.base(), eth.quote()), ("ETH", "USD"));
        for bad in ["", "ETH", "eth-usd", "ETH-USD-X", "E-USD", "../-USD", "ETH-"] {
            assert!(bad.parse::<Symbol>().is_err(), "{bad}");
        }
    }
}
