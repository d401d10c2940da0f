//! The market sources. Each one is a small module of pure functions over the one HTTP client: which pages a range
//! takes, and what rows an answer holds.

pub(crate) mod coinbase;
pub(crate) mod yahoo;

use crate::{error::SourceError, wanted::Wanted};
use domain::Bar;
use std::{fmt, str::FromStr, time::Duration};

/// A source that this build knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceName {
    /// Coinbase Exchange.
    Coinbase,
    /// Yahoo Finance's chart service.
    Yahoo,
}

/// The text names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown market source `{text}`: expected coinbase or yahoo")]
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
    /// As it stands in configuration, keys and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coinbase => "coinbase",
            Self::Yahoo => "yahoo",
        }
    }

    /// Where the real source is.
    #[must_use]
    pub const fn default_base_url(self) -> &'static str {
        match self {
            Self::Coinbase => coinbase::BASE_URL,
            Self::Yahoo => yahoo::BASE_URL,
        }
    }

    /// The environment variable that points it elsewhere.
    #[must_use]
    pub const fn base_url_variable(self) -> &'static str {
        match self {
            Self::Coinbase => "MARKET_BASE_URL_COINBASE",
            Self::Yahoo => "MARKET_BASE_URL_YAHOO",
        }
    }

    /// The least time between the starts of two requests.
    pub(crate) const fn pace(self) -> Duration {
        match self {
            Self::Coinbase => coinbase::PACE,
            Self::Yahoo => yahoo::PACE,
        }
    }

    /// The requests that together cover what is wanted, oldest first.
    pub(crate) fn pages(self, wanted: &Wanted) -> Vec<PageRequest> {
        match self {
            Self::Coinbase => coinbase::pages(wanted),
            Self::Yahoo => yahoo::pages(wanted),
        }
    }

    /// The rows of one answer as they came: unordered, unchecked, perhaps unfinished.
    pub(crate) fn rows(self, body: &[u8]) -> Result<Vec<Bar>, SourceError> {
        match self {
            Self::Coinbase => coinbase::rows(body),
            Self::Yahoo => yahoo::rows(body),
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
        [Self::Coinbase, Self::Yahoo]
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| ParseSourceError { text: text.to_owned() })
    }
}
