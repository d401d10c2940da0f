//! From evidence to findings, one for each rule of the table, and the strongest action.

use super::{DataHealth, RegimeShift, RuleId, RuleSettings, SequentialTest, sentences};
use crate::{MonitoringConfig, RealisedPerformance, drift::WindowDrift};
use contracts::action::AlertAction;
use jiff::Timestamp;
use market_data::Interval;
use serde::{Deserialize, Serialize};

/// Whether a rule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// It does.
    Fires,
    /// It does not, and what was announced is not over.
    Undecided,
    /// It does not, and what was announced is over.
    Clear,
    /// It cannot be judged.
    Unknown,
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleFinding {
    /// The rule.
    pub rule: RuleId,
    /// What is done when it fires.
    pub action: AlertAction,
    /// Whether it does.
    pub state: RuleState,
    /// One sentence with its numbers.
    pub text: String,
    /// Since when there is evidence.
    pub since: Option<Timestamp>,
    /// First and last moment that were looked at: bars by their open time, forecasts by their decision time.
    pub window: Option<[Timestamp; 2]>,
}

/// What is concluded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MonitoringDecision {
    /// The strongest action of the rules that fire.
    pub action: AlertAction,
    /// One for each rule, in the order of the table.
    pub findings: Vec<RuleFinding>,
}

/// Everything that is known; what is absent cannot be judged.
#[derive(Debug, Clone, Copy)]
pub struct MonitoringInputs<'a> {
    /// Length of a bar.
    pub interval: Interval,
    /// The last windows of features and forecasts, oldest first.
    pub windows: &'a [WindowDrift],
    /// Range and volume.
    pub upheaval: Option<&'a RegimeShift>,
    /// The champion's last settled forecasts.
    pub recent: Option<&'a RealisedPerformance>,
    /// The test of "worse than climatology".
    pub climatology: Option<&'a SequentialTest>,
    /// The test of "worse than promised".
    pub promise: Option<&'a SequentialTest>,
    /// The data.
    pub health: &'a DataHealth,
}

/// What a rule says, before its action is known.
pub(super) struct RuleEvaluation {
    pub(super) state: RuleState,
    pub(super) text: String,
    pub(super) since: Option<Timestamp>,
    pub(super) window: Option<[Timestamp; 2]>,
}

impl RuleEvaluation {
    pub(super) fn unknown(text: &str) -> Self {
        Self { state: RuleState::Unknown, text: text.to_owned(), since: None, window: None }
    }
}

/// Judges every rule of the table.
#[must_use]
pub fn evaluate_rules(evidence: &MonitoringInputs<'_>, config: &MonitoringConfig) -> MonitoringDecision {
    let judge = |rule: RuleId| match rule {
        RuleId::ModelRefused => sentences::model_accepted(),
        RuleId::WorseThanClimatology => sentences::sequential(evidence.climatology, sentences::CLIMATOLOGY),
        RuleId::WorseThanHoldout => sentences::sequential(evidence.promise, "the hold-out promised"),
        RuleId::SevereShift => sentences::upheaval(evidence.upheaval, evidence.interval),
        RuleId::WorseRecently => sentences::recent(evidence.recent, config),
        RuleId::CovariateShift => sentences::features(evidence.windows, config),
        RuleId::ForecastShift => sentences::forecasts(evidence.windows, config),
        RuleId::StaleData => sentences::stale(evidence.health, evidence.interval, config),
        RuleId::MissingBars => sentences::missing(evidence.health, config),
        RuleId::SourceChanged => sentences::source(evidence.health),
    };
    MonitoringDecision::new(config, RuleId::ALL.map(|rule| (rule, judge(rule))))
}

impl MonitoringDecision {
    fn new(config: &MonitoringConfig, judged: impl IntoIterator<Item = (RuleId, RuleEvaluation)>) -> Self {
        let finding = |(rule, judged): (RuleId, RuleEvaluation)| {
            let RuleEvaluation { state, text, since, window } = judged;
            RuleFinding { rule, action: config.rule(rule).action, state, text, since, window }
        };
        let findings: Vec<RuleFinding> = judged.into_iter().map(finding).collect();
        let action = findings.iter().filter(|finding| finding.fires()).map(|finding| finding.action).max();
        Self { action: action.unwrap_or_default(), findings }
    }

    /// What is concluded when the champion is refused: nothing else can be judged then.
    #[must_use]
    pub fn model_rejected(why: &str, config: &MonitoringConfig) -> Self {
        let text = format!("The champion cannot be used: {why}.");
        Self::new(
            config,
            [(RuleId::ModelRefused, RuleEvaluation { state: RuleState::Fires, text, since: None, window: None })],
        )
    }

    /// The findings of the rules that fire and are not off.
    pub fn firing(&self) -> impl Iterator<Item = &RuleFinding> {
        self.findings.iter().filter(|finding| finding.fires())
    }

    /// What a rule says.
    #[must_use]
    pub fn state(&self, rule: RuleId) -> RuleState {
        self.findings.iter().find(|finding| finding.rule == rule).map_or(RuleState::Unknown, |finding| finding.state)
    }
}

impl RuleFinding {
    /// Whether its rule fires and is not off.
    #[must_use]
    pub fn fires(&self) -> bool {
        self.state == RuleState::Fires && self.action > AlertAction::None
    }
}

impl MonitoringConfig {
    /// What is done about a rule; by default when the table leaves it out.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> RuleSettings {
        self.rules.get(&id).copied().unwrap_or_else(|| super::rules::default_rules(Interval::Day)[&id])
    }
}

#[cfg(test)]
mod tests;
