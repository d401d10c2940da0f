//! Decision: the finding of every rule of the table, and the strongest action.

use crate::MonitoringConfig;
use crate::rules::{MonitoringInputs, RuleEvaluation, RuleEvidence, RuleId, RuleState, describe, evaluate};
use contracts::action::AlertAction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Result of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleFinding {
    /// The rule.
    pub rule: RuleId,
    /// Action while the rule fires.
    pub action: AlertAction,
    /// State of the rule.
    pub state: RuleState,
    /// Sentence that states the result with its numbers.
    pub text: String,
    /// Start of the evidence; absent without evidence.
    pub since: Option<Timestamp>,
    /// First and last time of the evaluated data: open times of bars, or decision times of forecasts.
    pub window: Option<[Timestamp; 2]>,
}

impl RuleFinding {
    fn new(evaluation: &RuleEvaluation<'_>, config: &MonitoringConfig) -> Self {
        Self {
            rule: evaluation.rule,
            action: config.rule(evaluation.rule).action,
            state: evaluation.state,
            text: describe(evaluation, config),
            since: evaluation.since,
            window: evaluation.window,
        }
    }

    /// True if the rule fires and is not disabled.
    #[must_use]
    pub fn fires(&self) -> bool {
        self.state == RuleState::Fires && self.action > AlertAction::None
    }
}

/// Findings of the rules for one decision time, with the action that follows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MonitoringDecision {
    /// Strongest action of the rules that fire.
    pub action: AlertAction,
    /// Findings in the order of the table.
    pub findings: Vec<RuleFinding>,
}

/// Evaluates every rule of the table.
#[must_use]
pub fn evaluate_rules(inputs: &MonitoringInputs<'_>, config: &MonitoringConfig) -> MonitoringDecision {
    let finding = |rule| RuleFinding::new(&evaluate(rule, inputs, config), config);
    MonitoringDecision::new(RuleId::ALL.into_iter().map(finding).collect())
}

impl MonitoringDecision {
    fn new(findings: Vec<RuleFinding>) -> Self {
        let action = findings.iter().filter(|finding| finding.fires()).map(|finding| finding.action).max();
        Self { action: action.unwrap_or_default(), findings }
    }

    /// Decision for a champion that was rejected for this reason. No other rule can be evaluated without a champion.
    #[must_use]
    pub fn model_rejected(reason: &str, config: &MonitoringConfig) -> Self {
        let evaluation = RuleEvaluation {
            rule: RuleId::ModelRefused,
            state: RuleState::Fires,
            evidence: Some(RuleEvidence::ModelRejected(reason)),
            since: None,
            window: None,
        };
        Self::new(vec![RuleFinding::new(&evaluation, config)])
    }

    /// Findings of the rules that fire and are not disabled.
    pub fn firing(&self) -> impl Iterator<Item = &RuleFinding> {
        self.findings.iter().filter(|finding| finding.fires())
    }

    /// State of a rule; [`RuleState::Unknown`] without a finding.
    #[must_use]
    pub fn state(&self, rule: RuleId) -> RuleState {
        self.findings.iter().find(|finding| finding.rule == rule).map_or(RuleState::Unknown, |finding| finding.state)
    }
}

/// Summary of a [`MonitoringDecision`] for the report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DriftConclusion {
    /// True if the decision requests a training.
    pub confirmed: bool,
    /// True if features or forecasts have shifted persistently, whether or not that leads to an action.
    pub persistent: bool,
    /// Earliest start of the evidence for the firing rules; absent if none has a start.
    pub since: Option<Timestamp>,
    /// Sentences of the firing rules.
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

#[cfg(test)]
mod tests;
