//! Model artifacts: file format, validation, inference and explanations. There is no training code.
//!
//! An artifact has a header and arrays of numbers, and no code. Every index is checked on reading, so a hostile file can only
//! be rejected. Inference takes microseconds.

mod artifact;
mod boosted;
mod calibration;
pub mod distribution;
mod error;
mod explain;
mod forest;
mod format;
mod logistic;
mod member;
pub mod mixture;
mod novelty;

pub use artifact::{Artifact, MAX_MEMBERS, MAX_NODES, MAX_TREES};
pub use boosted::Boosted;
pub use calibration::{Calibration, MAX_POINTS, logit, sigmoid};
pub use distribution::{DISTRIBUTION_WINDOW_BARS, DistributionModel, DistributionPart, WidthFactor};
pub use error::{ArtifactError, PredictError};
pub use explain::{Contribution, Explanation};
pub use forest::{Forest, MAX_DEPTH, Node};
pub use format::{FORMAT_VERSION, MAX_BYTES, MAX_HEADER_BYTES};
pub use logistic::Logistic;
pub use member::{Family, Member, Model};
pub use novelty::{MAX_NOVELTY, TrainedRange};
