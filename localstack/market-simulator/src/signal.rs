//! The signal: what, if anything, past bars say about the next one.

use std::collections::VecDeque;

const SPAN: usize = 5;
const VOLATILITY_SPAN: usize = 20;
/// Beyond this many standard deviations momentum says no more.
const LIMIT: f64 = 2.0;

/// How many past closes the signal reads.
pub(crate) const CLOSES: usize = VOLATILITY_SPAN + 1;

/// The probability that the next bar closes higher, given the closes so far.
///
/// ```text
/// momentum = ln(c(t) / c(t-5)) / (vol_20(t) sqrt(5)), cut to +-2;  P(up) = 1 / (1 + exp(-signal * momentum))
/// ```
///
/// It is one half when `signal` is 0, with fewer than 21 closes, or when nothing moved. The momentum is the domain's
/// feature `momentum_5`, so a logistic regression on the features can learn it.
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
    let momentum = (recent[CLOSES - 1] / recent[CLOSES - 1 - SPAN]).ln() / (volatility * 5.0_f64.sqrt());
    if volatility == 0.0 {
        return 0.5;
    }
    1.0 / (1.0 + (-signal * momentum.clamp(-LIMIT, LIMIT)).exp())
}

/// The last closes, as the signal needs them.
#[derive(Debug, Clone)]
pub(crate) struct Recent(VecDeque<f64>);

impl Recent {
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
