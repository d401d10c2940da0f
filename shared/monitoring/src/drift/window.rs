//! Comparison of one recent window with the reference.

use super::reference::severity;
use super::{DistanceReading, DriftReference, FeatureReference, ShareAboveThreshold};
use crate::MonitoringConfig;
use features::{FEATURE_SET, FeatureRow};
use jiff::Timestamp;
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Distance of one feature from its reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureDrift {
    /// Name of the feature, or `forecast`.
    pub name: String,
    /// Wasserstein-1 distance in standard deviations of the reference.
    pub distance: f64,
    /// Distance that few of the reference's own windows exceed.
    pub threshold: f64,
    /// `distance / threshold`.
    pub ratio: f64,
    /// True if the ratio is above 1.
    pub drifted: bool,
    /// Population stability index, for information only.
    pub psi: DistanceReading,
    /// Jensen-Shannon distance, for information only.
    pub jensen_shannon: DistanceReading,
}

/// Distance of one window from the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowDrift {
    /// Open time of the window's first bar.
    pub from: Timestamp,
    /// Open time of its last bar.
    pub through: Timestamp,
    /// Number of rows in the window.
    pub bars: usize,
    /// Drift of each feature, in the order of the feature set.
    pub features: Vec<FeatureDrift>,
    /// Drift of the forecasts; absent if the reference has none or the window has too few.
    pub forecasts: Option<FeatureDrift>,
    /// Share of features beyond their thresholds, 0 to 1.
    pub share_drifted: f64,
    /// Share above which the window has drifted.
    pub share_threshold: f64,
    /// Share of features that drifted by the population stability index; absent in references of older releases.
    pub psi_share: Option<ShareAboveThreshold>,
    /// Share of features that drifted by the Jensen-Shannon distance; absent in references of older releases.
    pub jensen_shannon_share: Option<ShareAboveThreshold>,
    /// Ratio that several features reach at once.
    pub severity: f64,
    /// Severity above which the window is severe.
    pub severity_threshold: f64,
    /// True if `share_drifted` is above `share_threshold`, the forecasts drifted, or the window is severe.
    pub evidence: bool,
    /// True if the severity is above its threshold.
    pub severe: bool,
}

/// Compares the rows of one window, which are ascending, and the champion's forecasts for them with the reference. `None`
/// if the window has fewer than half the rows of the reference's windows, or if the reference has another feature set.
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

    let share_drifted = as_f64(features.iter().filter(|feature| feature.drifted).count()) / as_f64(width.max(1));
    let share_threshold = reference.share_threshold.max(config.min_share);
    let evidence = share_drifted > share_threshold || forecasts.as_ref().is_some_and(|forecasts| forecasts.drifted);
    let share_above = |threshold: Option<f64>, reading: fn(&FeatureDrift) -> DistanceReading| {
        let above = features.iter().filter(|feature| reading(feature).ratio.is_some_and(|ratio| ratio > 1.0)).count();
        let share = as_f64(above) / as_f64(width.max(1));
        threshold.map(|threshold| ShareAboveThreshold { share, threshold: threshold.max(config.min_share) })
    };
    let psi_share = share_above(reference.psi_share_threshold, |feature| feature.psi);
    let jensen_shannon_share = share_above(reference.jensen_shannon_share_threshold, |feature| feature.jensen_shannon);
    let severity = severity(features.iter().map(|feature| feature.ratio).collect(), reference.severe_features);
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
