//! Sequential tests of the forecast distribution. Only forecasts of a distribution model count, because the others are
//! climatology, the baseline itself.

use super::SequentialTest;
use crate::ScoredDistribution;
use market_data::{Series, numbers::as_f64};

/// Share of outcomes that the tested band is to hold.
const NOMINAL: f64 = 0.8;
/// Index of the tested band among those of 50, 80 and 95 %.
const BAND: usize = 1;
/// Alternatives to the lower limit of the coverage, as shares of it.
const LOWER_ALTERNATIVES: [f64; 4] = [0.6, 0.8, 0.9, 0.96];
/// Alternatives to the upper limit of the coverage, as shares of the outcomes outside the band at that limit.
const UPPER_ALTERNATIVES: [f64; 4] = [0.1, 0.35, 0.6, 0.8];
/// Stakes of the bets against "no worse than climatology": largest loss by one outcome, as a share of the wealth.
const CRPS_STAKES: [f64; 4] = [0.125, 0.25, 0.5, 0.9];

impl SequentialTest {
    /// Tests the coverage of the 80 % band of the settled distributions, which are ascending by decision time. `None` if no
    /// distribution is a model's.
    ///
    /// Null hypothesis: at each decision time the probability of an outcome inside the band, given the past, is between
    /// `0.8 - tolerance` and `0.8 + tolerance`. Both limits are tested, each by likelihood ratios of four alternatives beyond it
    /// against the limit itself. Under the hypothesis the expectation of each ratio is at most 1. The wealth is divided among the
    /// eight. `alpha` holds for both sides together. [`SequentialTest::observed`] is the share of outcomes inside the band.
    #[must_use]
    pub fn of_coverage(series: &Series, settled: &[ScoredDistribution], tolerance: f64, alpha: f64) -> Option<Self> {
        let inside = |forecast: &&ScoredDistribution| forecast.scores.in_band[BAND];
        let factors = [true, false].map(|inside| coverage_factors(inside, tolerance));
        let [held, missed] = &factors;
        let steps = || settled.iter().filter(|forecast| forecast.from_model);
        let test = steps().map(|forecast| (forecast.decision_time, if inside(&forecast) { held } else { missed }));
        let test = Self::of_steps(series, test, alpha)?;
        let share = as_f64(steps().filter(inside).count()) / as_f64(test.n);
        Some(Self { observed: Some(share), ..test })
    }

    /// Tests the CRPS of the settled distributions, which are ascending by decision time, against climatology's. `None` if no
    /// distribution is a model's.
    ///
    /// Null hypothesis: at each decision time the expected CRPS, given the past and both distributions, is at most that of
    /// climatology. Each outcome multiplies the wealth by `1 + b x`, where `x` is the difference of both scores divided by a scale
    /// that is known at the decision time and that the difference cannot exceed
    /// ([`ScoredDistribution::crps_difference_bound`]). Under the hypothesis the expectation of that factor is at most 1, for each of four
    /// stakes `b` below 1. [`SequentialTest::observed`] is the CRPS skill over climatology.
    #[must_use]
    pub fn of_crps(series: &Series, settled: &[ScoredDistribution], alpha: f64) -> Option<Self> {
        let from_model = || settled.iter().filter(|forecast| forecast.from_model);
        let steps = from_model().map(|forecast| (forecast.decision_time, crps_factors(forecast)));
        let test = Self::of_steps(series, steps, alpha)?;
        let sum = |score: fn(&ScoredDistribution) -> f64| from_model().map(score).sum::<f64>();
        let (own, baseline) = (sum(|forecast| forecast.scores.crps), sum(|forecast| forecast.scores.baseline_crps));
        let skill = if baseline > 0.0 { 1.0 - own / baseline } else { 0.0 };
        Some(Self { observed: Some(skill), ..test })
    }
}

/// Logarithms of the factors of an outcome inside or outside the band.
fn coverage_factors(inside: bool, tolerance: f64) -> [f64; 8] {
    let (low, high) = (NOMINAL - tolerance, NOMINAL + tolerance);
    let ratio = |alternative: f64, limit: f64| {
        if inside { alternative / limit } else { (1.0 - alternative) / (1.0 - limit) }
    };
    let below = LOWER_ALTERNATIVES.map(|share| ratio(share * low, low).ln());
    let above = UPPER_ALTERNATIVES.map(|share| ratio(1.0 - share * (1.0 - high), high).ln());
    std::array::from_fn(|index| if index < 4 { below[index] } else { above[index - 4] })
}

fn crps_factors(forecast: &ScoredDistribution) -> [f64; CRPS_STAKES.len()] {
    let difference = forecast.scores.crps - forecast.scores.baseline_crps;
    // Limited, because stored quantiles are rounded.
    let relative = if forecast.crps_difference_bound > 0.0 {
        (difference / forecast.crps_difference_bound).clamp(-1.0, 1.0)
    } else {
        0.0
    };
    CRPS_STAKES.map(|stake| (stake * relative).ln_1p())
}

#[cfg(test)]
mod tests;
