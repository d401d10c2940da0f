//! What fits raw probabilities to observed frequencies: Platt's curve or an isotonic line.

use crate::ArtifactError;
use serde::{Deserialize, Serialize};

/// Raw probabilities closer to 0 or 1 than this carry no further information.
const CLIP: f64 = 1e-6;
/// The most points of an isotonic calibration.
pub const MAX_POINTS: usize = 512;

/// From the raw probability to the calibrated one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Calibration {
    /// `sigmoid(slope * logit(p) + intercept)`; Platt (1999), Probabilistic outputs for support vector machines.
    Platt {
        /// Zero or more. Below 1 pulls overconfident probabilities together.
        slope: f64,
        /// Shifts all log odds.
        intercept: f64,
    },
    /// Straight lines between points, flat before the first and after the last; Zadrozny and Elkan (2002),
    /// Transforming classifier scores into accurate multiclass probability estimates. 1 to [`MAX_POINTS`] points.
    Isotonic {
        /// Raw probabilities, each above the one before it.
        at: Vec<f64>,
        /// The calibrated probability at each, none below the one before it.
        value: Vec<f64>,
    },
}

impl Calibration {
    /// Changes nothing.
    pub const IDENTITY: Self = Self::Platt { slope: 1.0, intercept: 0.0 };

    /// The calibrated probability of a raw one.
    #[must_use]
    pub fn apply(&self, raw: f64) -> f64 {
        match self {
            Self::Platt { slope, intercept } => sigmoid(slope * logit(raw) + intercept),
            Self::Isotonic { at, value } => interpolate(at, value, raw).unwrap_or(raw),
        }
    }

    /// Checks that it has a probability for every raw one, and that a higher raw one never has a lower.
    pub(crate) fn check(&self) -> Result<(), ArtifactError> {
        let refuse = |name, value, expected| Err(ArtifactError::Value { name, value, expected });
        match self {
            Self::Platt { slope, intercept } => {
                for (name, value) in [("calibration slope", *slope), ("calibration intercept", *intercept)] {
                    if !value.is_finite() {
                        return refuse(name, value, "a finite number");
                    }
                }
                if *slope < 0.0 {
                    return refuse(
                        "calibration slope",
                        *slope,
                        "zero or more: a higher raw probability is never turned lower",
                    );
                }
            }
            Self::Isotonic { at, value } => {
                if at.is_empty() || at.len() > MAX_POINTS || at.len() != value.len() {
                    return Err(ArtifactError::Calibration { problem: "the number of its points" });
                }
                for point in at.iter().chain(value) {
                    if !(0.0..=1.0).contains(point) {
                        return refuse("calibration point", *point, "a number from 0 to 1");
                    }
                }
                if at.windows(2).any(|pair| pair[0] >= pair[1]) || value.windows(2).any(|pair| pair[0] > pair[1]) {
                    return Err(ArtifactError::Calibration { problem: "its points do not ascend" });
                }
            }
        }
        Ok(())
    }
}

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
    let p = p.clamp(CLIP, 1.0 - CLIP);
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
    fn platt_moves_odds_as_stated() {
        for p in [0.001, 0.3, 0.5, 0.97] {
            assert!((Calibration::IDENTITY.apply(p) - p).abs() < 1e-12);
        }
        // Odds of 9 to 1 at half the slope are 3 to 1.
        assert!((Calibration::Platt { slope: 0.5, intercept: 0.0 }.apply(0.9) - 0.75).abs() < 1e-12);
        assert!(Calibration::IDENTITY.apply(0.0) > 0.0 && Calibration::IDENTITY.apply(1.0) < 1.0);
    }

    #[test]
    fn isotonic_is_linear_between_points_and_flat_outside() {
        let isotonic = Calibration::Isotonic { at: vec![0.4, 0.5, 0.6], value: vec![0.45, 0.45, 0.65] };
        assert!(isotonic.check().is_ok());
        for (raw, expected) in
            [(0.0, 0.45), (0.4, 0.45), (0.47, 0.45), (0.5, 0.45), (0.525, 0.5), (0.6, 0.65), (0.61, 0.65), (1.0, 0.65)]
        {
            assert!((isotonic.apply(raw) - expected).abs() < 1e-12, "{raw}");
        }
        assert!((Calibration::Isotonic { at: vec![0.5], value: vec![0.3] }.apply(0.9) - 0.3).abs() < 1e-15);
    }

    #[test]
    fn calibrations_that_are_no_ascending_line_are_refused() {
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
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
