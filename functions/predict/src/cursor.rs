//! Cursor of a paged query of past forecasts. Callers send it back unchanged; its content may change between releases.

use jiff::Timestamp;
use market_data::time::EARLIEST;
use std::{fmt, str::FromStr};

/// Rest of a query: decision times from `from` to `to`, inclusive, in pages of `limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// First decision time of the next page, in seconds.
    pub from: i64,
    /// Last decision time of the query, in seconds.
    pub to: i64,
    /// Maximum number of forecasts on a page.
    pub limit: u16,
}

/// Error of a text that is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this API")]
pub struct CursorError;

impl Cursor {
    /// First and last decision time.
    ///
    /// # Errors
    /// One of the times is before the year 1 or out of range.
    pub fn range(&self) -> Result<(Timestamp, Timestamp), CursorError> {
        let time = |seconds| Timestamp::from_second(seconds).ok().filter(|time| *time >= EARLIEST).ok_or(CursorError);
        Ok((time(self.from)?, time(self.to)?))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}{:04x}", self.from, self.to, self.limit)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        if text.len() != 36 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(CursorError);
        }
        // `{:x}` writes negative seconds in two's complement.
        let seconds = |part: &str| u64::from_str_radix(part, 16).map(u64::cast_signed).map_err(|_| CursorError);
        let limit = u16::from_str_radix(&text[32..], 16).map_err(|_| CursorError)?;
        Ok(Self { from: seconds(&text[..16])?, to: seconds(&text[16..32])?, limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_round_trips_also_before_1970() {
        for cursor in
            [Cursor { from: 1_699_142_401, to: 1_701_302_400, limit: 500 }, Cursor { from: -86_400, to: 0, limit: 1 }]
        {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn a_text_that_is_no_cursor_is_rejected() {
        let good = Cursor { from: 1, to: 2, limit: 3 }.to_string();
        for text in ["", "1", &good[1..], &format!("{good}0"), &good.replacen('0', "G", 1), &good.replacen('0', "+", 1)]
        {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
        let beyond = Cursor { from: i64::MAX, to: 0, limit: 1 };
        assert_eq!(beyond.range(), Err(CursorError));
    }
}
