//! Scale of a move: the size that the bars up to the decision time predict, in log returns.

use super::{GARCH_BARS, Garch, InputTable, VARYING_INPUTS};
use crate::ArtifactError;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Number of squared returns in the moving average. With the usual decay of 0.94, all older ones together would have less than a
/// hundredth of the weight.
pub const EWMA_TERMS: usize = 100;

/// Number of bars whose scales are computed together.
const LANES: usize = 8;

/// Lowest variance, so that a market that does not move has a finite log scale.
const MIN_VARIANCE: f64 = 1e-12;

/// Family of a scale with its coefficients. All scales are for the horizon of the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "family", rename_all = "snake_case", deny_unknown_fields)]
pub enum Scale {
    /// 1 at every bar, so that residuals are moves.
    Constant {},
    /// Exponentially weighted moving average of squared returns, as in RiskMetrics (1996).
    Ewma {
        /// Weight of a squared return divided by that of the next one, between 0 and 1.
        decay: f64,
        /// Logarithm of the factor from the average to the scale.
        log_factor: f64,
    },
    /// Linear regression of the log scale on the inputs ([`InputTable`]).
    Range {
        /// Log scale where all inputs have their means.
        intercept: f64,
        /// Mean of each input over the training moves.
        means: Vec<f64>,
        /// Change of the log scale for each unit of an input.
        slopes: Vec<f64>,
    },
    /// GARCH(1,1) with asymmetry.
    Garch {
        /// Coefficients.
        garch: Garch,
        /// Logarithm of the factor from the root of the variance to the scale.
        log_factor: f64,
    },
}

impl Scale {
    /// The same scale with another factor from volatility to scale, where it has one.
    #[must_use]
    pub fn with_log_factor(self, factor: f64) -> Self {
        match self {
            Self::Ewma { decay, .. } => Self::Ewma { decay, log_factor: factor },
            Self::Garch { garch, .. } => Self::Garch { garch, log_factor: factor },
            other @ (Self::Constant {} | Self::Range { .. }) => other,
        }
    }

    /// Logarithm of the scale of the move over `horizon` bars from the close of a bar; `None` with too few bars before it.
    #[must_use]
    pub fn log_scale(&self, horizon: u32, inputs: &InputTable, bar: usize) -> Option<f64> {
        match self {
            Self::Constant {} => Some(0.0),
            Self::Ewma { .. } | Self::Garch { .. } => {
                let returns = inputs.returns(bar, self.volatility_bars()?)?;
                Some(self.volatility_scales::<1>(horizon, returns)[0])
            }
            Self::Range { intercept, means, slopes } => {
                let calendar = &inputs.calendar_inputs()[usize::from(inputs.calendar(bar)?)];
                let offset = linear(*intercept, calendar, &means[VARYING_INPUTS..], &slopes[VARYING_INPUTS..]);
                Some(linear(offset, inputs.varying(bar)?, means, slopes))
            }
        }
    }

    /// Log scales of the moves from the close of each bar in `bars`, as [`Self::log_scale`] returns them one by one.
    #[must_use]
    pub fn log_scales(&self, horizon: u32, inputs: &InputTable, bars: Range<usize>) -> Vec<Option<f64>> {
        if let Self::Range { intercept, means, slopes } = self {
            // The calendar's part is the same for many bars.
            let offset =
                |inputs: &Vec<f64>| linear(*intercept, inputs, &means[VARYING_INPUTS..], &slopes[VARYING_INPUTS..]);
            let offsets: Vec<f64> = inputs.calendar_inputs().iter().map(offset).collect();
            let log_scale =
                |bar| Some(linear(offsets[usize::from(inputs.calendar(bar)?)], inputs.varying(bar)?, means, slopes));
            return bars.map(log_scale).collect();
        }
        let mut log_scales = Vec::with_capacity(bars.len());
        for first in bars.clone().step_by(LANES) {
            let last = first + LANES - 1;
            match self.volatility_bars().and_then(|count| inputs.returns(last, count + LANES - 1)) {
                Some(returns) if last < bars.end => {
                    log_scales.extend(self.volatility_scales::<LANES>(horizon, returns).map(Some));
                }
                _ => {
                    log_scales.extend((first..bars.end.min(last + 1)).map(|bar| self.log_scale(horizon, inputs, bar)));
                }
            }
        }
        log_scales
    }

    /// Number of returns that a scale by past returns depends on; `None` for the others.
    const fn volatility_bars(&self) -> Option<usize> {
        match self {
            Self::Constant {} | Self::Range { .. } => None,
            Self::Ewma { .. } => Some(EWMA_TERMS),
            Self::Garch { .. } => Some(GARCH_BARS),
        }
    }

    /// Log scales after windows of returns that begin one bar apart; zeros for a scale that does not depend on returns.
    fn volatility_scales<const WINDOWS: usize>(&self, horizon: u32, returns: &[f64]) -> [f64; WINDOWS] {
        match self {
            Self::Constant {} | Self::Range { .. } => [0.0; WINDOWS],
            Self::Ewma { decay, log_factor } => {
                moving_averages(returns, *decay).map(|average| log_factor + log_root(average))
            }
            Self::Garch { garch, log_factor } => {
                (garch.next_variances(returns)).map(|next| log_factor + log_root(garch.horizon_variance(next, horizon)))
            }
        }
    }

    /// Checks that every number is finite and in its range, for rows of `width` inputs.
    pub(super) fn validate(&self, width: usize) -> Result<(), ArtifactError> {
        let error = |name, value, expected| Err(ArtifactError::Value { name, value, expected });
        let finite = |name, value: f64| if value.is_finite() { Ok(()) } else { error(name, value, "a finite number") };
        match self {
            Self::Constant {} => Ok(()),
            Self::Ewma { decay, log_factor } => {
                if !(*decay > 0.0 && *decay < 1.0) {
                    return error("decay", *decay, "a number between 0 and 1");
                }
                finite("log factor", *log_factor)
            }
            Self::Range { intercept, means, slopes } => {
                for (part, found) in [("means", means.len()), ("slopes of the range regression", slopes.len())] {
                    if found != width {
                        return Err(ArtifactError::Length { part, found, expected: width });
                    }
                }
                finite("intercept", *intercept)?;
                means.iter().chain(slopes).try_for_each(|value| finite("slope or mean", *value))
            }
            Self::Garch { garch, log_factor } => {
                if !garch.is_valid() {
                    return error(
                        "persistence",
                        garch.persistence(),
                        "coefficients from 0 to 1 and a persistence below 1",
                    );
                }
                finite("log factor", *log_factor)
            }
        }
    }
}

/// Sum of `start` and of the products of slopes and deviations of inputs from their means.
fn linear(start: f64, inputs: &[f64], means: &[f64], slopes: &[f64]) -> f64 {
    let terms = inputs.iter().zip(means).zip(slopes);
    terms.fold(start, |sum, ((input, mean), slope)| sum + slope * (input - mean))
}

/// Logarithm of the root of a variance.
fn log_root(variance: f64) -> f64 {
    0.5 * variance.max(MIN_VARIANCE).ln()
}

/// Weighted means of squared returns, of which the last one weighs most, in windows that begin one bar apart.
fn moving_averages<const WINDOWS: usize>(returns: &[f64], decay: f64) -> [f64; WINDOWS] {
    let mut sums = [0.0; WINDOWS];
    let (mut weights, mut weight) = (0.0, 1.0);
    for newest in returns.windows(WINDOWS).rev() {
        sums.iter_mut().zip(newest).for_each(|(sum, value)| *sum += weight * value * value);
        weights += weight;
        weight *= decay;
    }
    sums.map(|sum| sum / weights)
}
