//! A trained model with all that is needed to forecast with it and to say what it is.

use crate::{ArtifactError, Calibration, Family, Member, PredictError};
use contracts::forecast::{Edge, MAX_PROBABILITY, MIN_PROBABILITY};
use features::{FEATURE_SET, feature_names};
use jiff::Timestamp;
use market_data::Series;

/// The most members of an artifact.
pub const MAX_MEMBERS: usize = 16;
/// The most trees of all members together. A training writes at most 350.
pub const MAX_TREES: usize = 4_096;
/// The most nodes of all members together: they bound the file at 1.3 MB, and with [`MAX_DEPTH`](crate::MAX_DEPTH) the
/// time of an explanation. A training writes at most 27,650.
pub const MAX_NODES: usize = 65_536;
/// The most characters of a text from a file in a message.
const MAX_SHOWN: usize = 40;
/// How far the members' weights may be from adding up to one.
const WEIGHT_TOLERANCE: f64 = 1e-9;

/// A model version. Its forecast: the weighted mean of its members' probabilities (the linear opinion pool of Stone
/// 1961), calibrated, then shrunk toward the base rate, then bounded.
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
    /// What it is made of, at most [`MAX_MEMBERS`]; the weights add up to one. Without any it is climatology.
    pub members: Vec<Member>,
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
            members: Vec::new(),
        }
    }

    /// [`Family::Climatology`] without members, the family of the only one, [`Family::Ensemble`] with more.
    #[must_use]
    pub fn family(&self) -> Family {
        match &self.members[..] {
            [] => Family::Climatology,
            [only] => only.family,
            _ => Family::Ensemble,
        }
    }

    /// The probability of `up` for one feature row, within [`LOWEST_PROBABILITY`] to [`HIGHEST_PROBABILITY`].
    ///
    /// # Errors
    /// [`PredictError`] when the row has the wrong width or a value that is not finite.
    pub fn predict(&self, values: &[f64]) -> Result<f64, PredictError> {
        self.validate_row(values)?;
        Ok(self.final_probability(self.raw(values)))
    }

    /// The weighted mean of the members' probabilities for a row that [`Artifact::predict`] takes, before calibration;
    /// the base rate without members.
    #[must_use]
    pub fn raw(&self, values: &[f64]) -> f64 {
        if self.members.is_empty() {
            return self.base_rate;
        }
        self.members.iter().map(|member| member.weight * member.model.predict(values)).sum()
    }

    /// The forecast for a raw probability.
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

    /// The band around a probability, low and high, within 0 to 1.
    #[must_use]
    pub fn band(&self, probability: f64) -> [f64; 2] {
        [(probability - self.band_half_width).max(0.0), (probability + self.band_half_width).min(1.0)]
    }

    /// Checks that the features are those that this code computes, in their order.
    fn check_features(&self, names: &[&'static str]) -> Result<(), ArtifactError> {
        if self.feature_set != FEATURE_SET {
            return Err(ArtifactError::FeatureSet { found: shown(&self.feature_set), expected: FEATURE_SET });
        }
        let (found, set) = (self.feature_names.len(), FEATURE_SET);
        if found != names.len() {
            return Err(ArtifactError::FeatureCount { found, expected: names.len(), set });
        }
        let mut pairs = self.feature_names.iter().zip(names).enumerate();
        match pairs.find(|(_, (found, expected))| found.as_str() != **expected) {
            Some((place, (found, expected))) => {
                Err(ArtifactError::FeatureName { place, found: shown(found), expected, set })
            }
            None => Ok(()),
        }
    }

    /// Checks everything that serving relies on.
    pub(crate) fn validate(&self) -> Result<(), ArtifactError> {
        let names = feature_names();
        self.check_features(names)?;
        let within = |name, value: f64, range: std::ops::RangeInclusive<f64>, expected| {
            if range.contains(&value) { Ok(()) } else { Err(ArtifactError::Value { name, value, expected }) }
        };
        within("base rate", self.base_rate, 0.0..=1.0, "a number from 0 to 1")?;
        within("band half-width", self.band_half_width, 0.0..=1.0, "a number from 0 to 1")?;
        within("shrinkage", self.shrinkage, 0.0..=1.0, "a number from 0 to 1")?;
        let finite = f64::MIN..=f64::MAX;
        for value in [self.edge.brier_skill].into_iter().chain(self.edge.brier_skill_ci.into_iter().flatten()) {
            within("edge", value, finite.clone(), "a finite number")?;
        }
        self.calibration.check()?;
        let forests = || self.members.iter().filter_map(|member| member.model.forest());
        let trees = forests().map(|forest| forest.roots.len()).sum();
        let nodes = forests().map(|forest| forest.nodes.len()).sum();
        check_limit("members", self.members.len(), MAX_MEMBERS)?;
        check_limit("trees", trees, MAX_TREES)?;
        check_limit("nodes", nodes, MAX_NODES)?;
        self.members.iter().enumerate().try_for_each(|(place, member)| member.check(place, names.len()))?;
        let weights: f64 = self.members.iter().map(|member| member.weight).sum();
        if !self.members.is_empty() && (weights - 1.0).abs() > WEIGHT_TOLERANCE {
            return Err(ArtifactError::Value { name: "sum of weights", value: weights, expected: "one" });
        }
        Ok(())
    }
}

/// Refuses more of a part than an artifact may have.
pub(crate) fn check_limit(part: &'static str, found: usize, limit: usize) -> Result<(), ArtifactError> {
    if found > limit { Err(ArtifactError::TooMany { part, found, limit }) } else { Ok(()) }
}

/// The start of a text from a file, in printable characters.
fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect()
}

fn clamp_probability(probability: f64) -> f64 {
    probability.clamp(MIN_PROBABILITY, MAX_PROBABILITY)
}
