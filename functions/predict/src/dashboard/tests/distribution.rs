//! Distribution of the move on the page.

use super::*;
use contracts::distribution::{
    Coverage, Distribution, DistributionBasis, DistributionEvidence, LEVELS, OddsSizes, Quantiles, SkillVerdict,
    StoredDistribution,
};

/// Distribution with logistic quantiles, which are close to those of a day of ETH.
pub(super) fn of(series: &Series) -> Distribution {
    let quantiles = Quantiles::new(LEVELS.map(|level| 0.018 * (level / (1.0 - level)).ln())).unwrap();
    let stored = StoredDistribution {
        basis: DistributionBasis::Model,
        close: 1_850.0,
        quantiles: quantiles.with_probability_up(0.542),
        baseline: quantiles,
        evidence: DistributionEvidence {
            verdict: SkillVerdict::Shown,
            crps_skill: 0.0219,
            crps_skill_ci: Some([0.0112, 0.0331]),
            n: 730,
            coverage_80: Some(Coverage { share: 0.8068, n: 730 }),
        },
    };
    Distribution::new(series, &stored, &OddsSizes::for_series(series))
}

#[test]
fn a_panel_begins_with_the_move_in_one_sentence() {
    let html = rendered(&[page("eth-usd-1d-h1", weak())]);
    let shown = text(&html);
    for expected in [
        "By tomorrow ETH moves more than 5 % on 2 of 20 such days; up or down: no edge shown.",
        "CRPS skill, 95 % +0.022 [+0.011, +0.033]",
        "Coverage 80 % band held 80.7 % of 730 outcomes",
        "better than climatology's by more than chance explains",
        "20 equally likely prices of ETH-USD at 2023-11-06 00:00",
    ] {
        assert!(shown.contains(expected), "{expected:?} is not in\n{shown}");
    }
    let sentence = html.find("such days").unwrap();
    assert!(sentence < html.find("<h3>Forecast</h3>").unwrap(), "before the details");
}

#[test]
fn a_distribution_of_climatology_is_named_so() {
    let mut page = page("eth-usd-1d-h1", weak());
    let distribution = Distribution {
        basis: DistributionBasis::Climatology,
        evidence: DistributionEvidence::NONE,
        ..of(&series("eth-usd-1d-h1"))
    };
    page.forecast = page.forecast.map(|forecast| Forecast { distribution: Some(distribution), ..forecast });
    let shown = text(&rendered(&[page.clone()]));
    assert!(shown.contains("This is climatology's distribution") && !shown.contains("CRPS skill"), "{shown}");

    page.forecast = page.forecast.map(|forecast| Forecast { distribution: None, ..forecast });
    let shown = text(&rendered(&[page]));
    assert!(!shown.contains("Price at the target time") && shown.contains("Probability of up"), "{shown}");
}
