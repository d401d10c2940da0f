//! Errors of a training.

use evaluation::{bootstrap::BootstrapError, gate::GateError, splits::SplitError};
use jiff::Timestamp;
use model::{ArtifactError, Family, PredictError};
use monitoring::drift::ReferenceError;

/// Rejection of a training configuration or of a candidate.
#[derive(Debug, thiserror::Error)]
pub enum TrainingConfigError {
    /// An override is not an object of known fields.
    #[error("training overrides are invalid: expected a JSON object with fields of the training configuration")]
    Override {
        /// Error of the JSON parser.
        #[from]
        source: serde_json::Error,
    },
    /// A value is out of its range.
    #[error("training setting {name} is {value}, expected {expected}")]
    Value {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Description of the valid range.
        expected: &'static str,
    },
    /// A family cannot be fitted.
    #[error("{family} is not a family that can be searched")]
    Family {
        /// The family.
        family: Family,
    },
}

/// Failure of a training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The configuration is invalid.
    #[error("invalid training configuration")]
    Config {
        /// Rejection of the configuration.
        #[from]
        source: TrainingConfigError,
    },
    /// The history is too short.
    #[error("{rows} rows with features and a label are too few to {purpose}")]
    TooFewRows {
        /// Number of rows.
        rows: usize,
        /// Use of the rows.
        purpose: &'static str,
        /// Number of rows that are needed.
        source: SplitError,
    },
    /// No label is known.
    #[error("no label is known among {bars} bars")]
    NoLabels {
        /// Number of bars.
        bars: usize,
    },
    /// Every outcome is a tie: the market is flat or halted.
    #[error("every bar is a tie: of {ties} settled outcomes none is up or down, so there is nothing to learn")]
    AllTies {
        /// Number of settled outcomes.
        ties: usize,
    },
    /// All training rows have the same label.
    #[error("all {rows} training rows have the same outcome")]
    SingleClass {
        /// Number of rows.
        rows: usize,
    },
    /// smartcore failed to fit.
    #[error("failed to fit {family}")]
    Fit {
        /// Family of the candidate.
        family: Family,
        /// Error of smartcore.
        source: smartcore::error::Failed,
    },
    /// The serialised forest of smartcore has an unexpected structure.
    #[error("failed to convert the fitted forest")]
    ForestConversion {
        /// Error of the conversion through JSON.
        source: serde_json::Error,
    },
    /// A fitted forest cannot be stored in an artifact.
    #[error("the fitted forest is invalid: {problem}")]
    Forest {
        /// Violated property.
        problem: &'static str,
    },
    /// forust failed to fit.
    #[error("failed to fit boosted trees: {problem}")]
    Boosting {
        /// Message of forust.
        problem: String,
    },
    /// The sampler failed.
    #[error("failed to sample a candidate: {problem}")]
    Sampler {
        /// Message of the sampler.
        problem: String,
    },
    /// No candidate has a finite log loss.
    #[error("none of {candidates} candidates has a finite log loss")]
    NoCandidate {
        /// Number of candidates.
        candidates: usize,
    },
    /// The champion was fitted on every label of the hold-out.
    #[error(
        "no rows to compare on: the champion was fitted on labels decided until {champion}, the hold-out ends {holdout}"
    )]
    NoComparableRows {
        /// Last decision time of the champion's training rows.
        champion: Timestamp,
        /// Last decision time of the hold-out.
        holdout: Timestamp,
    },
    /// The champion belongs to another series.
    #[error("the champion forecasts {champion}, not {series}")]
    ChampionSeries {
        /// Series of the champion.
        champion: market_data::Series,
        /// Series of the training.
        series: market_data::Series,
    },
    /// The model rejected a row.
    #[error("failed to forecast a row")]
    Predict {
        /// Error of the model.
        #[from]
        source: PredictError,
    },
    /// The artifact is invalid.
    #[error("failed to serialise the artifact")]
    Artifact {
        /// Violated property.
        #[from]
        source: ArtifactError,
    },
    /// The interval of the edge cannot be estimated.
    #[error("failed to measure the edge")]
    Bootstrap {
        /// Error of the bootstrap.
        #[from]
        source: BootstrapError,
    },
    /// The gate failed.
    #[error("failed to compare challenger and champion")]
    Gate {
        /// Error of the gate.
        #[from]
        source: GateError,
    },
    /// The drift reference cannot be fitted.
    #[error("failed to fit the drift reference")]
    Drift {
        /// Error of the fit.
        #[from]
        source: ReferenceError,
    },
}

impl TrainError {
    /// True if more bars would resolve the error: there are too few rows, or their labels are all equal or all missing.
    #[must_use]
    pub fn needs_more_bars(&self) -> bool {
        matches!(
            self,
            Self::TooFewRows { .. }
                | Self::NoLabels { .. }
                | Self::AllTies { .. }
                | Self::SingleClass { .. }
                | Self::Drift { source: ReferenceError::TooFewRows { .. } }
        )
    }
}
