//! Forecast: a probability of `up` made at a decision time, with its evidence.

use crate::{Warning, distribution::Distribution};
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lowest probability of a forecast. Some thousand bars do not support certainty, and one miss would cost too much.
pub const MIN_PROBABILITY: f64 = 0.01;
/// Highest probability of a forecast, for the same reason.
pub const MAX_PROBABILITY: f64 = 0.99;

/// Direction of a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The close at the target time will be higher.
    Up,
    /// The close at the target time will be lower.
    Down,
    /// The evidence supports neither direction.
    Abstain,
}

/// Support of a forecast by the champion's evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EdgeVerdict {
    /// No better than climatology.
    None,
    /// Better on average, but chance explains it.
    Weak,
    /// Better, and the interval of the Brier skill excludes zero.
    Significant,
}

/// Measured advantage of the champion over climatology.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(from = "StoredEdge")]
pub struct Edge {
    /// Conclusion from the skill and its interval.
    pub verdict: EdgeVerdict,
    /// Brier skill on the hold-out, `1 - Brier / Brier of climatology`; above zero is better.
    pub brier_skill: f64,
    /// 95 % block-bootstrap interval of the Brier skill, low and high; null with fewer than 30 independent labels.
    #[schema(value_type = Option<Vec<f64>>, min_items = 2, max_items = 2, required)]
    pub brier_skill_ci: Option<[f64; 2]>,
    /// Number of labels that the skill was measured on.
    pub n: usize,
}

impl Edge {
    /// Edge of a model that was never measured.
    pub const NONE: Self = Self { verdict: EdgeVerdict::None, brier_skill: 0.0, brier_skill_ci: None, n: 0 };

    /// Edge of a measured skill and its interval. Without an interval it is at most weak.
    #[must_use]
    pub fn from_skill(brier_skill: f64, brier_skill_ci: impl Into<Option<[f64; 2]>>, n: usize) -> Self {
        let brier_skill_ci = brier_skill_ci.into();
        let verdict = if brier_skill_ci.is_some_and(|[lo, _]| lo > 0.0) {
            EdgeVerdict::Significant
        } else if brier_skill > 0.0 {
            EdgeVerdict::Weak
        } else {
            EdgeVerdict::None
        };
        Self { verdict, brier_skill, brier_skill_ci, n }
    }
}

/// Edge as any release stored it. Early releases stored the interval from zero to zero for an edge without labels.
#[derive(Deserialize)]
struct StoredEdge {
    verdict: EdgeVerdict,
    brier_skill: f64,
    brier_skill_ci: Option<[f64; 2]>,
    n: usize,
}

impl From<StoredEdge> for Edge {
    fn from(stored: StoredEdge) -> Self {
        let StoredEdge { verdict, brier_skill, brier_skill_ci, n } = stored;
        Self { verdict, brier_skill, brier_skill_ci: brier_skill_ci.filter(|_| n > 0), n }
    }
}

/// Model of a forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelRef {
    /// Version in the registry of the series, from 1; 0 if no model serves.
    pub version: u32,
    /// Time of the training.
    #[schema(value_type = String, format = DateTime)]
    pub trained_at: Timestamp,
    /// SHA-256 of the artifact, hex; absent for version 0, which is the base rate of the bars and no model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// Data of a forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DataRef {
    /// Open time of the last bar used.
    #[schema(value_type = String, format = DateTime)]
    pub last_bar: Timestamp,
    /// Seconds from the close of that bar to the response.
    pub age_seconds: i64,
    /// Origin of the bars, as a label, or `caller`.
    pub source: String,
}

/// Forecast of a series: direction, probability and the evidence for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// Series that is forecast.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// Close of the last bar used.
    #[schema(value_type = String, format = DateTime)]
    pub decision_time: Timestamp,
    /// Time at which the outcome is known.
    #[schema(value_type = String, format = DateTime)]
    pub target_time: Timestamp,
    /// Close of the next bar. From then on the forecast has the warning `expired` and abstains.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Probability that the close at the target time is higher, between 0 and 1.
    #[schema(minimum = 0, maximum = 1)]
    pub probability_up: f64,
    /// Direction; `abstain` unless the edge is significant and the forecast has not expired.
    pub direction: Direction,
    /// Uncertainty band of `probability_up`, low and high.
    #[schema(min_items = 2, max_items = 2)]
    pub interval: [f64; 2],
    /// Edge of the champion over climatology.
    pub edge: Edge,
    /// Climatology at the decision time: the base rate of `up` over all labels settled by then, as it is stored with the
    /// forecast. Before the first stored forecast it is that of the champion's training. For bars that end before the newest
    /// stored forecast it is that of those bars.
    #[schema(minimum = 0, maximum = 1)]
    pub baseline_probability: f64,
    /// Distribution of the move; absent where nothing is known of it: before the first settled move, and in records of older
    /// releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// Model that made the forecast.
    pub model: ModelRef,
    /// Data that the forecast was made from.
    pub data: DataRef,
    /// Warnings, such as stale data, simulated bars or a replaced model.
    pub warnings: Vec<Warning>,
}

impl Direction {
    /// Name as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Abstain => "abstain",
        }
    }

    /// Direction of a probability: the side of one half on which `probability_up` lies, or `Abstain` at one half and
    /// without a significant edge.
    #[must_use]
    pub fn from_probability(probability_up: f64, edge: &Edge) -> Self {
        if edge.verdict != EdgeVerdict::Significant {
            Self::Abstain
        } else if probability_up > 0.5 {
            Self::Up
        } else if probability_up < 0.5 {
            Self::Down
        } else {
            Self::Abstain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_names_equal_their_json() {
        for direction in [Direction::Up, Direction::Down, Direction::Abstain] {
            assert_eq!(serde_json::to_value(direction).unwrap(), direction.as_str());
        }
    }

    #[test]
    fn an_edge_without_labels_has_no_interval() {
        let text = r#"{"verdict":"none","brier_skill":0.0,"brier_skill_ci":[0.0,0.0],"n":0}"#;
        assert_eq!(serde_json::from_str::<Edge>(text).unwrap(), Edge::NONE);
        assert!(serde_json::to_value(Edge::NONE).unwrap()["brier_skill_ci"].is_null());
        assert_eq!(Edge::from_skill(0.05, None::<[f64; 2]>, 12).verdict, EdgeVerdict::Weak, "too few to judge");
    }

    #[test]
    fn without_a_significant_edge_the_direction_is_abstain() {
        let weak = Edge::from_skill(0.01, [-0.01, 0.03], 365);
        assert_eq!(weak.verdict, EdgeVerdict::Weak);
        assert_eq!(Direction::from_probability(0.9, &weak), Direction::Abstain);
        let strong = Edge::from_skill(0.05, [0.01, 0.09], 365);
        assert_eq!(Direction::from_probability(0.4, &strong), Direction::Down);
        assert_eq!(Direction::from_probability(0.6, &strong), Direction::Up);
    }
}
