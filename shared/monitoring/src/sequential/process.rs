//! One process: capital that is shared out among several bets, each of which is let run.

use super::{ALTERNATIVE_SCALES, NullHypothesis, STAKE_FRACTIONS, excess};
use crate::SettledForecast;
use contracts::forecast::MAX_PROBABILITY;

/// Capital, by bet, in logarithms.
#[derive(Debug, Clone)]
pub(super) struct EProcess {
    logs: Vec<f64>,
}

/// What each bet becomes by each outcome, as a logarithm of the factor.
#[derive(Debug)]
pub(super) struct BetFactors {
    up: Vec<f64>,
    down: Vec<f64>,
}

impl EProcess {
    pub(super) fn new(null: &NullHypothesis) -> Self {
        let bets = match null {
            NullHypothesis::NoWorseThanClimatology => ALTERNATIVE_SCALES.len(),
            NullHypothesis::WithinHoldoutBound(_) => STAKE_FRACTIONS.len(),
        };
        Self { logs: vec![0.0; bets] }
    }

    pub(super) fn update(&mut self, bets: &BetFactors, up: bool) {
        let factors = if up { &bets.up } else { &bets.down };
        self.logs.iter_mut().zip(factors).for_each(|(log, factor)| *log += factor);
    }

    /// The logarithm of the mean of the bets: of all capital.
    pub(super) fn log_wealth(&self) -> f64 {
        let largest = self.logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.logs.iter().map(|log| (log - largest).exp()).sum();
        largest + (sum / market_data::numbers::as_f64(self.logs.len())).ln()
    }
}

impl BetFactors {
    /// The bets that are placed when a forecast is made; its outcome is not looked at.
    pub(super) fn for_forecast(one: &SettledForecast, null: &NullHypothesis) -> Self {
        let (up, down) = (excess(one, true), excess(one, false));
        match null {
            NullHypothesis::NoWorseThanClimatology => Self::likelihood_ratios(one.baseline_probability, up, down),
            NullHypothesis::WithinHoldoutBound(mean) => {
                Self::stake_grid(max_gain(one.baseline_probability) + mean.max(0.0), up - mean, down - mean)
            }
        }
    }

    /// `up` and `down` are the excesses by outcome: of different signs, unless the forecasts are the same.
    fn likelihood_ratios(q: f64, up: f64, down: f64) -> Self {
        let spread = down - up;
        if spread.abs() < 1e-12 || up * down >= 0.0 {
            return Self { up: vec![0.0; ALTERNATIVE_SCALES.len()], down: vec![0.0; ALTERNATIVE_SCALES.len()] };
        }
        let indifferent = down / spread;
        let alternatives = ALTERNATIVE_SCALES.map(|reach| {
            // As far as an alternative can go without betting everything.
            (indifferent + reach * (q - indifferent)).clamp(q.min(0.01), q.max(0.99))
        });
        Self {
            up: alternatives.iter().map(|a| (a / indifferent).ln()).collect(),
            down: alternatives.iter().map(|a| ((1.0 - a) / (1.0 - indifferent)).ln()).collect(),
        }
    }

    /// `up` and `down` are what a stake of 1 gains by outcome, `most` what it can lose whatever the champion says.
    fn stake_grid(most: f64, up: f64, down: f64) -> Self {
        let factors = |gain: f64| STAKE_FRACTIONS.iter().map(|share| (share / most * gain).ln_1p()).collect();
        Self { up: factors(up), down: factors(down) }
    }
}

/// The most that a forecast can gain on climatology, in nats.
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

    /// Expected factor of each bet when the chance of `up` is `chance`.
    fn expected(bets: &BetFactors, chance: f64) -> Vec<f64> {
        bets.up.iter().zip(&bets.down).map(|(up, down)| chance * up.exp() + (1.0 - chance) * down.exp()).collect()
    }

    #[test]
    fn no_bet_is_expected_to_grow_while_the_champion_is_no_worse() {
        for (p, q) in [(0.6, 0.5), (0.4, 0.5), (0.99, 0.5), (0.01, 0.6), (0.52, 0.51), (0.3, 0.01), (0.97, 0.99)] {
            let one = forecast(p, q);
            for chance in (0..=100).map(|percent| f64::from(percent) / 100.0) {
                let mean = chance * excess(&one, true) + (1.0 - chance) * excess(&one, false);
                let grown = expected(&BetFactors::for_forecast(&one, &NullHypothesis::NoWorseThanClimatology), chance);
                // Both ways: it is expected to grow exactly when the champion is worse.
                assert!(grown.iter().all(|g| (*g <= 1.0 + 1e-12) == (mean <= 1e-12)), "{p} {q} {chance} {grown:?}");
                for promise in [-0.02, 0.0, 0.01] {
                    let grown =
                        expected(&BetFactors::for_forecast(&one, &NullHypothesis::WithinHoldoutBound(promise)), chance);
                    let kept = mean <= promise + 1e-12;
                    assert!(grown.iter().all(|g| (*g <= 1.0 + 1e-12) == kept), "{p} {q} {chance} {promise} {grown:?}");
                }
            }
        }
    }

    /// What the champion says today is no part of the past, so no stake may follow from it.
    #[test]
    fn the_stake_on_a_promise_does_not_depend_on_the_forecast() {
        for (q, promise) in [(0.5, -0.02), (0.4, 0.01), (0.7, 0.0)] {
            let stakes = |p: f64| {
                let one = forecast(p, q);
                let bets = BetFactors::for_forecast(&one, &NullHypothesis::WithinHoldoutBound(promise));
                (bets.up.iter()).map(|log| log.exp_m1() / (excess(&one, true) - promise)).collect::<Vec<_>>()
            };
            let first = stakes(0.55);
            for p in [0.01, 0.3, 0.45, 0.65, 0.99] {
                assert!(stakes(p).iter().zip(&first).all(|(a, b)| (a - b).abs() < 1e-9), "{p} {q}");
                let bets = BetFactors::for_forecast(&forecast(p, q), &NullHypothesis::WithinHoldoutBound(promise));
                assert!(bets.up.iter().chain(&bets.down).all(|log| log.exp() >= 0.5 - 1e-12), "{p} {q}");
            }
        }
    }

    #[test]
    fn where_the_forecasts_agree_nothing_is_bet() {
        let bets = BetFactors::for_forecast(&forecast(0.55, 0.55), &NullHypothesis::NoWorseThanClimatology);
        assert!(bets.up.iter().chain(&bets.down).all(|log| log.abs() < 1e-12));
    }

    /// By hand: p = 0.8, q = 0.5, so r = ln 2.5 / (ln 2.5 + ln 1.6) = 0.66096; a down multiplies by 0.5 / 0.33904.
    #[test]
    fn the_first_bet_is_climatology_against_indifference() {
        let bets = BetFactors::for_forecast(&forecast(0.8, 0.5), &NullHypothesis::NoWorseThanClimatology);
        let indifferent = 2.5_f64.ln() / (2.5_f64.ln() + 1.6_f64.ln());
        assert!((bets.down[0].exp() - 0.5 / (1.0 - indifferent)).abs() < 1e-9);
        assert!((bets.up[0].exp() - 0.5 / indifferent).abs() < 1e-9);
    }
}
