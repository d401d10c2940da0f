//! Record of a refit.

use contracts::forecast::Edge;
use evaluation::{CrossValidationScore, FeatureImportance, selection::TrialStatistics};
use jiff::Timestamp;
use model::{Calibration, Family};
use serde::Serialize;
use training::{Candidate, distribution::DistributionSearch};

/// Result of a refit, with the evidence for it at that time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RefitRecord {
    pub(crate) fitted_at: Timestamp,
    /// Number of training rows; the label of each is settled at `fitted_at`.
    pub(crate) rows: usize,
    /// Decision time of the last training row; `None` when nothing was fitted.
    pub(crate) trained_through: Option<Timestamp>,
    /// Family of the model; `climatology` when nothing was fitted.
    pub(crate) family: Family,
    /// Members of the ensemble.
    pub(crate) members: Vec<MemberSummary>,
    pub(crate) calibration: Option<Calibration>,
    /// Share of the deviation from the base rate that a forecast keeps, from 0 to 1. With 0, every forecast is the base
    /// rate at its decision time.
    pub(crate) shrinkage: f64,
    /// Half the width of the uncertainty band.
    pub(crate) band_half_width: Option<f64>,
    /// Statistics over the trials of the search; `None` when the candidates of an earlier search were refitted.
    pub(crate) selection: Option<TrialStatistics>,
    /// Importance of each feature, largest first.
    pub(crate) importances: Vec<FeatureImportance>,
    /// Score of the out-of-fold forecasts.
    pub(crate) out_of_fold: Option<CrossValidationScore>,
    /// Distribution of the refit; `None` when nothing was fitted.
    pub(crate) distribution: Option<DistributionSummary>,
    /// Edge of the settled forecasts of models; `None` while there are too few.
    pub(crate) track_record: Option<Edge>,
    /// True if the forecasts until the next refit have no direction. A direction needs a shown out-of-fold edge, and a
    /// shown edge of the track record once there is one.
    pub(crate) abstains: bool,
    /// Reason why nothing was fitted.
    pub(crate) note: Option<String>,
}

impl RefitRecord {
    /// Record of a refit that had too few rows to fit a model.
    pub(crate) fn without_model(fitted_at: Timestamp) -> Self {
        Self {
            fitted_at,
            rows: 0,
            trained_through: None,
            family: Family::Climatology,
            members: vec![],
            calibration: None,
            shrinkage: 0.0,
            band_half_width: None,
            selection: None,
            importances: vec![],
            out_of_fold: None,
            distribution: None,
            track_record: None,
            abstains: true,
            note: None,
        }
    }
}

/// Distribution of a refit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct DistributionSummary {
    /// True if a model forecasts the distribution, false if it is climatology.
    pub(crate) by_model: bool,
    /// Scores of the out-of-fold distributions; `None` when there were too few moves.
    pub(crate) out_of_fold: Option<DistributionSearch>,
}

/// Member of an ensemble.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct MemberSummary {
    /// Share of the raw probability; the weights of all members add up to 1.
    pub(crate) weight: f64,
    #[serde(flatten)]
    pub(crate) candidate: Candidate,
}
