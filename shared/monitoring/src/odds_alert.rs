//! Limits of the odds, set by the operator: an alert is sent while a large move is more probable than the limit.

use contracts::distribution::{MAX_ODDS_SIZE, Odds, OddsSide, StoredDistribution};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Limit of the odds of one size: `odds.down_5pct > 0.2`.
///
/// ```
/// let limit: monitoring::OddsAlert = "odds.down_5pct > 0.2".parse().unwrap();
/// assert_eq!((limit.side.as_str(), limit.size, limit.above), ("down", 0.05, 0.2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OddsAlert {
    /// Side of the move.
    pub side: OddsSide,
    /// Size of the move as a share of the price, above 0 and at most 1.
    pub size: f64,
    /// Probability above which the rule fires, from 0 to below 1.
    pub above: f64,
}

/// Error for a text that is no limit of the odds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OddsAlertError {
    /// The text has another form.
    #[error(
        "odds_alerts: `{text}` is no limit of the odds, expected a form such as `odds.down_5pct > 0.2` with up, down or either"
    )]
    Form {
        /// The text.
        text: String,
    },
    /// The size is out of its range.
    #[error("odds_alerts: the size in `{text}` is out of range, expected above 0 and at most 100 pct")]
    Size {
        /// The text.
        text: String,
    },
    /// The probability is out of its range.
    #[error("odds_alerts: the probability in `{text}` is out of range, expected at least 0 and below 1")]
    Probability {
        /// The text.
        text: String,
    },
}

impl OddsAlert {
    /// Probability of such a move.
    #[must_use]
    pub fn probability(&self, distribution: &StoredDistribution) -> f64 {
        let odds = Odds::new(&distribution.quantiles, self.size);
        odds.of(self.side)
    }
}

impl FromStr for OddsAlert {
    type Err = OddsAlertError;

    fn from_str(text: &str) -> Result<Self, OddsAlertError> {
        let malformed = || OddsAlertError::Form { text: text.to_owned() };
        let parts = text.trim().strip_prefix("odds.").and_then(|rest| rest.split_once('>'));
        let (name, above) = parts.ok_or_else(malformed)?;
        let (side, size) = name.trim().split_once('_').ok_or_else(malformed)?;
        let side = OddsSide::ALL.into_iter().find(|known| known.as_str() == side).ok_or_else(malformed)?;
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| malformed());
        let size = number(size.strip_suffix("pct").ok_or_else(malformed)?)? / 100.0;
        let above = number(above)?;
        if !(size > 0.0 && size <= MAX_ODDS_SIZE) {
            return Err(OddsAlertError::Size { text: text.to_owned() });
        }
        if !(0.0..1.0).contains(&above) {
            return Err(OddsAlertError::Probability { text: text.to_owned() });
        }
        Ok(Self { side, size, above })
    }
}

impl fmt::Display for OddsAlert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded, because 0.07 times 100 is not 7.
        let percent = (1e6 * self.size).round() / 1e4;
        write!(f, "odds.{}_{percent}pct > {}", self.side.as_str(), self.above)
    }
}

impl TryFrom<String> for OddsAlert {
    type Error = OddsAlertError;

    fn try_from(text: String) -> Result<Self, OddsAlertError> {
        text.parse()
    }
}

impl From<OddsAlert> for String {
    fn from(alert: OddsAlert) -> Self {
        alert.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_round_trip_through_their_text() {
        for text in ["odds.down_5pct > 0.2", "odds.up_7pct > 0.05", "odds.either_2.5pct > 0", "odds.down_100pct > 0.99"]
        {
            assert_eq!(text.parse::<OddsAlert>().unwrap().to_string(), text);
        }
        assert_eq!("odds.down_5pct>0.2".parse::<OddsAlert>().unwrap().to_string(), "odds.down_5pct > 0.2");
    }

    #[test]
    fn errors_name_the_setting_and_the_allowed_range() {
        for (text, expected) in [
            ("odds.down_0pct > 0.2", "above 0 and at most 100 pct"),
            ("odds.down_-5pct > 0.2", "above 0 and at most 100 pct"),
            ("odds.down_101pct > 0.2", "above 0 and at most 100 pct"),
            ("odds.down_nanpct > 0.2", "above 0 and at most 100 pct"),
            ("odds.down_5pct > 1", "at least 0 and below 1"),
            ("odds.down_5pct > -0.1", "at least 0 and below 1"),
            ("odds.down_5pct < 0.2", "expected a form such as"),
            ("odds.sideways_5pct > 0.2", "up, down or either"),
            ("down_5pct > 0.2", "expected a form such as"),
            ("odds.down_5 > 0.2", "expected a form such as"),
        ] {
            let error = text.parse::<OddsAlert>().unwrap_err().to_string();
            assert!(error.starts_with("odds_alerts: ") && error.contains(expected), "{error}");
        }
    }
}
