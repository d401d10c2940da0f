//! Signal: probability of the next bar's direction, given the past closes.

use std::collections::VecDeque;

/// Bars of the momentum.
const MOMENTUM_BARS: usize = 5;
/// Bars of the volatility.
const VOLATILITY_BARS: usize = 20;
/// Maximum absolute momentum, in standard deviations.
const MAX_MOMENTUM: f64 = 2.0;

/// Number of past closes that the signal depends on.
const CLOSES: usize = VOLATILITY_BARS + 1;

/// Probability that the next bar closes higher, given the closes so far.
///
/// ```text
/// momentum = ln(c(t) / c(t-5)) / (vol_20(t) sqrt(5)), clipped to [-2, 2];  P(up) = 1 / (1 + exp(-signal * momentum))
/// ```
///
/// It is one half when `signal` is 0, with fewer than 21 closes, or without movement. The momentum is the feature
/// `momentum_5`, so a logistic regression on the features can fit it.
///
/// ```
/// let rising: Vec<f64> = (0..21).map(|i| 100.0 + f64::from(i)).collect();
/// assert!(market_simulator::probability_up(&rising, 1.0) > 0.8);
/// assert_eq!(market_simulator::probability_up(&rising, 0.0), 0.5);
/// ```
#[must_use]
pub fn probability_up(closes: &[f64], signal: f64) -> f64 {
    let Some(recent) = closes.len().checked_sub(CLOSES).map(|start| &closes[start..]) else { return 0.5 };
    let squares: f64 = recent.windows(2).map(|pair| (pair[1] / pair[0]).ln().powi(2)).sum();
    let volatility = (squares / 20.0).sqrt();
    let momentum = (recent[CLOSES - 1] / recent[CLOSES - 1 - MOMENTUM_BARS]).ln() / (volatility * 5.0_f64.sqrt());
    if volatility == 0.0 {
        return 0.5;
    }
    1.0 / (1.0 + (-signal * momentum.clamp(-MAX_MOMENTUM, MAX_MOMENTUM)).exp())
}

/// Last closes that the signal depends on.
#[derive(Debug, Clone)]
pub(crate) struct RecentCloses(VecDeque<f64>);

impl RecentCloses {
    pub(crate) fn new(closes: impl IntoIterator<Item = f64>) -> Self {
        let mut recent = Self(VecDeque::with_capacity(CLOSES + 1));
        for close in closes {
            recent.push(close);
        }
        recent
    }

    pub(crate) fn push(&mut self, close: f64) {
        self.0.push_back(close);
        if self.0.len() > CLOSES {
            self.0.pop_front();
        }
    }

    pub(crate) fn probability_up(&mut self, signal: f64) -> f64 {
        probability_up(self.0.make_contiguous(), signal)
    }
}
