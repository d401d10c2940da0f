//! Forecasts, edges and alerts in words, the same on every page.

use crate::{format::format_price, format_minute, format_percent};
use contracts::{
    WarningCode,
    action::{AlertAction, AlertKind},
    distribution::{Distribution, DistributionBasis, Odds, SkillVerdict},
    forecast::{Direction, Edge, EdgeVerdict, Forecast},
};
use market_data::Interval;

/// Number of cases in a sentence about a distribution.
const TWENTIETHS: f64 = 20.0;

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

/// Sentence about the move of a forecast in twentieths, and about its direction:
/// `By tomorrow ETH moves more than 5 % on 3 of 20 such days; up or down: no edge shown`. `None` without a distribution.
///
/// It names the largest size of the odds whose share is at least one half of a twentieth. Without sizes it names the 80 % band.
#[must_use]
pub fn move_summary(forecast: &Forecast) -> Option<String> {
    let Forecast { series, direction, probability_up, .. } = forecast;
    let distribution = forecast.distribution.as_ref()?;
    let expired = forecast.warnings.iter().any(|warning| warning.code == WarningCode::Expired);
    let (until, cases) = match (expired, series.interval, series.horizon) {
        (true, ..) => (format!("By {}", format_minute(forecast.target_time)), "cases"),
        (_, Interval::Day, 1) => ("By tomorrow".to_owned(), "days"),
        (_, Interval::Day, 7) => ("Within a week".to_owned(), "weeks"),
        (_, Interval::Hour, 1) => ("Within an hour".to_owned(), "hours"),
        (_, Interval::Hour, 24) => ("Within 24 hours".to_owned(), "days"),
        (_, interval, horizon) => {
            (format!("Within {}", interval.span(usize::try_from(horizon).unwrap_or_default())), "cases")
        }
    };
    let base = series.symbol.base();
    let is_visible = |odds: &&Odds| odds.either >= 0.5 / TWENTIETHS;
    let odds = distribution.odds.iter().rev().find(is_visible).or_else(|| distribution.odds.first());
    let size = match (odds, distribution.bands.get(1)) {
        (Some(Odds { size, either, .. }), _) => {
            let size = format_size(*size);
            let count = either * TWENTIETHS;
            let count = if count < 0.5 { "fewer than 1".to_owned() } else { format!("{count:.0}") };
            format!("{until} {base} moves more than {size} on {count} of 20 such {cases}")
        }
        (None, Some(band)) => {
            let [low, high] = band.prices.map(format_price);
            let count = TWENTIETHS * band.level;
            format!("{until} {base} is between {low} and {high} on {count:.0} of 20 such {cases}")
        }
        (None, None) => return None,
    };
    let side = match (direction, expired) {
        (Direction::Up, _) => format!("up: {}", format_percent(*probability_up)),
        (Direction::Down, _) => format!("down: {}", format_percent(1.0 - probability_up)),
        (Direction::Abstain, true) => "up or down: expired".to_owned(),
        (Direction::Abstain, false) => "up or down: no edge shown".to_owned(),
    };
    Some(format!("{size}; {side}"))
}

/// Size of a move in per cent, with as many decimals as it needs: `5 %`, `2.5 %`.
#[must_use]
pub fn format_size(size: f64) -> String {
    // Rounding hides the error of the product.
    format!("{} %", (size * 1e8).round() / 1e6)
}

/// Origin of a distribution and its verdict, in a sentence.
#[must_use]
pub const fn distribution_summary(distribution: &Distribution) -> &'static str {
    match (distribution.basis, distribution.evidence.verdict) {
        (DistributionBasis::Climatology, _) => {
            "This is climatology's distribution, that of all past moves: no better one is shown."
        }
        (DistributionBasis::Model, SkillVerdict::Shown) => {
            "On its hold-out this distribution was better than climatology's by more than chance explains."
        }
        (DistributionBasis::Model, SkillVerdict::Weak) => {
            "On its hold-out this distribution was better than climatology's on average, but chance explains that."
        }
        (DistributionBasis::Model, SkillVerdict::None) => {
            "On its hold-out this distribution was no better than climatology's."
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

    #[test]
    fn sizes_have_the_decimals_they_need() {
        for (size, text) in [(0.05, "5 %"), (0.07, "7 %"), (0.025, "2.5 %"), (1.0, "100 %"), (0.001, "0.1 %")] {
            assert_eq!(format_size(size), text);
        }
    }
}
