//! Forecasts, edges and alerts in words, the same on every page.

use crate::{format::format_price, format_minute, format_percent};
use contracts::{
    WarningCode,
    action::{AlertAction, AlertKind},
    costs::{CallReturns, CostVerdict},
    distribution::{Distribution, DistributionBasis, Odds, SkillVerdict},
    forecast::{Direction, Edge, EdgeVerdict, Forecast, ForecastStatus},
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
    let has = |code| forecast.warnings.iter().any(|warning| warning.code == code);
    match (forecast.direction, forecast.status, forecast.edge.verdict) {
        _ if has(WarningCode::Expired) => {
            "It names no direction, because it has expired: a forecast that knows the next bar is due."
        }
        (Direction::Abstain, ForecastStatus::NoModel, _) => "It names no direction, because no model serves yet.",
        (Direction::Abstain, ForecastStatus::Stale, EdgeVerdict::Shown) => {
            "It names no direction, because the newest bars are missing."
        }
        (Direction::Abstain, ForecastStatus::Degraded, EdgeVerdict::Shown) if has(WarningCode::NovelFeatures) => {
            "It names no direction, because the bars are unlike those of the training."
        }
        (Direction::Abstain, ForecastStatus::Degraded, EdgeVerdict::Shown) => {
            "It names no direction, because its bars or its model are incomplete: the warnings say which."
        }
        (Direction::Abstain, _, EdgeVerdict::Shown) => "It names no direction, because its interval includes one half.",
        (Direction::Abstain, ..) => {
            "It names no direction, because nothing shows that this model knows more than the base rate."
        }
        (Direction::Up, ..) => "The close at the target time will be higher, says a model with a shown edge.",
        (Direction::Down, ..) => "The close at the target time will be lower, says a model with a shown edge.",
    }
}

/// Verdict of an edge in at most four words: `Edge shown, not tradable`.
#[must_use]
pub const fn edge_label(edge: &Edge) -> &'static str {
    match (edge.verdict, edge.after_costs.verdict) {
        (EdgeVerdict::None, _) => "No edge",
        (EdgeVerdict::Weak, _) => "No proven edge",
        (EdgeVerdict::Shown, CostVerdict::Unknown) => "Edge shown",
        (EdgeVerdict::Shown, CostVerdict::Tradable) => "Edge shown, tradable",
        (EdgeVerdict::Shown, CostVerdict::NotTradable) => "Edge shown, not tradable",
    }
}

/// Returns of following the calls of a model, in a sentence; `None` where they were not measured.
#[must_use]
pub fn after_costs_summary(after_costs: &CallReturns) -> Option<String> {
    let CallReturns { annual_return, annual_return_ci, sharpe, sharpe_ci, fee, slippage, .. } = *after_costs;
    let (annual, [lo, hi], cost) = (annual_return?, annual_return_ci?, format_size(fee? + slippage?));
    let result = if annual < 0.0 { "lost" } else { "earned" };
    let interval = format!("{} to {}", signed_percent(lo), signed_percent(hi));
    let sharpe = sharpe.zip(sharpe_ci).map_or_else(String::new, |(sharpe, [lo, hi])| {
        format!(", with a Sharpe ratio of {sharpe:.2} ({lo:.2} to {hi:.2})")
    });
    let size = signed_percent(annual.abs());
    let size = size.trim_start_matches('+');
    Some(format!("After {cost} a trade, following the calls would have {result} {size} a year ({interval}){sharpe}."))
}

/// Conclusion from the returns of following the calls of a model, in a sentence.
#[must_use]
pub const fn cost_verdict_summary(after_costs: &CallReturns) -> &'static str {
    match after_costs.verdict {
        CostVerdict::Tradable => "The edge is tradable: the whole interval of the annual return is above zero.",
        CostVerdict::NotTradable => {
            "It is not tradable: the edge is not shown, or the interval of the annual return is not above zero."
        }
        CostVerdict::Unknown => "Too little was measured to say whether it is tradable.",
    }
}

/// Growth in per cent with its sign. A growth of more than a thousandfold, extrapolated from few bars, is cut.
fn signed_percent(growth: f64) -> String {
    /// Largest growth that is written out.
    const MAX_GROWTH: f64 = 1_000.0;
    if growth > MAX_GROWTH { format!("over +{:.0} %", 100.0 * MAX_GROWTH) } else { format!("{:+.1} %", 100.0 * growth) }
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
        (EdgeVerdict::Shown, _) => "On its hold-out it was better than the base rate by more than chance explains.",
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
    let side = match (direction, forecast.status, forecast.edge.verdict) {
        (Direction::Up, ..) => format!("up: {}", format_percent(*probability_up)),
        (Direction::Down, ..) => format!("down: {}", format_percent(1.0 - probability_up)),
        (Direction::Abstain, ..) if expired => "up or down: expired".to_owned(),
        (Direction::Abstain, ForecastStatus::Ok, EdgeVerdict::Shown) => {
            format!("up or down: too close to one half ({} up)", format_percent(*probability_up))
        }
        (Direction::Abstain, status, EdgeVerdict::Shown) => format!("up or down: {}", status_label(status)),
        (Direction::Abstain, ..) => "up or down: no edge shown".to_owned(),
    };
    Some(format!("{size}; {side}"))
}

/// Status of a forecast in words.
#[must_use]
pub const fn status_label(status: ForecastStatus) -> &'static str {
    match status {
        ForecastStatus::Ok => "ok",
        ForecastStatus::Degraded => "degraded",
        ForecastStatus::Stale => "stale",
        ForecastStatus::NoModel => "no model",
    }
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
    fn an_edge_is_affirmed_only_when_shown() {
        assert_eq!(edge_summary(&Edge::NONE), "Nothing has been measured for this model.");
        assert_eq!(edge_label(&Edge::from_skill(-0.01, [-0.02, 0.01], 365)), "No edge");
        assert_eq!(edge_label(&Edge::from_skill(0.01, [-0.01, 0.03], 365)), "No proven edge");
        let shown = Edge::from_skill(0.02, [0.01, 0.03], 365);
        assert_eq!(edge_label(&shown), "Edge shown");
        let labelled =
            |verdict| edge_label(&Edge { after_costs: CallReturns { verdict, ..CallReturns::UNKNOWN }, ..shown });
        assert_eq!(labelled(CostVerdict::Tradable), "Edge shown, tradable");
        assert_eq!(labelled(CostVerdict::NotTradable), "Edge shown, not tradable");
    }

    #[test]
    fn returns_after_costs_are_a_loss_or_a_gain() {
        let after_costs = CallReturns {
            verdict: CostVerdict::NotTradable,
            annual_return: Some(-0.421),
            annual_return_ci: Some([-0.6, 0.01]),
            sharpe: Some(-1.2),
            sharpe_ci: Some([-2.0, 0.1]),
            fee: Some(0.001),
            slippage: Some(0.0005),
        };
        assert_eq!(
            after_costs_summary(&after_costs).unwrap(),
            "After 0.15 % a trade, following the calls would have lost 42.1 % a year (-60.0 % to +1.0 %), with a Sharpe \
             ratio of -1.20 (-2.00 to 0.10)."
        );
        let absurd = CallReturns { annual_return: Some(1e9), annual_return_ci: Some([0.5, 1e99]), ..after_costs };
        let text = after_costs_summary(&absurd).unwrap();
        assert!(text.contains("earned over +100000 % a year (+50.0 % to over +100000 %)"), "{text}");
        assert_eq!(after_costs_summary(&CallReturns::UNKNOWN), None);
    }

    #[test]
    fn sizes_have_the_decimals_they_need() {
        for (size, text) in [(0.05, "5 %"), (0.07, "7 %"), (0.025, "2.5 %"), (1.0, "100 %"), (0.001, "0.1 %")] {
            assert_eq!(format_size(size), text);
        }
    }
}
