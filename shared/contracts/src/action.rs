//! Reaction to the hits of monitoring rules: action, kind and severity of an alert.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Action that a rule causes, in ascending order of strength.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertAction {
    /// No action: no rule fires, or the rule is disabled.
    #[default]
    None,
    /// Entry in the report.
    Note,
    /// Notification.
    Warn,
    /// Notification and request for a training.
    Retrain,
    /// Urgent notification and request for a training.
    RetrainAndPage,
}

impl AlertAction {
    /// Name as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Retrain => "retrain",
            Self::RetrainAndPage => "retrain_and_page",
        }
    }

    /// True if the action sends a notification.
    #[must_use]
    pub fn sends_notification(self) -> bool {
        self >= Self::Warn
    }

    /// True if the action requests a training.
    #[must_use]
    pub fn requests_training(self) -> bool {
        self >= Self::Retrain
    }

    /// Severity of the notification.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::None | Self::Note => Severity::Note,
            Self::Warn | Self::Retrain => Severity::Warning,
            Self::RetrainAndPage => Severity::Critical,
        }
    }
}

impl fmt::Display for AlertAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Kind of an alert.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertKind {
    /// Alert that requests a training.
    #[default]
    Drift,
    /// End of an alert: the rules no longer fire, or the champion has changed.
    Recovery,
    /// Notice that requests no training, such as stale data or temporarily worse forecasts.
    Notice,
}

impl AlertKind {
    /// Name as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::Recovery => "recovery",
            Self::Notice => "notice",
        }
    }
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Urgency of a notification, in ascending order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Information, no reaction needed.
    #[default]
    Note,
    /// Reaction needed within days.
    Warning,
    /// Immediate reaction needed.
    Critical,
}

impl Severity {
    /// Name as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stronger_actions_include_the_weaker_ones() {
        let actions = [
            AlertAction::None,
            AlertAction::Note,
            AlertAction::Warn,
            AlertAction::Retrain,
            AlertAction::RetrainAndPage,
        ];
        assert!(actions.is_sorted());
        assert_eq!(actions.map(AlertAction::sends_notification), [false, false, true, true, true]);
        assert_eq!(actions.map(AlertAction::requests_training), [false, false, false, true, true]);
        assert!(actions.map(AlertAction::severity).is_sorted());
    }

    #[test]
    fn names_equal_their_json() {
        for action in
            [AlertAction::None, AlertAction::Note, AlertAction::Warn, AlertAction::Retrain, AlertAction::RetrainAndPage]
        {
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
        }
        for kind in [AlertKind::Drift, AlertKind::Recovery, AlertKind::Notice] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for severity in [Severity::Note, Severity::Warning, Severity::Critical] {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.as_str());
        }
    }
}
