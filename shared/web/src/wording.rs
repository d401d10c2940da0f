//! Forecasts, edges and alerts in words, the same on every page.

use contracts::WarningCode;
use contracts::action::{AlertAction, AlertKind};
use contracts::forecast::{Direction, Edge, EdgeVerdict, Forecast};

/// Direction of a forecast as a headline.
#[must_use]
pub const fn direction_label(forecast: &Forecast) -> &'static str {
    match forecast.direction {
        Direction::Up => "Up",
        Direction::Down => "Down",
        Direction::Abstain => "Abstains",
    }
}

/// Sentence that says why a forecast has its direction.
#[must_use]
pub fn forecast_rationale(forecast: &Forecast) -> &'static str {
    if forecast.warnings.iter().any(|warning| warning.code == WarningCode::Expired) {
        return "It names no direction, because it has expired: a forecast that knows the next bar is due.";
    }
    match (forecast.direction, forecast.edge.verdict) {
        (Direction::Abstain, EdgeVerdict::Significant) => "It names no direction: both are equally likely.",
        (Direction::Abstain, _) => {
            "It names no direction, because nothing shows that this model knows more than the base rate."
        }
        (Direction::Up, _) => "The close at the target time will be higher, says a model with a significant edge.",
        (Direction::Down, _) => "The close at the target time will be lower, says a model with a significant edge.",
    }
}

/// Verdict of an edge in at most three words.
#[must_use]
pub const fn edge_label(edge: &Edge) -> &'static str {
    match edge.verdict {
        EdgeVerdict::None => "No edge",
        EdgeVerdict::Weak => "No proven edge",
        EdgeVerdict::Significant => "An edge",
    }
}

/// Sentence that compares a model with the base rate on its hold-out.
#[must_use]
pub const fn edge_summary(edge: &Edge) -> &'static str {
    match (edge.verdict, edge.n) {
        (EdgeVerdict::None, 0) => "Nothing has been measured for this model.",
        (EdgeVerdict::Weak, _) if edge.brier_skill_ci.is_none() => "Its hold-out has too few outcomes to judge.",
        (EdgeVerdict::None, _) => "On its hold-out it was no better than the base rate.",
        (EdgeVerdict::Weak, _) => {
            "On its hold-out it was better than the base rate on average, but chance explains that."
        }
        (EdgeVerdict::Significant, _) => {
            "On its hold-out it was better than the base rate by more than chance explains."
        }
    }
}

/// Subject of an alert with the action taken, for a table of alerts.
#[must_use]
pub const fn alert_label(kind: AlertKind, action: AlertAction) -> &'static str {
    match (kind, action) {
        (AlertKind::Recovery, _) => "recovered",
        (AlertKind::Notice, _) => "notice",
        (AlertKind::Drift, AlertAction::Retrain | AlertAction::RetrainAndPage) => "retraining requested",
        (AlertKind::Drift, _) => "operator notified",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_affirmed_only_when_significant() {
        assert_eq!(edge_summary(&Edge::NONE), "Nothing has been measured for this model.");
        assert_eq!(edge_label(&Edge::from_skill(-0.01, [-0.02, 0.01], 365)), "No edge");
        assert_eq!(edge_label(&Edge::from_skill(0.01, [-0.01, 0.03], 365)), "No proven edge");
        assert_eq!(edge_label(&Edge::from_skill(0.02, [0.01, 0.03], 365)), "An edge");
    }
}
