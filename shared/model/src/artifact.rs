//! A trained model with all that is needed to forecast with it and to say what it is.

use crate::{ArtifactError, Calibration, Forest, Logistic, PredictError};
use domain::{
    Series,
    features::{FEATURE_SET, feature_names},
    forecast::Edge,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// No forecast is lower: certainty cannot be learnt from some thousand bars, and one miss would cost too much.
pub const LOWEST_PROBABILITY: f64 = 0.01;
/// No forecast is higher.
pub const HIGHEST_PROBABILITY: f64 = 0.99;

/// Which kind of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// The base rate, whatever the features.
    Climatology,
    /// Logistic regression on standardised features.
    Logistic,
    /// Mean of many decision trees.
    RandomForest,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Climatology => "climatology",
            Self::Logistic => "logistic",
            Self::RandomForest => "random_forest",
        })
    }
}

/// The parameters of a family.
#[derive(Debug, Clone, PartialEq)]
pub enum Model {
    /// None: the base rate of the artifact is the forecast.
    Climatology,
    /// See [`Logistic`].
    Logistic(Logistic),
    /// See [`Forest`].
    RandomForest(Forest),
}

/// A model version. Its forecast: the model's raw probability, calibrated, then shrunk toward the base rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifact {
    /// What it forecasts.
    pub series: Series,
    /// The run that made it.
    pub run: String,
    /// Version of the feature set it takes.
    pub feature_set: String,
    /// The features it takes, in order.
    pub feature_names: Vec<String>,
    /// What counted as now when it was trained.
    pub trained_at: Timestamp,
    /// Decision time of the last label it was fitted on. Later labels are fair to judge it by.
    pub trained_through: Timestamp,
    /// Share of `up` among the labels it was fitted on.
    pub base_rate: f64,
    /// Its advantage over climatology on the hold-out.
    pub edge: Edge,
    /// Half the width of the band around its probabilities; how it is measured is the business of whoever trains.
    pub band_half_width: f64,
    /// What fits its raw probabilities to observed frequencies.
    pub calibration: Calibration,
    /// How much of its deviation from the base rate is kept, 0 (none: climatology) to 1.
    pub shrinkage: f64,
    /// Its parameters.
    pub model: Model,
}

impl Artifact {
    /// The artifact that always forecasts `base_rate`: what serves before any model has passed the gate.
    #[must_use]
    pub fn climatology(
        series: Series,
        base_rate: f64,
        trained_at: Timestamp,
        trained_through: Timestamp,
        run: &str,
    ) -> Self {
        Self {
            series,
            run: run.to_owned(),
            feature_set: FEATURE_SET.to_owned(),
            feature_names: feature_names().iter().map(|&name| name.to_owned()).collect(),
            trained_at,
            trained_through,
            base_rate,
            edge: Edge::NONE,
            band_half_width: 0.0,
            calibration: Calibration::IDENTITY,
            shrinkage: 0.0,
            model: Model::Climatology,
        }
    }

    /// The family of its model.
    #[must_use]
    pub fn family(&self) -> Family {
        match self.model {
            Model::Climatology => Family::Climatology,
            Model::Logistic(_) => Family::Logistic,
            Model::RandomForest(_) => Family::RandomForest,
        }
    }

    /// The probability of `up` for one feature row, within [`LOWEST_PROBABILITY`] to [`HIGHEST_PROBABILITY`].
    ///
    /// # Errors
    /// [`PredictError`] when the row has the wrong width or a value that is not finite.
    pub fn predict(&self, values: &[f64]) -> Result<f64, PredictError> {
        let expected = self.feature_names.len();
        if values.len() != expected {
            return Err(PredictError::Width { found: values.len(), expected });
        }
        if let Some((name, &value)) = self.feature_names.iter().zip(values).find(|(_, value)| !value.is_finite()) {
            return Err(PredictError::NotFinite { name: name.clone(), value });
        }
        let raw = match &self.model {
            Model::Climatology => return Ok(bounded(self.base_rate)),
            Model::Logistic(model) => model.predict(values),
            Model::RandomForest(model) => model.predict(values),
        };
        let calibrated = self.calibration.apply(raw);
        Ok(bounded(self.base_rate + self.shrinkage * (calibrated - self.base_rate)))
    }

    /// The band around a probability, low and high, within 0 to 1.
    #[must_use]
    pub fn band(&self, probability: f64) -> [f64; 2] {
        [(probability - self.band_half_width).max(0.0), (probability + self.band_half_width).min(1.0)]
    }

    /// Checks everything that serving relies on.
    pub(crate) fn check(&self) -> Result<(), ArtifactError> {
        let names = feature_names();
        if self.feature_set != FEATURE_SET || !self.feature_names.iter().eq(names) {
            let found = self.feature_set.clone();
            return Err(ArtifactError::FeatureSet { found, expected: FEATURE_SET.to_owned() });
        }
        let [lo, hi] = self.edge.brier_skill_ci;
        let within = |name, value: f64, range: std::ops::RangeInclusive<f64>, expected| {
            if range.contains(&value) { Ok(()) } else { Err(ArtifactError::Value { name, value, expected }) }
        };
        within("base rate", self.base_rate, 0.0..=1.0, "a number from 0 to 1")?;
        within("band half-width", self.band_half_width, 0.0..=1.0, "a number from 0 to 1")?;
        within("shrinkage", self.shrinkage, 0.0..=1.0, "a number from 0 to 1")?;
        let finite = f64::MIN..=f64::MAX;
        within("calibration slope", self.calibration.slope, finite.clone(), "a finite number")?;
        within("calibration intercept", self.calibration.intercept, finite.clone(), "a finite number")?;
        for value in [self.edge.brier_skill, lo, hi] {
            within("edge", value, finite.clone(), "a finite number")?;
        }
        match &self.model {
            Model::Climatology => Ok(()),
            Model::Logistic(model) => model.check(names.len()),
            Model::RandomForest(model) => model.check(names.len()),
        }
    }
}

fn bounded(probability: f64) -> f64 {
    probability.clamp(LOWEST_PROBABILITY, HIGHEST_PROBABILITY)
}
