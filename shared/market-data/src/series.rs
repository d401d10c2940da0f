//! Series: symbol, interval and horizon of a forecast.

use crate::{Interval, Symbol};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Symbol, interval and horizon of a forecast. Serialised as the slug, `eth-usd-1d-h1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Series {
    /// Pair whose price is forecast.
    pub symbol: Symbol,
    /// Interval of the bars that the forecast is made from.
    pub interval: Interval,
    /// Number of bars from decision to target, 1 to 1000.
    pub horizon: u32,
}

/// Error for a text that is not `{base}-{quote}-{interval}-h{horizon}` in lower case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed series `{text}`: expected base-quote-interval-hHORIZON in lower case, such as eth-usd-1d-h1")]
pub struct ParseSeriesError {
    /// The text.
    pub text: String,
}

impl Series {
    /// Slug such as `eth-usd-1d-h1`, safe in paths, keys and URLs.
    #[must_use]
    pub fn slug(&self) -> String {
        format!("{}-{}-h{}", self.symbol.as_str().to_ascii_lowercase(), self.interval, self.horizon)
    }

    /// Decision time of the bar that opens at `bar_time`: its close, from which on a forecast may use it.
    #[must_use]
    pub fn decision_time(&self, bar_time: Timestamp) -> Timestamp {
        self.interval.step(bar_time, 1)
    }

    /// Time at which the outcome of a forecast made at `decision_time` is known.
    #[must_use]
    pub fn target_time(&self, decision_time: Timestamp) -> Timestamp {
        self.interval.step(decision_time, i64::from(self.horizon))
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.slug())
    }
}

impl FromStr for Series {
    type Err = ParseSeriesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let mut parts = text.split('-');
            let (base, quote, interval, horizon) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
            if parts.next().is_some() || text.bytes().any(|b| b.is_ascii_uppercase()) {
                return None;
            }
            let digits = horizon.strip_prefix('h')?;
            if digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            Some(Self {
                symbol: format!("{base}-{quote}").to_ascii_uppercase().parse().ok()?,
                interval: interval.parse().ok()?,
                horizon: digits.parse().ok().filter(|h| (1..=1000).contains(h))?,
            })
        };
        parse().ok_or_else(|| ParseSeriesError { text: text.to_owned() })
    }
}

impl TryFrom<String> for Series {
    type Error = ParseSeriesError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Series> for String {
    fn from(series: Series) -> Self {
        series.slug()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_round_trip_and_nothing_else_parses() {
        for slug in ["eth-usd-1d-h1", "eth-usd-1d-h7", "eth-usd-1h-h24"] {
            assert_eq!(slug.parse::<Series>().unwrap().slug(), slug);
        }
        for bad in [
            "",
            "eth-usd",
            "ETH-USD-1d-h1",
            "eth-usd-1d-h0",
            "eth-usd-1d-h01",
            "eth-usd-1d-h1-x",
            "eth-usd-2d-h1",
            "../../x",
        ] {
            assert!(bad.parse::<Series>().is_err(), "{bad}");
        }
    }

    #[test]
    fn decision_is_the_close_and_target_the_horizon() {
        let series: Series = "eth-usd-1d-h7".parse().unwrap();
        let decision = series.decision_time("2023-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(decision.to_string(), "2023-01-02T00:00:00Z");
        assert_eq!(series.target_time(decision).to_string(), "2023-01-09T00:00:00Z");
    }
}
