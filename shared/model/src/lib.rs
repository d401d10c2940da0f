//! Model artifacts: the file format, its checks and inference in microseconds. No training code and no code in the
//! file: an artifact is numbers, every index is checked when it is read, so a hostile file can only be refused.

mod artifact;
mod boosted;
mod calibration;
mod error;
mod explain;
mod forest;
mod format;
mod logistic;
mod member;

pub use artifact::{Artifact, MAX_MEMBERS, MAX_NODES, MAX_TREES};
pub use boosted::Boosted;
pub use calibration::{Calibration, MAX_POINTS, logit, sigmoid};
pub use error::{ArtifactError, PredictError};
pub use explain::{Contribution, Explanation};
pub use forest::{Forest, MAX_DEPTH, Node};
pub use format::{FORMAT_VERSION, MAX_BYTES, MAX_HEADER_BYTES};
pub use logistic::Logistic;
pub use member::{Family, Member, Model};
