//! One recent window against the reference.

use super::reference::severity;
use super::{DistanceReading, DriftReference, FeatureReference, ShareAboveThreshold};
use crate::MonitoringConfig;
use features::{FEATURE_SET, FeatureRow};
use jiff::Timestamp;
use market_data::numbers::as_f64;
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
    /// Distance by threshold.
    pub ratio: f64,
    /// Whether the ratio is above 1.
    pub drifted: bool,
    /// Population stability index, to compare with; it decides nothing.
    pub psi: DistanceReading,
    /// Jensen-Shannon distance, to compare with; it decides nothing.
    pub jensen_shannon: DistanceReading,
}

/// How far one window is from the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowDrift {
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
    /// The same share by the population stability index, when the reference has thresholds for it.
    pub psi_share: Option<ShareAboveThreshold>,
    /// The same share by the Jensen-Shannon distance.
    pub jensen_shannon_share: Option<ShareAboveThreshold>,
    /// The ratio that several features reach at once.
    pub severity: f64,
    /// The severity that has to be reached to count as severe.
    pub severity_threshold: f64,
    /// Evidence of a shift: more features than the reference explains, or the forecasts.
    pub evidence: bool,
    /// Evidence of a severe shift.
    pub severe: bool,
}

/// Compares the rows of one window, ascending, and the champion's forecasts for them, with the reference. `None` when
/// the window has fewer than half the rows that the thresholds were learnt for, or the reference is of another feature
/// set: nothing can be said then.
#[must_use]
pub fn compare_window(
    reference: &DriftReference,
    rows: &[FeatureRow],
    forecasts: &[f64],
    config: &MonitoringConfig,
) -> Option<WindowDrift> {
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

    let share_drifted = as_f64(features.iter().filter(|f| f.drifted).count()) / as_f64(width.max(1));
    let share_threshold = reference.share_threshold.max(config.min_share);
    let evidence = share_drifted > share_threshold || forecasts.as_ref().is_some_and(|f| f.drifted);
    let beyond = |threshold: Option<f64>, of: fn(&FeatureDrift) -> DistanceReading| {
        let beyond = features.iter().filter(|feature| of(feature).ratio.is_some_and(|ratio| ratio > 1.0)).count();
        let share = as_f64(beyond) / as_f64(width.max(1));
        threshold.map(|threshold| ShareAboveThreshold { share, threshold: threshold.max(config.min_share) })
    };
    let psi_share = beyond(reference.psi_share_threshold, |feature| feature.psi);
    let jensen_shannon_share = beyond(reference.jensen_shannon_share_threshold, |feature| feature.jensen_shannon);
    let severity = severity(features.iter().map(|f| f.ratio).collect(), reference.severe_features);
    let severity_threshold = config.severe_factor * reference.severity_threshold.max(1.0);
    let severe = severity > severity_threshold;
    Some(WindowDrift {
        from,
        through,
        bars: rows.len(),
        features,
        forecasts,
        share_drifted,
        share_threshold,
        psi_share,
        jensen_shannon_share,
        severity,
        severity_threshold,
        evidence: evidence || severe,
        severe,
    })
}

fn compare(reference: &FeatureReference, values: &[f64]) -> FeatureDrift {
    let distance = reference.grid.distance(values);
    let ratio = reference.ratio(distance);
    let (binned, thresholds) = (reference.grid.binned(values), reference.binned);
    FeatureDrift {
        name: reference.name.clone(),
        distance,
        threshold: reference.threshold,
        ratio,
        drifted: ratio > 1.0,
        psi: DistanceReading::new(binned.psi, thresholds.map(|thresholds| thresholds.psi)),
        jensen_shannon: DistanceReading::new(
            binned.jensen_shannon,
            thresholds.map(|thresholds| thresholds.jensen_shannon),
        ),
    }
}
