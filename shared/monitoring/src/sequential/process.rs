//! One e-process: wealth that is divided among several bets, each of which runs separately.

use super::{ALTERNATIVE_SCALES, NullHypothesis, STAKE_FRACTIONS, excess};
use crate::SettledForecast;
use contracts::forecast::MAX_PROBABILITY;

/// Wealth of the bets, in logarithms.
#[derive(Debug, Clone, Default)]
pub(super) struct EProcess {
    /// Wealth of each bet. Empty before the first outcome.
    bets: Vec<f64>,
    /// Mean wealth; zero before the first outcome.
    mean: f64,
}

/// Logarithms of the factors by which each bet grows, for either outcome.
#[derive(Debug)]
pub(super) struct BetFactors {
    pub(super) up: Vec<f64>,
    pub(super) down: Vec<f64>,
}

impl EProcess {
    /// Multiplies the wealth of each bet by its factor, given as a logarithm.
    pub(super) fn update(&mut self, log_factors: &[f64]) {
        self.bets.resize(log_factors.len(), 0.0);
        self.bets.iter_mut().zip(log_factors).for_each(|(log, factor)| *log += factor);
        let largest = self.bets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.bets.iter().map(|log| (log - largest).exp()).sum();
        self.mean = largest + (sum / market_data::numbers::as_f64(self.bets.len())).ln();
    }

    /// Logarithm of the mean wealth of the bets.
    pub(super) const fn log_wealth(&self) -> f64 {
        self.mean
    }
}

impl BetFactors {
    /// Factors of the bets on a forecast. They do not depend on its outcome.
    pub(super) fn for_forecast(forecast: &SettledForecast, null: &NullHypothesis) -> Self {
        let (up, down) = (excess(forecast, true), excess(forecast, false));
        match null {
            NullHypothesis::NoWorseThanClimatology => Self::likelihood_ratios(forecast.baseline_probability, up, down),
            NullHypothesis::WithinHoldoutBound(mean) => {
                Self::stake_grid(max_gain(forecast.baseline_probability) + mean.max(0.0), up - mean, down - mean)
            }
        }
    }

    /// Factors of the bets against "no worse than climatology". `up` and `down` are the excesses for either outcome; their
    /// signs differ unless forecast and climatology are equal.
    fn likelihood_ratios(q: f64, up: f64, down: f64) -> Self {
        let spread = down - up;
        if spread.abs() < 1e-12 || up * down >= 0.0 {
            return Self { up: vec![0.0; ALTERNATIVE_SCALES.len()], down: vec![0.0; ALTERNATIVE_SCALES.len()] };
        }
        let indifference = down / spread;
        let alternatives = ALTERNATIVE_SCALES.map(|scale| {
            // Limited, so that no outcome loses the whole wealth.
            (indifference + scale * (q - indifference)).clamp(q.min(0.01), q.max(0.99))
        });
        Self {
            up: alternatives.iter().map(|a| (a / indifference).ln()).collect(),
            down: alternatives.iter().map(|a| ((1.0 - a) / (1.0 - indifference)).ln()).collect(),
        }
    }

    /// Factors of the bets against the hold-out bound. `up` and `down` are the gains of a stake of 1 for either outcome;
    /// `max_loss` is its largest loss over all forecasts.
    fn stake_grid(max_loss: f64, up: f64, down: f64) -> Self {
        let factors = |gain: f64| STAKE_FRACTIONS.iter().map(|share| (share / max_loss * gain).ln_1p()).collect();
        Self { up: factors(up), down: factors(down) }
    }
}

/// Largest gain of a forecast over climatology `q`, in nats.
fn max_gain(q: f64) -> f64 {
    (MAX_PROBABILITY / q.min(1.0 - q)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::forecast::Direction;
    use jiff::Timestamp;

    fn forecast(p: f64, q: f64) -> SettledForecast {
        SettledForecast {
            decision_time: Timestamp::UNIX_EPOCH,
            probability_up: p,
            baseline_probability: q,
            direction: Direction::Abstain,
            up: true,
        }
    }

    /// Expected factor of each bet if the probability of up is `chance`.
    fn expected_factors(bets: &BetFactors, chance: f64) -> Vec<f64> {
        bets.up.iter().zip(&bets.down).map(|(up, down)| chance * up.exp() + (1.0 - chance) * down.exp()).collect()
    }

    #[test]
    fn bets_grow_in_expectation_only_against_a_worse_champion() {
        for (p, q) in [(0.6, 0.5), (0.4, 0.5), (0.99, 0.5), (0.01, 0.6), (0.52, 0.51), (0.3, 0.01), (0.97, 0.99)] {
            let forecast = forecast(p, q);
            for chance in (0..=100).map(|percent| f64::from(percent) / 100.0) {
                let mean = chance * excess(&forecast, true) + (1.0 - chance) * excess(&forecast, false);
                let factors = expected_factors(
                    &BetFactors::for_forecast(&forecast, &NullHypothesis::NoWorseThanClimatology),
                    chance,
                );
                // Equivalence: the factor exceeds 1 exactly if the champion is worse.
                assert!(
                    factors.iter().all(|factor| (*factor <= 1.0 + 1e-12) == (mean <= 1e-12)),
                    "{p} {q} {chance} {factors:?}"
                );
                for bound in [-0.02, 0.0, 0.01] {
                    let factors = expected_factors(
                        &BetFactors::for_forecast(&forecast, &NullHypothesis::WithinHoldoutBound(bound)),
                        chance,
                    );
                    let holds = mean <= bound + 1e-12;
                    assert!(
                        factors.iter().all(|factor| (*factor <= 1.0 + 1e-12) == holds),
                        "{p} {q} {chance} {bound} {factors:?}"
                    );
                }
            }
        }
    }

    /// The hypothesis is conditional on earlier outcomes only, so no stake may depend on the forecast.
    #[test]
    fn stakes_against_the_holdout_bound_ignore_the_forecast() {
        for (q, bound) in [(0.5, -0.02), (0.4, 0.01), (0.7, 0.0)] {
            let stakes = |p: f64| {
                let forecast = forecast(p, q);
                let bets = BetFactors::for_forecast(&forecast, &NullHypothesis::WithinHoldoutBound(bound));
                (bets.up.iter()).map(|log| log.exp_m1() / (excess(&forecast, true) - bound)).collect::<Vec<_>>()
            };
            let first = stakes(0.55);
            for p in [0.01, 0.3, 0.45, 0.65, 0.99] {
                assert!(stakes(p).iter().zip(&first).all(|(a, b)| (a - b).abs() < 1e-9), "{p} {q}");
                let bets = BetFactors::for_forecast(&forecast(p, q), &NullHypothesis::WithinHoldoutBound(bound));
                assert!(bets.up.iter().chain(&bets.down).all(|log| log.exp() >= 0.5 - 1e-12), "{p} {q}");
            }
        }
    }

    #[test]
    fn equal_forecast_and_climatology_have_no_bet() {
        let bets = BetFactors::for_forecast(&forecast(0.55, 0.55), &NullHypothesis::NoWorseThanClimatology);
        assert!(bets.up.iter().chain(&bets.down).all(|log| log.abs() < 1e-12));
    }

    /// Computed by hand for p = 0.8, q = 0.5: r = ln 2.5 / (ln 2.5 + ln 1.6) = 0.66096; the outcome down multiplies by
    /// 0.5 / 0.33904.
    #[test]
    fn the_first_bet_is_the_ratio_of_climatology_to_indifference() {
        let bets = BetFactors::for_forecast(&forecast(0.8, 0.5), &NullHypothesis::NoWorseThanClimatology);
        let indifference = 2.5_f64.ln() / (2.5_f64.ln() + 1.6_f64.ln());
        assert!((bets.down[0].exp() - 0.5 / (1.0 - indifference)).abs() < 1e-9);
        assert!((bets.up[0].exp() - 0.5 / indifference).abs() < 1e-9);
    }
}
