//! Why there is no answer.

use crate::arguments::ArgumentError;
use domain::{bootstrap::BootstrapError, csv::CsvError, drift::ReferenceError};
use std::{io, path::PathBuf};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StudyError {
    #[error(transparent)]
    Arguments(#[from] ArgumentError),
    #[error("reading {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}", path.display())]
    Csv { path: PathBuf, source: CsvError },
    #[error("{}", path.display())]
    Bars { path: PathBuf, source: domain::BarError },
    #[error("the history ends before {from}")]
    Late { from: jiff::Timestamp },
    #[error(transparent)]
    Drift(#[from] domain::drift::DriftConfigError),
    #[error("a drift reference")]
    Reference {
        #[from]
        source: ReferenceError,
    },
    #[error("a forecast")]
    Predict { source: model::PredictError },
    #[error("an interval of a score")]
    Bootstrap {
        #[from]
        source: BootstrapError,
    },
    #[error("a training at {as_of}")]
    Train { as_of: jiff::Timestamp, source: Box<learn::TrainError> },
    #[error("the results as JSON")]
    Json { source: serde_json::Error },
    #[error("writing {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}
