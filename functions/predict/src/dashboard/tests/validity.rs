//! Status of a forecast, and returns after costs.

use super::*;
use contracts::{
    costs::{CallReturns, CostVerdict},
    forecast::Direction,
};

fn shown() -> Edge {
    Edge::from_skill(0.03, [0.01, 0.05], 365)
}

#[test]
fn a_shown_edge_that_costs_consume_is_called_not_tradable() {
    let after_costs = CallReturns {
        verdict: CostVerdict::NotTradable,
        annual_return: Some(-0.421),
        annual_return_ci: Some([-0.6, -0.2]),
        sharpe: None,
        sharpe_ci: None,
        fee: Some(0.001),
        slippage: Some(0.0005),
    };
    let costed = text(&rendered(&[page("eth-usd-1d-h1", Edge { after_costs, ..shown() })]));
    let sentence = "After 0.15 % a trade, following the calls would have lost 42.1 % a year (-60.0 % to -20.0 %).";
    assert!(costed.contains("Edge shown, not tradable") && costed.contains(sentence), "{costed}");
}

/// The probability of the page is 54.2 %.
#[test]
fn a_shown_edge_that_abstains_says_why() {
    let mut page = page("eth-usd-1d-h1", shown());
    for (status, code, reason) in [
        (ForecastStatus::Ok, None, "because its interval includes one half"),
        (
            ForecastStatus::Degraded,
            Some(WarningCode::NovelFeatures),
            "because the bars are unlike those of the training",
        ),
        (ForecastStatus::Degraded, Some(WarningCode::ModelReplaced), "because its bars or its model are incomplete"),
        (ForecastStatus::Stale, Some(WarningCode::StaleData), "because the newest bars are missing"),
        (ForecastStatus::NoModel, Some(WarningCode::NoModel), "because no model serves yet"),
    ] {
        page.forecast = page.forecast.map(|forecast| Forecast {
            status,
            direction: Direction::Abstain,
            warnings: code.map(|code| Warning::new(code, "a warning")).into_iter().collect(),
            ..forecast
        });
        let text = text(&rendered(std::slice::from_ref(&page)));
        assert!(text.contains(&format!("It names no direction, {reason}")), "{text}");
        let status = web::wording::status_label(status);
        assert!(text.contains(&format!("Status {status} ")), "{status}: {text}");
    }
}
