//! Why there is no backtest.

use crate::arguments::ArgumentError;
use evaluation::bootstrap::BootstrapError;
use jiff::Timestamp;
use lake::FileError;
use std::{io, path::PathBuf};

/// Why there is no backtest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BacktestError {
    #[error(transparent)]
    Arguments(#[from] ArgumentError),
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot read bars from {}", path.display())]
    Bars { path: PathBuf, source: FileError },
    #[error("{bars} bars are too short a history: without FROM the first forecast has {needed} bars behind it")]
    TooShort { bars: usize, needed: usize },
    #[error("nothing to forecast from {from} on: the last bar closes at {last}")]
    Late { from: Timestamp, last: Timestamp },
    #[error("no bar from {from} on has features: they take {needed} bars of the series' interval without a gap")]
    NoFeatures { from: Timestamp, needed: usize },
    #[error("cannot refit at {fitted_at}")]
    Refit { fitted_at: Timestamp, source: Box<training::TrainError> },
    #[error("cannot forecast at {decision_time}")]
    Predict { decision_time: Timestamp, source: model::PredictError },
    #[error("cannot estimate the interval of a score")]
    Bootstrap {
        #[from]
        source: BootstrapError,
    },
    #[error("cannot write report.json")]
    Json { source: serde_json::Error },
    #[error("cannot render report.html")]
    Page { source: askama::Error },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}
