//! A forecast: a probability of `up` made at a decision time, with its evidence.

use crate::Warning;
use jiff::Timestamp;
use market_data::Series;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// No forecast is lower: certainty cannot be learnt from some thousand bars, and one miss would cost too much.
pub const MIN_PROBABILITY: f64 = 0.01;
/// No forecast is higher.
pub const MAX_PROBABILITY: f64 = 0.99;

/// Which way the forecast points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The close at the target time will be higher.
    Up,
    /// It will be lower.
    Down,
    /// The evidence does not support either.
    Abstain,
}

/// How much the champion's record supports it.
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

/// The champion's measured advantage over climatology.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(from = "StoredEdge")]
pub struct Edge {
    /// In one word.
    pub verdict: EdgeVerdict,
    /// `1 - Brier / Brier of climatology` on the hold-out; above zero is better.
    pub brier_skill: f64,
    /// Its 95 % block-bootstrap interval, low and high; null when there are too few independent labels to judge, fewer than
    /// 30.
    #[schema(value_type = Option<Vec<f64>>, min_items = 2, max_items = 2, required)]
    pub brier_skill_ci: Option<[f64; 2]>,
    /// How many labels it was measured on.
    pub n: usize,
}

impl Edge {
    /// What a model without any measured record has.
    pub const NONE: Self = Self { verdict: EdgeVerdict::None, brier_skill: 0.0, brier_skill_ci: None, n: 0 };

    /// The edge that a skill and its interval amount to. Without an interval it is no more than weak.
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

/// An edge as any release stored it: without labels it once had the interval from zero to zero.
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

/// Which model forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModelRef {
    /// Its version in the registry of the series, from 1; 0 when none serves.
    pub version: u32,
    /// When it was trained.
    #[schema(value_type = String, format = DateTime)]
    pub trained_at: Timestamp,
    /// SHA-256 of its artifact, hex; absent for version 0, which is no model but the base rate of the bars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// Which data it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DataRef {
    /// Open time of the last bar used.
    #[schema(value_type = String, format = DateTime)]
    pub last_bar: Timestamp,
    /// Seconds between the close of that bar and the answer.
    pub age_seconds: i64,
    /// Where the bars came from: a source's name, or `caller`.
    pub source: String,
}

/// The answer to "which way, how sure, and should anyone believe it".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Forecast {
    /// What was forecast.
    #[schema(value_type = String, example = "eth-usd-1d-h1")]
    pub series: Series,
    /// Close of the last bar used.
    #[schema(value_type = String, format = DateTime)]
    pub decision_time: Timestamp,
    /// When the outcome will be known.
    #[schema(value_type = String, format = DateTime)]
    pub target_time: Timestamp,
    /// Close of the next bar. From then on the forecast has the warning `expired` and abstains.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Between 0 and 1.
    #[schema(minimum = 0, maximum = 1)]
    pub probability_up: f64,
    /// `abstain` unless the edge is significant and the forecast has not expired.
    pub direction: Direction,
    /// Band of `probability_up`, low and high.
    #[schema(min_items = 2, max_items = 2)]
    pub interval: [f64; 2],
    /// The evidence.
    pub edge: Edge,
    /// Climatology at the decision time: the base rate of `up` over all labels settled by then, as it is stored with the
    /// forecast. Before the first stored forecast it is that of the champion's training; for bars that end before the newest
    /// stored forecast, that of those bars.
    #[schema(minimum = 0, maximum = 1)]
    pub baseline_probability: f64,
    /// The model.
    pub model: ModelRef,
    /// The data.
    pub data: DataRef,
    /// What a reader should know: stale data, simulated history, degraded model.
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

    /// Abstains unless `edge` is significant; then the side of one half on which `probability_up` lies.
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
    fn an_edge_that_nothing_measured_has_no_interval() {
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
