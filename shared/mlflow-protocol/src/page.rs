//! Page tokens: the position in a result, bound to the query that it belongs to.

use crate::{ApiError, Result};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Position of the first entry of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageToken {
    offset: usize,
    query: u64,
}

impl PageToken {
    /// Start of the result of a query, which its parts identify.
    #[must_use]
    pub fn start(query: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in query {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let query = digest.iter().take(8).fold(0, |value, byte| (value << 8) | u64::from(*byte));
        Self { offset: 0, query }
    }

    /// Position that the caller's token names, or the start without one.
    ///
    /// # Errors
    /// The token is malformed, or of another query.
    pub fn resume(query: &[&str], token: Option<&str>) -> Result<Self> {
        let start = Self::start(query);
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(start) };
        let parsed = token.split_once('.').and_then(|(offset, query)| {
            Some(Self { offset: offset.parse().ok()?, query: u64::from_str_radix(query, 16).ok()? })
        });
        match parsed {
            Some(found) if found.query == start.query && found.to_string() == token => Ok(found),
            _ => Err(ApiError::invalid(
                "Invalid page_token: it is not a token of this query; use next_page_token of the page before",
            )),
        }
    }

    /// Number of entries before the page.
    #[must_use]
    pub const fn offset(self) -> usize {
        self.offset
    }

    /// The page of at most `limit` entries of a whole result, and the token of the next page if there is one.
    #[must_use]
    pub fn page<T>(self, entries: Vec<T>, limit: usize) -> (Vec<T>, Option<String>) {
        let end = self.offset.saturating_add(limit);
        let next = (entries.len() > end).then(|| Self { offset: end, ..self }.to_string());
        (entries.into_iter().skip(self.offset).take(limit).collect(), next)
    }
}

impl fmt::Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:016x}", self.offset, self.query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_continue_where_the_one_before_ended() {
        let query = ["runs", "1", "metrics.a > 1"];
        let start = PageToken::resume(&query, None).unwrap();
        let (page, next) = start.page((0..5).collect(), 2);
        assert_eq!(page, [0, 1]);
        let (page, next) = PageToken::resume(&query, next.as_deref()).unwrap().page((0..5).collect(), 2);
        assert_eq!(page, [2, 3]);
        let (page, next) = PageToken::resume(&query, next.as_deref()).unwrap().page((0..5).collect(), 2);
        assert_eq!((page.as_slice(), next), ([4].as_slice(), None));
    }

    #[test]
    fn tokens_of_other_queries_are_rejected() {
        let token = PageToken { offset: 2, ..PageToken::start(&["a", "b"]) }.to_string();
        assert!(PageToken::resume(&["a", "b"], Some(&token)).is_ok());
        assert!(PageToken::resume(&["ab", ""], Some(&token)).is_err());
        for token in ["x", "2", "2.", ".0", "-1.0", "2.zz", "1e9.00", " 2.0", &format!("+{token}")] {
            assert!(PageToken::resume(&["a", "b"], Some(token)).is_err(), "{token}");
        }
    }
}
