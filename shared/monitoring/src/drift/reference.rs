//! Reference of the drift test: distributions of the training rows and thresholds from their own windows.

use super::binned::{BinnedDistances, BinnedThresholds};
use super::grid::{QuantileGrid, sorted};
use crate::MonitoringConfig;
use evaluation::bootstrap::quantile;
use features::{FEATURE_SET, FeatureRow, feature_names};
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// Reference of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureReference {
    /// Name of the feature, or `forecast`.
    pub name: String,
    /// Distribution of its values.
    pub grid: QuantileGrid,
    /// High quantile of the distances between the reference's windows and the whole reference.
    pub threshold: f64,
    /// The same quantile of the binned distances; absent in references of older releases.
    #[serde(default)]
    pub binned: Option<BinnedThresholds>,
}

/// Reference that is stored beside each model artifact. [`compare_window`](super::compare_window) compares recent windows
/// with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReference {
    /// Version of the feature set of the rows.
    pub feature_set: String,
    /// Number of rows in a window.
    pub window_bars: usize,
    /// Number of rows in the reference.
    pub rows: usize,
    /// References of the features, in the order of the feature set.
    pub features: Vec<FeatureReference>,
    /// Reference of the forecasts; absent if there were too few.
    pub forecasts: Option<FeatureReference>,
    /// High quantile of the share of features that exceed their thresholds at once in the reference's own windows. It
    /// corrects for many correlated features.
    pub share_threshold: f64,
    /// The same share by the population stability index; absent in references of older releases.
    #[serde(default)]
    pub psi_share_threshold: Option<f64>,
    /// The same share by the Jensen-Shannon distance; absent in references of older releases.
    #[serde(default)]
    pub jensen_shannon_share_threshold: Option<f64>,
    /// Number of features that define the severity.
    pub severe_features: usize,
    /// High quantile of the severity of the reference's own windows. The severity is the ratio of distance to threshold
    /// that `severe_features` features reach at once.
    pub severity_threshold: f64,
}

impl FeatureReference {
    /// Ratio of a distance to the threshold; above 1 is drift. At most 1e6, so that means and JSON stay finite.
    #[must_use]
    pub fn ratio(&self, distance: f64) -> f64 {
        (distance / self.threshold.max(1e-9)).min(1e6)
    }
}

/// Ratio that `features` features reach at once: the `features`-th largest ratio, or 0 without ratios.
pub(super) fn severity(mut ratios: Vec<f64>, features: usize) -> f64 {
    ratios.sort_by(|a, b| b.total_cmp(a));
    ratios.get(features.saturating_sub(1)).or(ratios.last()).copied().unwrap_or(0.0)
}

/// Error of [`DriftReference::fit`].
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// Too few rows for reliable thresholds.
    #[error("drift reference with windows of {window_bars} bars needs at least {needed} rows, found {rows}")]
    TooFewRows {
        /// Number of rows.
        rows: usize,
        /// Number of bars in a window.
        window_bars: usize,
        /// Minimum number of rows.
        needed: usize,
    },
    /// A row has another number of values than the feature set.
    #[error("row {index} has {found} values, the feature set has {expected}")]
    Width {
        /// Index of the row.
        index: usize,
        /// Number of its values.
        found: usize,
        /// Number of features.
        expected: usize,
    },
    /// A value is not finite.
    #[error("feature `{name}` has a value that is not finite")]
    NotFinite {
        /// Name of the feature.
        name: String,
    },
    /// A setting is out of its range.
    #[error("drift settings are invalid")]
    Config {
        /// The first invalid setting.
        #[from]
        source: crate::MonitoringConfigError,
    },
}

/// Minimum length of a reference, in windows.
const MIN_REFERENCE_WINDOWS: usize = 4;

impl DriftReference {
    /// Fits a reference to the training rows of a model, which are ascending, and to its out-of-sample forecasts. In-sample
    /// forecasts would be farther from one half than any later ones. Fewer than four windows of forecasts are ignored.
    ///
    /// # Errors
    /// Returns an error for fewer than four windows of rows, a row of another width than the feature set, a value that is not
    /// finite, or invalid settings.
    pub fn fit(rows: &[FeatureRow], forecasts: &[f64], config: &MonitoringConfig) -> Result<Self, ReferenceError> {
        config.validate()?;
        let window_bars = config.window_bars;
        let needed = MIN_REFERENCE_WINDOWS * window_bars;
        if rows.len() < needed {
            return Err(ReferenceError::TooFewRows { rows: rows.len(), window_bars, needed });
        }
        let names = feature_names();
        if let Some((index, row)) = rows.iter().enumerate().find(|(_, row)| row.values.len() != names.len()) {
            return Err(ReferenceError::Width { index, found: row.values.len(), expected: names.len() });
        }

        let mut features = Vec::with_capacity(names.len());
        let mut ratios = vec![Vec::with_capacity(names.len()); sliding_windows(rows.len(), window_bars).count()];
        let (mut psi, mut jensen_shannon) = (vec![0.0; ratios.len()], vec![0.0; ratios.len()]);
        let feature_share = 1.0 / as_f64(names.len().max(1));
        for (index, name) in names.iter().enumerate() {
            let values: Vec<f64> = rows.iter().map(|row| row.values[index]).collect();
            let FittedFeature { feature, distances, binned, thresholds } = fit_feature(name, &values, config)?;
            for (window, (distance, binned)) in distances.into_iter().zip(binned).enumerate() {
                ratios[window].push(feature.ratio(distance));
                psi[window] += if binned.psi > thresholds.psi { feature_share } else { 0.0 };
                jensen_shannon[window] +=
                    if binned.jensen_shannon > thresholds.jensen_shannon { feature_share } else { 0.0 };
            }
            features.push(feature);
        }
        let share =
            |ratios: &Vec<f64>| as_f64(ratios.iter().filter(|ratio| **ratio > 1.0).count()) / as_f64(ratios.len());
        let shares: Vec<f64> = ratios.iter().map(share).collect();
        let severities: Vec<f64> = ratios.into_iter().map(|ratios| severity(ratios, config.severe_features)).collect();
        let high_quantile = |values: &[f64]| sorted(values).map_or(0.0, |values| quantile(&values, config.quantile));
        let forecasts =
            if forecasts.len() < needed { None } else { Some(fit_feature("forecast", forecasts, config)?.feature) };
        Ok(Self {
            feature_set: FEATURE_SET.to_owned(),
            window_bars,
            rows: rows.len(),
            features,
            forecasts,
            share_threshold: high_quantile(&shares),
            psi_share_threshold: Some(high_quantile(&psi)),
            jensen_shannon_share_threshold: Some(high_quantile(&jensen_shannon)),
            severe_features: config.severe_features,
            severity_threshold: high_quantile(&severities),
        })
    }
}

/// Reference of one feature, with the distances of its windows.
struct FittedFeature {
    feature: FeatureReference,
    distances: Vec<f64>,
    binned: Vec<BinnedDistances>,
    thresholds: BinnedThresholds,
}

fn fit_feature(name: &str, values: &[f64], config: &MonitoringConfig) -> Result<FittedFeature, ReferenceError> {
    let not_finite = || ReferenceError::NotFinite { name: name.to_owned() };
    let grid = QuantileGrid::from_sample(values).ok_or_else(not_finite)?;
    let windows = || sliding_windows(values.len(), config.window_bars).map(|window| &values[window]);
    let distances: Vec<f64> = windows().map(|window| grid.distance(window)).collect();
    let binned: Vec<BinnedDistances> = windows().map(|window| grid.binned(window)).collect();
    let high_quantile =
        |distances: &[f64]| sorted(distances).map(|ordered| quantile(&ordered, config.quantile)).ok_or_else(not_finite);
    let threshold =
        |distance: fn(&BinnedDistances) -> f64| high_quantile(&binned.iter().map(distance).collect::<Vec<_>>());
    let thresholds = BinnedThresholds {
        psi: threshold(|distances| distances.psi)?,
        jensen_shannon: threshold(|distances| distances.jensen_shannon)?,
    };
    let threshold = high_quantile(&distances)?;
    let feature = FeatureReference { name: name.to_owned(), grid, threshold, binned: Some(thresholds) };
    Ok(FittedFeature { feature, distances, binned, thresholds })
}

/// Index ranges of overlapping windows over `n` rows. Six of them start within the length of one window, so that one is
/// close to the most distant window.
fn sliding_windows(n: usize, window_bars: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (window_bars..=n).step_by((window_bars / 6).max(1)).map(move |end| end - window_bars..end)
}
