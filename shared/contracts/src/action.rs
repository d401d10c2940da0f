//! What is done about evidence, and how it is told.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What is done; ordered, the strongest last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertAction {
    /// Nothing: the rule is switched off.
    #[default]
    None,
    /// It stands in the report.
    Note,
    /// People are told.
    Warn,
    /// People are told and a training is asked for.
    Retrain,
    /// The same, and it is urgent.
    RetrainAndPage,
}

impl AlertAction {
    /// As in JSON.
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

    /// Whether a message goes out.
    #[must_use]
    pub fn sends_notification(self) -> bool {
        self >= Self::Warn
    }

    /// Whether a training is asked for.
    #[must_use]
    pub fn requests_training(self) -> bool {
        self >= Self::Retrain
    }

    /// How urgent it is for a person.
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

/// Why a message is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertKind {
    /// Evidence that something should be done about a champion.
    #[default]
    Drift,
    /// The evidence of an alert is gone, or its champion is.
    Recovery,
    /// Something to know for which no training is asked: stale data, forecasts that were worse for a while.
    Notice,
}

impl AlertKind {
    /// As in JSON.
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

/// How urgent a message is; ordered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    #[default]
    Note,
    /// Look at it when there is time.
    Warning,
    /// Look at it now.
    Critical,
}

impl Severity {
    /// As in JSON.
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
    fn the_words_are_those_of_the_json() {
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
