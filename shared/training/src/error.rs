//! Why a training failed.

use crate::TrainingConfigError;
use evaluation::{bootstrap::BootstrapError, gate::GateError, splits::SplitError};
use jiff::Timestamp;
use model::{ArtifactError, PredictError};
use monitoring::drift::ReferenceError;

/// Why there is no outcome.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The configuration makes no sense.
    #[error("training configuration")]
    Config {
        /// Why.
        #[from]
        source: TrainingConfigError,
    },
    /// The history is too short.
    #[error("{rows} rows with features and a label are too few to {purpose}")]
    TooFewRows {
        /// How many there are.
        rows: usize,
        /// For what.
        purpose: &'static str,
        /// What it would take.
        source: SplitError,
    },
    /// No label at all is known.
    #[error("no label is known among {bars} bars")]
    NoLabels {
        /// How many bars.
        bars: usize,
    },
    /// No outcome is up or down: the market is flat or halted.
    #[error("every bar is a tie: of {ties} settled outcomes none is up or down, so there is nothing to learn")]
    AllTies {
        /// Number of settled outcomes.
        ties: usize,
    },
    /// The training rows all have the same outcome.
    #[error("all {rows} training rows have the same outcome")]
    SingleClass {
        /// How many rows.
        rows: usize,
    },
    /// smartcore could not fit.
    #[error("fitting {family}")]
    Fit {
        /// Which family.
        family: model::Family,
        /// Why.
        source: smartcore::error::Failed,
    },
    /// A fitted forest does not look as expected.
    #[error("converting the fitted forest")]
    ForestConversion {
        /// Why.
        source: serde_json::Error,
    },
    /// A fitted forest does not fit into the artifact.
    #[error("the fitted forest: {problem}")]
    Forest {
        /// What does not fit.
        problem: &'static str,
    },
    /// forust could not fit.
    #[error("fitting boosted trees: {problem}")]
    Boosting {
        /// What it says.
        problem: String,
    },
    /// The sampler refused.
    #[error("asking for a candidate: {problem}")]
    Sampler {
        /// What it says.
        problem: String,
    },
    /// No candidate has a finite log loss.
    #[error("none of {candidates} candidates has a finite log loss")]
    NoCandidate {
        /// How many were tried.
        candidates: usize,
    },
    /// The champion knows every label of the hold-out already.
    #[error(
        "nothing to compare on: the champion was fitted on labels decided until {champion}, the hold-out ends {holdout}"
    )]
    NoComparableRows {
        /// Until when the champion was trained.
        champion: Timestamp,
        /// The last decision time of the hold-out.
        holdout: Timestamp,
    },
    /// The champion is for another series.
    #[error("the champion forecasts {champion}, not {series}")]
    ChampionSeries {
        /// Its series.
        champion: market_data::Series,
        /// The trained one.
        series: market_data::Series,
    },
    /// The model cannot forecast a row.
    #[error("forecasting a row")]
    Predict {
        /// Why.
        #[from]
        source: PredictError,
    },
    /// The artifact would be refused by whoever loads it.
    #[error("writing the artifact")]
    Artifact {
        /// Why.
        #[from]
        source: ArtifactError,
    },
    /// The edge has no interval.
    #[error("measuring the edge")]
    Bootstrap {
        /// Why.
        #[from]
        source: BootstrapError,
    },
    /// The gate could not judge.
    #[error("judging the challenger")]
    Gate {
        /// Why.
        #[from]
        source: GateError,
    },
    /// There is no drift reference.
    #[error("making the drift reference")]
    Drift {
        /// Why.
        #[from]
        source: ReferenceError,
    },
}

impl TrainError {
    /// True if the bars are the reason and waiting for more is the remedy: too few, or all with one outcome or none.
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
