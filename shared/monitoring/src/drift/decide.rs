//! What the report says of drift, in short.

use crate::{MonitoringDecision, RuleId, RuleState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A [`Decision`] in short.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DriftConclusion {
    /// Whether it asks for a training.
    pub confirmed: bool,
    /// Whether features or forecasts have shifted and it persists, reason to act or not.
    pub persistent: bool,
    /// Since when there is evidence of anything that fires.
    pub since: Option<Timestamp>,
    /// The rules that fire, one sentence each with its numbers.
    pub reasons: Vec<String>,
}

impl From<&MonitoringDecision> for DriftConclusion {
    fn from(decision: &MonitoringDecision) -> Self {
        let shifts = [RuleId::CovariateShift, RuleId::ForecastShift];
        Self {
            confirmed: decision.action.requests_training(),
            persistent: shifts.into_iter().any(|rule| decision.state(rule) == RuleState::Fires),
            since: decision.firing().filter_map(|finding| finding.since).min(),
            reasons: decision.firing().map(|finding| finding.text.clone()).collect(),
        }
    }
}
