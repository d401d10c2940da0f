//! One recent window against the reference.

use super::distance::as_float;
use super::{DriftConfig, DriftReference, FeatureReference};
use crate::features::{FEATURE_SET, FeatureRow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far one feature is from its reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureDrift {
    /// The feature, or `forecast`.
    pub name: String,
    /// Wasserstein-1 distance in standard deviations of the reference.
    pub distance: f64,
    /// What the reference's own windows seldom pass.
    pub threshold: f64,
    /// Whether the distance is beyond the threshold.
    pub drifted: bool,
}

impl FeatureDrift {
    /// Distance by threshold: above 1 is drifted.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.distance / self.threshold.max(1e-12)
    }
}

/// How far one window is from the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    /// Open time of the window's first bar.
    pub from: Timestamp,
    /// Open time of its last bar.
    pub through: Timestamp,
    /// Its rows.
    pub bars: usize,
    /// Per feature, in the order of the feature set.
    pub features: Vec<FeatureDrift>,
    /// The forecasts, when the reference has them.
    pub forecasts: Option<FeatureDrift>,
    /// Share of features beyond their thresholds.
    pub share_drifted: f64,
    /// The share that has to be passed.
    pub share_threshold: f64,
    /// Share of features beyond their thresholds by the severe factor.
    pub share_severe: f64,
    /// Evidence of a shift: more features than the reference explains, or the forecasts.
    pub evidence: bool,
    /// Evidence of a severe shift.
    pub severe: bool,
}

/// Compares the rows of one window, ascending, and the champion's forecasts for them, with the reference. `None` when
/// the window has fewer than half the rows that the thresholds were learnt for, or the reference is of another feature
/// set: nothing can be said then.
#[must_use]
pub fn measure(
    reference: &DriftReference,
    rows: &[FeatureRow],
    forecasts: &[f64],
    config: &DriftConfig,
) -> Option<DriftReport> {
    let width = reference.features.len();
    if reference.feature_set != FEATURE_SET || rows.len() * 2 < reference.window_bars {
        return None;
    }
    if rows.iter().any(|row| row.values.len() != width) {
        return None;
    }
    let (from, through) = (rows.first()?.time, rows.last()?.time);
    let features: Vec<FeatureDrift> = reference
        .features
        .iter()
        .enumerate()
        .map(|(index, feature)| compare(feature, &rows.iter().map(|row| row.values[index]).collect::<Vec<_>>()))
        .collect();
    let forecasts = reference
        .forecasts
        .as_ref()
        .filter(|_| forecasts.len() * 2 >= reference.window_bars)
        .map(|feature| compare(feature, forecasts));

    let share = |beyond: f64| {
        as_float(features.iter().filter(|f| f.drifted && f.ratio() >= beyond).count()) / as_float(width.max(1))
    };
    let (share_drifted, share_severe) = (share(1.0), share(config.severe_factor));
    let share_threshold = reference.share_threshold.max(config.min_share);
    let evidence = share_drifted > share_threshold || forecasts.as_ref().is_some_and(|f| f.drifted);
    let severe = share_severe >= config.severe_share;
    Some(DriftReport {
        from,
        through,
        bars: rows.len(),
        features,
        forecasts,
        share_drifted,
        share_threshold,
        share_severe,
        evidence: evidence || severe,
        severe,
    })
}

fn compare(reference: &FeatureReference, values: &[f64]) -> FeatureDrift {
    let distance = reference.grid.distance(values);
    FeatureDrift {
        name: reference.name.clone(),
        distance,
        threshold: reference.threshold,
        // A constant reference has a threshold of 0, and its distance then is 0 up to rounding or very large.
        drifted: distance > reference.threshold.max(1e-9),
    }
}
