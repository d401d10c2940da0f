//! Effect of selecting the best of many trials on its results, part of which is luck.
//!
//! - [`probabilistic_sharpe`]: Bailey and López de Prado (2012), The Sharpe Ratio Efficient Frontier, equation 11.
//! - [`expected_max_sharpe`]: Bailey and López de Prado (2014), The Deflated Sharpe Ratio, equation 1. The probabilistic
//!   Sharpe ratio against that benchmark is the deflated one.
//! - [`overfitting_probability`]: Bailey, Borwein, López de Prado and Zhu (2017), The Probability of Backtest Overfitting.
//!
//! Sharpe ratios here are per bar, not per year: mean / standard deviation of the returns, without interest.

mod overfitting;

pub use overfitting::{MAX_BLOCKS, overfitting_probability};

use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};
use std::f64::consts::E;

/// Euler-Mascheroni constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// Statistics of the trials from which a model was selected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialStatistics {
    /// Number of evaluated trials, including pruned ones.
    pub trials: usize,
    /// Standard deviation over the trials of the Sharpe ratio per bar of a strategy that follows their forecasts.
    pub sharpe_deviation: f64,
    /// Result of [`overfitting_probability`] over the trials that completed every fold; absent with too few trials or blocks.
    pub overfitting_probability: Option<f64>,
}

/// Sharpe ratio per bar: mean / population standard deviation of the returns. `None` if they do not vary.
#[must_use]
pub fn sharpe(returns: &[f64]) -> Option<f64> {
    ReturnMoments::from_returns(returns).map(|moments| moments.sharpe)
}

/// Probability that the true Sharpe ratio per bar exceeds `benchmark`:
/// `F((S - benchmark) sqrt(n - 1) / sqrt(1 - skewness S + (kurtosis - 1) / 4 S^2))`, with the normal distribution function F
/// and the number, skewness and kurtosis of the returns. Assumes independent returns. `None` if they do not vary or are not
/// finite.
///
/// ```
/// # use evaluation::selection::probabilistic_sharpe;
/// let returns: Vec<f64> = (0..250).map(|day| if day % 5 < 3 { 0.01 } else { -0.01 }).collect();
/// assert!(probabilistic_sharpe(&returns, 0.0).unwrap() > 0.99);
/// assert!(probabilistic_sharpe(&returns, 0.2).unwrap() < 0.6);
/// assert_eq!(probabilistic_sharpe(&[0.01; 250], 0.0), None);
/// ```
#[must_use]
pub fn probabilistic_sharpe(returns: &[f64], benchmark: f64) -> Option<f64> {
    ReturnMoments::from_returns(returns)?.probability_above(benchmark)
}

/// Expected maximum of the Sharpe ratios of `trials` independent trials without skill, whose estimates have a standard
/// deviation of `deviation` around zero: `deviation ((1 - g) Z(1 - 1/trials) + g Z(1 - 1/(trials e)))`, with the
/// Euler-Mascheroni constant g and the normal quantile Z. Zero for one trial, which involves no selection.
///
/// Similar trials amount to fewer independent ones, so counting all of them is conservative.
#[must_use]
pub fn expected_max_sharpe(deviation: f64, trials: usize) -> f64 {
    if trials < 2 {
        return 0.0;
    }
    let (normal, trials) = (Normal::standard(), as_f64(trials));
    let [first, second] = [1.0 - 1.0 / trials, 1.0 - 1.0 / (trials * E)].map(|share| normal.inverse_cdf(share));
    deviation * ((1.0 - EULER_GAMMA) * first + EULER_GAMMA * second)
}

/// Moments of returns that determine the distribution of their Sharpe ratio.
#[derive(Debug, Clone, Copy)]
struct ReturnMoments {
    n: f64,
    sharpe: f64,
    skewness: f64,
    /// Kurtosis; 3 for a normal distribution.
    kurtosis: f64,
}

impl ReturnMoments {
    fn from_returns(returns: &[f64]) -> Option<Self> {
        let n = as_f64(returns.len());
        let mean = returns.iter().sum::<f64>() / n;
        let moment = |power| returns.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / n;
        let deviation = moment(2).sqrt();
        // Equal returns may have a tiny deviation by rounding. The comparison is also false for NaN.
        let varies = deviation > 1e-12 && deviation.is_finite();
        varies.then(|| Self {
            n,
            sharpe: mean / deviation,
            skewness: moment(3) / deviation.powi(3),
            kurtosis: moment(4) / deviation.powi(4),
        })
    }

    /// Probability that the true Sharpe ratio exceeds `benchmark`.
    fn probability_above(&self, benchmark: f64) -> Option<f64> {
        let Self { n, sharpe, skewness, kurtosis } = *self;
        let variance = 1.0 - skewness * sharpe + (kurtosis - 1.0) / 4.0 * sharpe.powi(2);
        let z = (sharpe - benchmark) * (n - 1.0).sqrt() / variance.sqrt();
        // The variance is zero for some two-point distributions, whose Sharpe ratio has no first-order error.
        (variance > 1e-12 && z.is_finite()).then(|| Normal::standard().cdf(z))
    }
}

#[cfg(test)]
mod tests;
