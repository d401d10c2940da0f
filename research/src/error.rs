//! Errors of all commands.

use evaluation::bootstrap::BootstrapError;
use jiff::Timestamp;
use lake::FileError;
use monitoring::{MonitoringConfigError, drift::ReferenceError};
use std::{io, path::PathBuf};

/// Failure of a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResearchError {
    #[error("failed to read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("failed to read bars from {}", path.display())]
    Bars { path: PathBuf, source: FileError },
    #[error(
        "{bars} bars are too few: the first forecast needs {needed}; name a file with more bars or a time with --from"
    )]
    TooFewBars { bars: usize, needed: usize },
    #[error("no bar closes at or after {from}, the last one at {last}: name an earlier time with --from")]
    FromAfterLastBar { from: Timestamp, last: Timestamp },
    #[error("no bar from {from} on has features, which need {needed} bars without a gap: name a file with more bars")]
    NoFeatures { from: Timestamp, needed: usize },
    #[error("invalid --drift")]
    MonitoringConfig {
        #[from]
        source: MonitoringConfigError,
    },
    #[error("failed to train at {as_of}")]
    Train { as_of: Timestamp, source: Box<training::TrainError> },
    #[error("failed to fit a drift reference")]
    Reference {
        #[from]
        source: ReferenceError,
    },
    #[error("failed to forecast at {decision_time}")]
    Predict { decision_time: Timestamp, source: model::PredictError },
    #[error("failed to estimate the interval of a score")]
    Bootstrap {
        #[from]
        source: BootstrapError,
    },
    #[error("failed to serialize the results as JSON")]
    Json { source: serde_json::Error },
    #[error("failed to render report.html")]
    Page { source: askama::Error },
    #[error("failed to write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
}
