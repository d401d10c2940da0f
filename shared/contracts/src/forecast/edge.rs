//! Edge: measured advantage of a champion over climatology.

use crate::costs::CallReturns;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Support of a forecast by the champion's evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EdgeVerdict {
    /// No better than climatology.
    None,
    /// Better on average, but chance explains it.
    Weak,
    /// Better, and the interval of the Brier skill excludes zero.
    #[serde(alias = "significant")]
    Shown,
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
    /// Returns of following the calls on the same hold-out, after costs; `unknown` in records of older releases.
    pub after_costs: CallReturns,
}

impl Edge {
    /// Edge of a model that was never measured.
    pub const NONE: Self = Self {
        verdict: EdgeVerdict::None,
        brier_skill: 0.0,
        brier_skill_ci: None,
        n: 0,
        after_costs: CallReturns::UNKNOWN,
    };

    /// Edge of a measured skill and its interval. Without an interval it is at most weak.
    #[must_use]
    pub fn from_skill(brier_skill: f64, brier_skill_ci: impl Into<Option<[f64; 2]>>, n: usize) -> Self {
        let brier_skill_ci = brier_skill_ci.into();
        let verdict = if brier_skill_ci.is_some_and(|[lo, _]| lo > 0.0) {
            EdgeVerdict::Shown
        } else if brier_skill > 0.0 {
            EdgeVerdict::Weak
        } else {
            EdgeVerdict::None
        };
        Self { verdict, brier_skill, brier_skill_ci, n, after_costs: CallReturns::UNKNOWN }
    }
}

/// Edge as any release stored it. Early releases stored the interval from zero to zero for an edge without labels.
#[derive(Deserialize)]
struct StoredEdge {
    verdict: EdgeVerdict,
    brier_skill: f64,
    brier_skill_ci: Option<[f64; 2]>,
    n: usize,
    #[serde(default)]
    after_costs: CallReturns,
}

impl From<StoredEdge> for Edge {
    fn from(stored: StoredEdge) -> Self {
        let StoredEdge { verdict, brier_skill, brier_skill_ci, n, after_costs } = stored;
        Self { verdict, brier_skill, brier_skill_ci: brier_skill_ci.filter(|_| n > 0), n, after_costs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::costs::CostVerdict;
    use serde_json::json;

    #[test]
    fn an_edge_without_labels_has_no_interval() {
        let text = r#"{"verdict":"none","brier_skill":0.0,"brier_skill_ci":[0.0,0.0],"n":0}"#;
        assert_eq!(serde_json::from_str::<Edge>(text).unwrap(), Edge::NONE);
        assert!(serde_json::to_value(Edge::NONE).unwrap()["brier_skill_ci"].is_null());
        assert_eq!(Edge::from_skill(0.05, None::<[f64; 2]>, 12).verdict, EdgeVerdict::Weak, "too few to judge");
    }

    #[test]
    fn an_edge_of_an_older_release_is_shown_and_its_costs_are_unknown() {
        let stored = json!({"verdict": "significant", "brier_skill": 0.05, "brier_skill_ci": [0.01, 0.09], "n": 365});
        let edge: Edge = serde_json::from_value(stored).unwrap();
        assert_eq!(edge, Edge::from_skill(0.05, [0.01, 0.09], 365));
        let written = serde_json::to_value(edge).unwrap();
        assert_eq!(written["verdict"], "shown");
        let unknown = json!({"verdict": "unknown", "annual_return": null, "annual_return_ci": null, "sharpe": null,
            "sharpe_ci": null, "fee": null, "slippage": null});
        assert_eq!(written["after_costs"], unknown);
        let after_costs = CallReturns { verdict: CostVerdict::NotTradable, fee: Some(0.001), ..CallReturns::UNKNOWN };
        let edge = Edge { after_costs, ..edge };
        assert_eq!(serde_json::from_value::<Edge>(serde_json::to_value(edge).unwrap()).unwrap(), edge);
    }
}
