//! Model artifacts: the file format, its checks and inference in microseconds. No training code and no code in the
//! file: an artifact is numbers, every index is checked when it is read, so a hostile file can only be refused.

mod artifact;
mod calibration;
mod error;
mod forest;
mod format;
mod logistic;

pub use artifact::{Artifact, Family, HIGHEST_PROBABILITY, LOWEST_PROBABILITY, Model};
pub use calibration::{Calibration, logit, sigmoid};
pub use error::{ArtifactError, PredictError};
pub use forest::{Forest, Node};
pub use format::{FORMAT, MAX_BYTES};
pub use logistic::Logistic;
