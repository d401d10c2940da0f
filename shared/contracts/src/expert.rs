//! Experts: what the forecast of a direction is mixed from, and their forecasts as they are stored before the outcome.

use crate::distribution::Quantiles;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

/// One source of a probability of up. Its text form is stable, because it is stored.
///
/// ```
/// use contracts::expert::Expert;
/// assert_eq!(Expert::Version(12).to_string(), "version-12");
/// assert_eq!("last_bar".parse(), Ok(Expert::LastBar));
/// assert!("version-0".parse::<Expert>().is_err() && "oracle".parse::<Expert>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Expert {
    /// Base rate of all settled labels.
    Climatology,
    /// Frequency of up after bars that rose or fell like the last one.
    LastBar,
    /// Frequency of up after pairs of bars that moved like the last two.
    LastTwoBars,
    /// Frequency of up after moves over the horizon that had the direction of the last one.
    LastMove,
    /// Frequency of up at this hour of the day, or on this day of the week for days.
    Calendar,
    /// Version of the registry: the champion or a challenger in the shadow.
    Version(u32),
}

/// Error for text that names no expert.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no expert, expected climatology, last_bar, last_two_bars, last_move, calendar or version-N")]
pub struct UnknownExpert {
    text: String,
}

impl fmt::Display for Expert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Climatology => "climatology",
            Self::LastBar => "last_bar",
            Self::LastTwoBars => "last_two_bars",
            Self::LastMove => "last_move",
            Self::Calendar => "calendar",
            Self::Version(version) => return write!(f, "version-{version}"),
        })
    }
}

impl FromStr for Expert {
    type Err = UnknownExpert;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownExpert { text: text.chars().take(40).collect() };
        Ok(match text {
            "climatology" => Self::Climatology,
            "last_bar" => Self::LastBar,
            "last_two_bars" => Self::LastTwoBars,
            "last_move" => Self::LastMove,
            "calendar" => Self::Calendar,
            _ => {
                let version = text.strip_prefix("version-").and_then(|number| number.parse().ok());
                Self::Version(version.filter(|version| *version > 0).ok_or_else(unknown)?)
            }
        })
    }
}

impl TryFrom<String> for Expert {
    type Error = UnknownExpert;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Expert> for String {
    fn from(expert: Expert) -> Self {
        expert.to_string()
    }
}

/// Forecast of one expert at a decision time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExpertForecast {
    /// The expert.
    #[schema(value_type = String, example = "version-3")]
    pub expert: Expert,
    /// Its weight in the mixture, from 0 to 1; the weights of one decision time add up to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub weight: f64,
    /// Its probability of up, between 0 and 1.
    #[schema(minimum = 0, maximum = 1)]
    pub probability_up: f64,
    /// Quantiles of the move by a challenger in the shadow, adjusted to the probability that is served; absent for other
    /// experts, and for a version without a distribution model. They are stored and never served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub quantiles: Option<Quantiles>,
}

impl ExpertForecast {
    /// The part that callers may see: without the distribution of a challenger.
    #[must_use]
    pub fn public(&self) -> Self {
        Self { quantiles: None, ..self.clone() }
    }
}

/// Probability of the mixture: the weighted mean of the experts' probabilities.
#[must_use]
pub fn mixed_probability(experts: &[ExpertForecast]) -> f64 {
    let total: f64 = experts.iter().map(|forecast| forecast.weight).sum();
    experts.iter().map(|forecast| forecast.weight * forecast.probability_up).sum::<f64>() / total
}

/// Settled forecasts of a challenger and of the champion that served at the same decision time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedForecast {
    /// Decision time.
    pub decision_time: Timestamp,
    /// Version that served.
    pub champion_version: u32,
    /// Probability of up by the challenger.
    pub challenger: f64,
    /// Probability of up by the champion alone.
    pub champion: f64,
    /// Probability of up by climatology.
    pub climatology: f64,
    /// Outcome: true for up, `None` for a tie.
    pub up: Option<bool>,
    /// Distributions; absent if the challenger or the champion's record has none.
    pub distribution: Option<PairedDistribution>,
}

/// Settled distributions of a challenger, the champion and climatology.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedDistribution {
    /// Quantiles by the challenger.
    pub challenger: Quantiles,
    /// Quantiles that were served.
    pub champion: Quantiles,
    /// Quantiles of climatology.
    pub climatology: Quantiles,
    /// Move, a log return.
    pub outcome: f64,
}
