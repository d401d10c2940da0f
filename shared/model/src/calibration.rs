//! Calibration of raw probabilities: Platt scaling or isotonic regression.

use crate::ArtifactError;
use serde::{Deserialize, Serialize};

/// Minimum distance of a raw probability from 0 and 1 before its log odds are taken.
const LOGIT_EPSILON: f64 = 1e-6;
/// Maximum number of points of an isotonic calibration.
pub const MAX_POINTS: usize = 512;

/// Map from raw to calibrated probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Calibration {
    /// Platt scaling, `sigmoid(slope * logit(p) + intercept)`; Platt (1999), Probabilistic outputs for support vector machines.
    Platt {
        /// Factor on the log odds, at least 0. Below 1 it moves overconfident probabilities towards one half.
        slope: f64,
        /// Shift of the log odds.
        intercept: f64,
    },
    /// Isotonic regression: linear between points, constant before the first and after the last; Zadrozny and Elkan (2002),
    /// Transforming classifier scores into accurate multiclass probability estimates. 1 to [`MAX_POINTS`] points.
    Isotonic {
        /// Raw probabilities of the points, strictly ascending.
        at: Vec<f64>,
        /// Calibrated probabilities of the points, ascending.
        value: Vec<f64>,
    },
}

impl Calibration {
    /// Calibration that leaves probabilities unchanged.
    pub const IDENTITY: Self = Self::Platt { slope: 1.0, intercept: 0.0 };

    /// Calibrated probability of a raw probability.
    #[must_use]
    pub fn apply(&self, raw: f64) -> f64 {
        match self {
            Self::Platt { slope, intercept } => sigmoid(slope * logit(raw) + intercept),
            Self::Isotonic { at, value } => interpolate(at, value, raw).unwrap_or(raw),
        }
    }

    /// Checks that the map is defined for every raw probability and never decreases.
    pub(crate) fn validate(&self) -> Result<(), ArtifactError> {
        let reject = |name, value, expected| Err(ArtifactError::Value { name, value, expected });
        match self {
            Self::Platt { slope, intercept } => {
                for (name, value) in [("calibration slope", *slope), ("calibration intercept", *intercept)] {
                    if !value.is_finite() {
                        return reject(name, value, "a finite number");
                    }
                }
                if *slope < 0.0 {
                    return reject(
                        "calibration slope",
                        *slope,
                        "zero or more, so that the calibration never decreases",
                    );
                }
            }
            Self::Isotonic { at, value } => {
                if at.is_empty() || at.len() > MAX_POINTS || at.len() != value.len() {
                    return Err(ArtifactError::Calibration { problem: "number of points is out of range" });
                }
                for point in at.iter().chain(value) {
                    if !(0.0..=1.0).contains(point) {
                        return reject("calibration point", *point, "a number from 0 to 1");
                    }
                }
                if at.windows(2).any(|pair| pair[0] >= pair[1]) || value.windows(2).any(|pair| pair[0] > pair[1]) {
                    return Err(ArtifactError::Calibration { problem: "points do not ascend" });
                }
            }
        }
        Ok(())
    }
}

/// Linear interpolation, constant outside the points; `None` without points.
fn interpolate(at: &[f64], value: &[f64], x: f64) -> Option<f64> {
    let right = at.partition_point(|&point| point < x);
    let Some(left) = right.checked_sub(1) else { return value.first().copied() };
    let (Some(&x1), Some(&y1)) = (at.get(right), value.get(right)) else { return value.last().copied() };
    let (x0, y0) = (*at.get(left)?, *value.get(left)?);
    Some(y0 + (y1 - y0) * ((x - x0) / (x1 - x0)))
}

/// Log odds of a probability, clipped to 1e-6 from 0 and 1.
#[must_use]
pub fn logit(p: f64) -> f64 {
    let p = p.clamp(LOGIT_EPSILON, 1.0 - LOGIT_EPSILON);
    (p / (1.0 - p)).ln()
}

/// Probability of log odds.
#[must_use]
pub fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platt_scaling_changes_log_odds_linearly() {
        for p in [0.001, 0.3, 0.5, 0.97] {
            assert!((Calibration::IDENTITY.apply(p) - p).abs() < 1e-12);
        }
        // Odds of 9 to 1 at half the slope are 3 to 1.
        assert!((Calibration::Platt { slope: 0.5, intercept: 0.0 }.apply(0.9) - 0.75).abs() < 1e-12);
        assert!(Calibration::IDENTITY.apply(0.0) > 0.0 && Calibration::IDENTITY.apply(1.0) < 1.0);
    }

    #[test]
    fn isotonic_is_linear_between_points_and_constant_outside() {
        let isotonic = Calibration::Isotonic { at: vec![0.4, 0.5, 0.6], value: vec![0.45, 0.45, 0.65] };
        assert!(isotonic.validate().is_ok());
        for (raw, expected) in
            [(0.0, 0.45), (0.4, 0.45), (0.47, 0.45), (0.5, 0.45), (0.525, 0.5), (0.6, 0.65), (0.61, 0.65), (1.0, 0.65)]
        {
            assert!((isotonic.apply(raw) - expected).abs() < 1e-12, "{raw}");
        }
        assert!((Calibration::Isotonic { at: vec![0.5], value: vec![0.3] }.apply(0.9) - 0.3).abs() < 1e-15);
    }

    #[test]
    fn calibrations_that_decrease_or_have_invalid_points_are_rejected() {
        let isotonic = |at: &[f64], value: &[f64]| Calibration::Isotonic { at: at.to_vec(), value: value.to_vec() };
        let long: Vec<f64> = (0..=MAX_POINTS).map(|i| f64::from(u16::try_from(i).unwrap()) / 1000.0).collect();
        for bad in [
            isotonic(&[], &[]),
            isotonic(&[0.1, 0.2], &[0.1]),
            isotonic(&[0.2, 0.2], &[0.1, 0.3]),
            isotonic(&[0.2, 0.1], &[0.1, 0.3]),
            isotonic(&[0.1, 0.2], &[0.3, 0.1]),
            isotonic(&[0.1, 1.2], &[0.1, 0.3]),
            isotonic(&[0.1, f64::NAN], &[0.1, 0.3]),
            isotonic(&[0.1, 0.2], &[0.1, f64::NAN]),
            isotonic(&long, &long),
            Calibration::Platt { slope: f64::NAN, intercept: 0.0 },
            Calibration::Platt { slope: 1.0, intercept: f64::INFINITY },
        ] {
            assert!(bad.validate().is_err(), "{bad:?}");
        }
    }
}
