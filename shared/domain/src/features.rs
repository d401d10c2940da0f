//! Scale-free features of bars.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The features known at the close of one bar, in the order of the feature names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureRow {
    /// Open time of the bar.
    pub time: Timestamp,
    /// One value per feature, all finite.
    pub values: Vec<f64>,
}
