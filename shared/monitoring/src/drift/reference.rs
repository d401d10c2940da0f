//! What the champion was trained on, and how far its own windows stray from it.

use super::binned::{BinnedDistances, BinnedThresholds};
use super::distance::{QuantileGrid, sorted};
use crate::MonitoringConfig;
use evaluation::bootstrap::quantile;
use features::{FEATURE_SET, FeatureRow, feature_names};
use market_data::numbers::as_f64;
use serde::{Deserialize, Serialize};

/// One feature of the reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureReference {
    /// The feature, or `forecast`.
    pub name: String,
    /// Its distribution.
    pub grid: QuantileGrid,
    /// A high quantile of the distance between windows of the reference and the whole of it.
    pub threshold: f64,
    /// The same quantile of the other distances; absent in references of older releases.
    #[serde(default)]
    pub binned: Option<BinnedThresholds>,
}

/// Stored beside each model artifact; [`measure`](super::measure) compares recent windows with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReference {
    /// Version of the feature set the rows had.
    pub feature_set: String,
    /// Rows that a window has.
    pub window_bars: usize,
    /// Rows in the reference.
    pub rows: usize,
    /// One per feature, in the order of the values.
    pub features: Vec<FeatureReference>,
    /// The forecasts, when there were enough of them.
    pub forecasts: Option<FeatureReference>,
    /// The share of features beyond their thresholds at once that the reference's own windows reach by chance, at the
    /// same quantile: what corrects for many features that move together.
    pub share_threshold: f64,
    /// The same share by the population stability index; absent in references of older releases.
    #[serde(default)]
    pub psi_share_threshold: Option<f64>,
    /// The same share by the Jensen-Shannon distance.
    #[serde(default)]
    pub jensen_shannon_share_threshold: Option<f64>,
    /// How many features together make a severity.
    pub severe_features: usize,
    /// The severity (the ratio of distance and threshold that so many features reach at once) that the reference's own
    /// windows reach by chance, at the same quantile.
    pub severity_threshold: f64,
}

impl FeatureReference {
    /// Distance by threshold: above 1 is beyond it. At most a million, so that it survives JSON and means.
    #[must_use]
    pub fn ratio(&self, distance: f64) -> f64 {
        (distance / self.threshold.max(1e-9)).min(1e6)
    }
}

/// The ratio that so many features reach at once: the `features`-th largest one; 0 without any.
pub(super) fn severity(mut ratios: Vec<f64>, features: usize) -> f64 {
    ratios.sort_by(|a, b| b.total_cmp(a));
    ratios.get(features.saturating_sub(1)).or(ratios.last()).copied().unwrap_or(0.0)
}

/// No reference can be made.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// Not enough rows for thresholds to mean anything.
    #[error("{rows} rows are too few for a drift reference with windows of {window_bars} bars: at least {needed}")]
    TooFewRows {
        /// Given.
        rows: usize,
        /// Per window.
        window_bars: usize,
        /// Needed.
        needed: usize,
    },
    /// Rows differ in length, or have another length than the feature set.
    #[error("row {index} has {found} values, the feature set has {expected}")]
    Width {
        /// Which row.
        index: usize,
        /// Its values.
        found: usize,
        /// What they should be.
        expected: usize,
    },
    /// A value is not finite.
    #[error("`{name}` has a value that is not finite")]
    NotFinite {
        /// The feature.
        name: String,
    },
    /// A setting is out of its range.
    #[error("unusable drift settings")]
    Config {
        /// Which.
        #[from]
        source: crate::MonitoringConfigError,
    },
}

/// Windows' worth of rows that a reference needs at least.
const LEAST_WINDOWS: usize = 4;

/// Learns a reference from the rows that a model was trained on, ascending, and from its forecasts on rows that it
/// was *not* fitted on (in-sample forecasts are bolder than any later ones). Fewer than four windows of forecasts
/// are left out.
///
/// # Errors
/// With fewer than four windows of rows, rows of the wrong width, values that are not finite, or senseless settings.
pub fn fit_reference(
    rows: &[FeatureRow],
    forecasts: &[f64],
    config: &MonitoringConfig,
) -> Result<DriftReference, ReferenceError> {
    config.validate()?;
    let window_bars = config.window_bars;
    let needed = LEAST_WINDOWS * window_bars;
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
    let part = 1.0 / as_f64(names.len().max(1));
    for (index, name) in names.iter().enumerate() {
        let values: Vec<f64> = rows.iter().map(|row| row.values[index]).collect();
        let FittedFeature { feature, distances, binned, thresholds } = fit_feature(name, &values, config)?;
        for (window, (distance, binned)) in distances.into_iter().zip(binned).enumerate() {
            ratios[window].push(feature.ratio(distance));
            psi[window] += if binned.psi > thresholds.psi { part } else { 0.0 };
            jensen_shannon[window] += if binned.jensen_shannon > thresholds.jensen_shannon { part } else { 0.0 };
        }
        features.push(feature);
    }
    let share = |ratios: &Vec<f64>| as_f64(ratios.iter().filter(|r| **r > 1.0).count()) / as_f64(ratios.len());
    let shares: Vec<f64> = ratios.iter().map(share).collect();
    let severities: Vec<f64> = ratios.into_iter().map(|ratios| severity(ratios, config.severe_features)).collect();
    let high = |values: &[f64]| sorted(values).map_or(0.0, |values| quantile(&values, config.quantile));
    let forecasts =
        if forecasts.len() < needed { None } else { Some(fit_feature("forecast", forecasts, config)?.feature) };
    Ok(DriftReference {
        feature_set: FEATURE_SET.to_owned(),
        window_bars,
        rows: rows.len(),
        features,
        forecasts,
        share_threshold: high(&shares),
        psi_share_threshold: Some(high(&psi)),
        jensen_shannon_share_threshold: Some(high(&jensen_shannon)),
        severe_features: config.severe_features,
        severity_threshold: high(&severities),
    })
}

/// The reference of one feature, and how far each of its windows is.
struct FittedFeature {
    feature: FeatureReference,
    distances: Vec<f64>,
    binned: Vec<BinnedDistances>,
    thresholds: BinnedThresholds,
}

fn fit_feature(name: &str, values: &[f64], config: &MonitoringConfig) -> Result<FittedFeature, ReferenceError> {
    let not_finite = || ReferenceError::NotFinite { name: name.to_owned() };
    let grid = QuantileGrid::from_sample(values).ok_or_else(not_finite)?;
    let slid = || sliding_windows(values.len(), config.window_bars).map(|window| &values[window]);
    let distances: Vec<f64> = slid().map(|window| grid.distance(window)).collect();
    let binned: Vec<BinnedDistances> = slid().map(|window| grid.binned(window)).collect();
    let high =
        |distances: &[f64]| sorted(distances).map(|ordered| quantile(&ordered, config.quantile)).ok_or_else(not_finite);
    let of = |distance: fn(&BinnedDistances) -> f64| high(&binned.iter().map(distance).collect::<Vec<_>>());
    let thresholds = BinnedThresholds { psi: of(|b| b.psi)?, jensen_shannon: of(|b| b.jensen_shannon)? };
    let threshold = high(&distances)?;
    let feature = FeatureReference { name: name.to_owned(), grid, threshold, binned: Some(thresholds) };
    Ok(FittedFeature { feature, distances, binned, thresholds })
}

/// Windows that slide over `n` rows, six to a window's length, so that the one that fits worst is nearly met.
fn sliding_windows(n: usize, window_bars: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (window_bars..=n).step_by((window_bars / 6).max(1)).map(move |end| end - window_bars..end)
}
