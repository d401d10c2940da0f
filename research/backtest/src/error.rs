//! Why there is no backtest.

use crate::{arguments::ArgumentError, bars::BarsError};
use domain::bootstrap::BootstrapError;
use jiff::Timestamp;
use std::{io, path::PathBuf};

/// Why there is no backtest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BacktestError {
    #[error(transparent)]
    Arguments(#[from] ArgumentError),
    #[error("reading {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}", path.display())]
    Bars { path: PathBuf, source: BarsError },
    #[error("{bars} bars are too short a history: without FROM the first forecast has {needed} bars behind it")]
    TooShort { bars: usize, needed: usize },
    #[error("nothing to forecast from {from} on: the last bar closes at {last}")]
    Late { from: Timestamp, last: Timestamp },
    #[error("no bar from {from} on has features: they take {needed} bars of the series' interval without a gap")]
    NoFeatures { from: Timestamp, needed: usize },
    #[error("the refit at {fitted_at}")]
    Refit { fitted_at: Timestamp, source: Box<learn::TrainError> },
    #[error("the forecast at {decision_time}")]
    Predict { decision_time: Timestamp, source: model::PredictError },
    #[error("an interval of a score")]
    Bootstrap {
        #[from]
        source: BootstrapError,
    },
    #[error("report.json")]
    Json { source: serde_json::Error },
    #[error("report.html")]
    Page { source: askama::Error },
    #[error("writing {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}
