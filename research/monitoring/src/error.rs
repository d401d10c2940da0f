//! Why there is no answer.

use crate::arguments::ArgumentError;
use evaluation::bootstrap::BootstrapError;
use lake::FileError;
use monitoring::drift::ReferenceError;
use std::{io, path::PathBuf};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StudyError {
    #[error(transparent)]
    Arguments(#[from] ArgumentError),
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot read bars from {}", path.display())]
    Bars { path: PathBuf, source: FileError },
    #[error("no bar closes after --from {from}: name an earlier time")]
    Late { from: jiff::Timestamp },
    #[error(transparent)]
    Drift(#[from] monitoring::MonitoringConfigError),
    #[error("cannot fit a drift reference")]
    Reference {
        #[from]
        source: ReferenceError,
    },
    #[error("cannot forecast")]
    Predict { source: model::PredictError },
    #[error("cannot estimate the interval of a score")]
    Bootstrap {
        #[from]
        source: BootstrapError,
    },
    #[error("cannot train at {as_of}")]
    Train { as_of: jiff::Timestamp, source: Box<training::TrainError> },
    #[error("cannot write the results as JSON")]
    Json { source: serde_json::Error },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}
