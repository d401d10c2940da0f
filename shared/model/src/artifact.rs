//! Artifact: a trained model with everything that a forecast needs, and its metadata.

use crate::{
    ArtifactError, Calibration, DistributionModel, DistributionPart, Family, Member, PredictError, TrainedRange,
    error::check_limit,
};
use contracts::{
    distribution::{DistributionEvidence, Quantiles, StoredDistribution},
    forecast::{Direction, Edge, MAX_PROBABILITY, MIN_PROBABILITY, Novelty, Validity},
};
use features::{FEATURE_SET, feature_names};
use jiff::Timestamp;
use market_data::Series;

/// Maximum number of members.
pub const MAX_MEMBERS: usize = 16;
/// Maximum number of trees of all members together. A training writes at most 500.
pub const MAX_TREES: usize = 4_096;
/// Maximum number of nodes of all members together. It limits the file to 1.3 MB and, with
/// [`MAX_DEPTH`](crate::MAX_DEPTH), the time of an explanation. A training writes at most 31,500.
pub const MAX_NODES: usize = 65_536;
/// Maximum number of characters of a text from a file in an error message.
const MAX_MESSAGE_CHARS: usize = 40;
/// Maximum difference of the sum of weights from 1.
const WEIGHT_TOLERANCE: f64 = 1e-9;

/// Model version. Its forecast is the weighted mean of its members' probabilities (the linear opinion pool of Stone 1961),
/// calibrated, then shrunk towards the base rate, then limited.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifact {
    /// Series of the forecasts.
    pub series: Series,
    /// Run that trained it.
    pub run: String,
    /// Version of its feature set.
    pub feature_set: String,
    /// Names of its features, in order.
    pub feature_names: Vec<String>,
    /// Time that counted as now in the training.
    pub trained_at: Timestamp,
    /// Decision time of the last training label. Only later labels are out of sample.
    pub trained_through: Timestamp,
    /// Share of up among the training labels.
    pub base_rate: f64,
    /// Edge over climatology on the hold-out.
    pub edge: Edge,
    /// Half width of the uncertainty band around its probabilities, 0 to 1. The training measures it.
    pub band_half_width: f64,
    /// Map from raw to calibrated probability.
    pub calibration: Calibration,
    /// Factor on the deviation from the base rate, from 0 (climatology) to 1 (no shrinkage).
    pub shrinkage: f64,
    /// Members, at most [`MAX_MEMBERS`], whose weights add up to 1. Without members it is climatology.
    pub members: Vec<Member>,
    /// Range of the features in the training rows; absent for climatology, and in artifacts of older releases.
    pub trained_range: Option<TrainedRange>,
    /// Forecast distribution of the move; absent in artifacts of older releases.
    pub distribution: Option<DistributionPart>,
}

impl Artifact {
    /// Artifact that always forecasts `base_rate`. It serves before any model has passed the gate.
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
            members: Vec::new(),
            trained_range: None,
            distribution: None,
        }
    }

    /// Family of its only member; [`Family::Climatology`] without members, [`Family::Ensemble`] with several.
    #[must_use]
    pub fn family(&self) -> Family {
        match &self.members[..] {
            [] => Family::Climatology,
            [only] => only.family,
            _ => Family::Ensemble,
        }
    }

    /// Probability of up for one feature row, within [`MIN_PROBABILITY`] to [`MAX_PROBABILITY`].
    ///
    /// # Errors
    /// Returns an error if the row has the wrong width or a value that is not finite.
    pub fn predict(&self, values: &[f64]) -> Result<f64, PredictError> {
        self.validate_row(values)?;
        Ok(self.final_probability(self.raw(values)))
    }

    /// Weighted mean of the members' probabilities for a valid feature row, before calibration; the base rate without members.
    #[must_use]
    pub fn raw(&self, values: &[f64]) -> f64 {
        if self.members.is_empty() {
            return self.base_rate;
        }
        self.members.iter().map(|member| member.weight * member.model.predict(values)).sum()
    }

    /// Forecast for a raw probability.
    pub(crate) fn final_probability(&self, raw: f64) -> f64 {
        if self.members.is_empty() {
            return clamp_probability(self.base_rate);
        }
        clamp_probability(self.base_rate + self.shrinkage * (self.calibration.apply(raw) - self.base_rate))
    }

    /// Checks that a row has the right width and only finite values.
    pub(crate) fn validate_row(&self, values: &[f64]) -> Result<(), PredictError> {
        let expected = self.feature_names.len();
        if values.len() != expected {
            return Err(PredictError::Width { found: values.len(), expected });
        }
        match self.feature_names.iter().zip(values).find(|(_, value)| !value.is_finite()) {
            Some((name, &value)) => Err(PredictError::NotFinite { name: name.clone(), value }),
            None => Ok(()),
        }
    }

    /// Novelty of a feature row; `None` without a trained range.
    ///
    /// # Errors
    /// Returns an error if the row has the wrong width or a value that is not finite.
    pub fn novelty(&self, values: &[f64]) -> Result<Option<Novelty>, PredictError> {
        let Some(range) = &self.trained_range else { return Ok(None) };
        self.validate_row(values)?;
        Ok(Some(Novelty { score: range.score(values), threshold: range.threshold }))
    }

    /// Direction of a forecast with this feature row and probability, if the model had this edge and its data no other
    /// warning than of novelty.
    ///
    /// # Errors
    /// Returns an error if the row has the wrong width or a value that is not finite.
    pub fn direction(&self, values: &[f64], probability: f64, edge: &Edge) -> Result<Direction, PredictError> {
        let warning = self.novelty(values)?.and_then(Novelty::warning);
        Ok(Validity::new(edge, self.band(probability), &warning).direction)
    }

    /// Uncertainty band around a probability, low and high, within 0 to 1.
    #[must_use]
    pub fn band(&self, probability: f64) -> [f64; 2] {
        [(probability - self.band_half_width).max(0.0), (probability + self.band_half_width).min(1.0)]
    }

    /// Distribution of a forecast with its evidence; the parameters are those of [`StoredDistribution::new`].
    #[must_use]
    pub fn distribution(
        &self,
        model: Option<Quantiles>,
        baseline: Quantiles,
        close: f64,
        probability_up: f64,
    ) -> StoredDistribution {
        // A model that does not know these bars has no evidence for climatology.
        let part = self.distribution.as_ref().filter(|part| model.is_some() || part.model.is_none());
        let evidence = part.map_or(DistributionEvidence::NONE, |part| part.evidence);
        StoredDistribution::new(model, baseline, close, probability_up, evidence)
    }

    /// Distribution model; absent if every forecast is climatology.
    #[must_use]
    pub fn distribution_model(&self) -> Option<&DistributionModel> {
        self.distribution.as_ref()?.model.as_ref()
    }

    /// Checks that the features and their order are those of the feature set.
    fn validate_features(&self, names: &[&'static str]) -> Result<(), ArtifactError> {
        if self.feature_set != FEATURE_SET {
            return Err(ArtifactError::FeatureSet { found: message_text(&self.feature_set), expected: FEATURE_SET });
        }
        let (found, set) = (self.feature_names.len(), FEATURE_SET);
        if found != names.len() {
            return Err(ArtifactError::FeatureCount { found, expected: names.len(), set });
        }
        let mut pairs = self.feature_names.iter().zip(names).enumerate();
        match pairs.find(|(_, (found, expected))| found.as_str() != **expected) {
            Some((index, (found, expected))) => {
                Err(ArtifactError::FeatureName { index, found: message_text(found), expected, set })
            }
            None => Ok(()),
        }
    }

    /// Checks all properties on which serving depends.
    pub(crate) fn validate(&self) -> Result<(), ArtifactError> {
        let names = feature_names();
        self.validate_features(names)?;
        let within = |name, value: f64, range: std::ops::RangeInclusive<f64>, expected| {
            if range.contains(&value) { Ok(()) } else { Err(ArtifactError::Value { name, value, expected }) }
        };
        within("base rate", self.base_rate, 0.0..=1.0, "a number from 0 to 1")?;
        within("band half-width", self.band_half_width, 0.0..=1.0, "a number from 0 to 1")?;
        within("shrinkage", self.shrinkage, 0.0..=1.0, "a number from 0 to 1")?;
        let finite = f64::MIN..=f64::MAX;
        let skill = [self.edge.brier_skill].into_iter().chain(self.edge.brier_skill_ci.into_iter().flatten());
        for value in skill.chain(self.edge.after_costs.numbers()) {
            within("edge", value, finite.clone(), "a finite number")?;
        }
        self.calibration.validate()?;
        let forests = || self.members.iter().filter_map(|member| member.model.forest());
        let trees = forests().map(|forest| forest.roots.len()).sum();
        let nodes = forests().map(|forest| forest.nodes.len()).sum();
        check_limit("members", self.members.len(), MAX_MEMBERS)?;
        check_limit("trees", trees, MAX_TREES)?;
        check_limit("nodes", nodes, MAX_NODES)?;
        self.members.iter().enumerate().try_for_each(|(index, member)| member.validate(index, names.len()))?;
        let weights: f64 = self.members.iter().map(|member| member.weight).sum();
        if !self.members.is_empty() && (weights - 1.0).abs() > WEIGHT_TOLERANCE {
            return Err(ArtifactError::Value { name: "sum of weights", value: weights, expected: "one" });
        }
        self.trained_range.as_ref().map_or(Ok(()), |range| range.validate(names.len()))?;
        self.distribution.as_ref().map_or(Ok(()), |part| part.validate(&self.series))
    }
}

/// Start of a text from a file, in printable characters, for an error message.
fn message_text(text: &str) -> String {
    text.chars().take(MAX_MESSAGE_CHARS).flat_map(char::escape_debug).collect()
}

/// Probability limited to the permitted range of forecasts.
fn clamp_probability(probability: f64) -> f64 {
    probability.clamp(MIN_PROBABILITY, MAX_PROBABILITY)
}
