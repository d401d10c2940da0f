//! Errors of train.

use aws::LockError;
use bar_store::BarStoreError;
use lambda_shell::FunctionError;
use market_data::Series;
use monitoring::MonitoringConfigError;
use training::TrainError;

/// A training failed. A call to AWS may succeed later, and so may a training that found the series locked; everything else fails the
/// same way again.
#[derive(Debug, thiserror::Error)]
pub enum TrainFunctionError {
    /// The event is neither a request, nor an alert, nor a rollback.
    #[error("the event is neither a training request, nor a drift alert, nor a rollback")]
    Event {
        /// Cause.
        source: serde_json::Error,
    },
    /// `WEATHERVANE_TRAINING` is not valid.
    #[error("environment variable WEATHERVANE_TRAINING is invalid")]
    Config {
        /// Cause.
        #[from]
        source: training::TrainingConfigError,
    },
    /// `WEATHERVANE_DRIFT` is not valid.
    #[error("environment variable WEATHERVANE_DRIFT is invalid")]
    Drift {
        /// Cause.
        #[from]
        source: MonitoringConfigError,
    },
    /// The lake cannot be read or written.
    #[error(transparent)]
    Bars {
        /// Cause.
        #[from]
        source: BarStoreError,
    },
    /// The model cannot be trained.
    #[error("training {series}")]
    Train {
        /// Series that was trained.
        series: Series,
        /// Cause.
        source: Box<TrainError>,
    },
    /// Another training of the series is running, or took over.
    #[error("one training at a time for each series")]
    Lock {
        /// Failure of the lock, with its name.
        #[from]
        source: LockError,
    },
    /// A record cannot be written as JSON.
    #[error("writing the {what} as JSON")]
    Json {
        /// Record that cannot be written.
        what: &'static str,
        /// Cause.
        source: serde_json::Error,
    },
    /// Work in the background stopped.
    #[error("the {what} stopped")]
    Stopped {
        /// Work that stopped.
        what: &'static str,
        /// Cause.
        source: tokio::task::JoinError,
    },
    /// A call to AWS failed.
    #[error("cannot {step}")]
    Aws {
        /// Step during which AWS failed.
        step: &'static str,
        /// Cause.
        source: Box<aws::Error>,
    },
}

impl FunctionError for TrainFunctionError {
    fn kind(&self) -> &'static str {
        match self {
            Self::Event { .. } => "BadRequest",
            Self::Config { .. } | Self::Drift { .. } => "BadConfiguration",
            Self::Bars { source } => source.kind(),
            Self::Train { .. } => "TrainingFailed",
            Self::Lock { source, .. } => source.kind(),
            Self::Json { .. } | Self::Stopped { .. } => "Internal",
            Self::Aws { source, .. } => source.kind(),
        }
    }
}

impl TrainFunctionError {
    /// For `map_err`: names the step during which AWS failed.
    pub(crate) fn aws(step: &'static str) -> impl Fn(aws::Error) -> Self {
        move |source| Self::Aws { step, source: Box::new(source) }
    }

    /// For `map_err`: names the record that has no JSON.
    pub(crate) fn json(what: &'static str) -> impl Fn(serde_json::Error) -> Self {
        move |source| Self::Json { what, source }
    }
}
