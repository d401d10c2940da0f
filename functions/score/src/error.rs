//! Errors of the function.

use bar_store::BarStoreError;
use lambda_shell::FunctionError;
use market_data::Series;
use monitoring::MonitoringConfigError;

/// Failure of a request, or of one of its series.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The payload is neither a `BarsIngested` event nor a request.
    #[error("malformed event: expected BarsIngested from EventBridge or {{symbol, interval, as_of}}")]
    MalformedEvent {
        /// First mismatch that the decoder found.
        source: serde_json::Error,
    },
    /// The payload is an event of another type.
    #[error("unexpected event `{detail_type}`: score takes BarsIngested")]
    UnexpectedEvent {
        /// Type of the event.
        detail_type: String,
    },
    /// A store failed.
    #[error("failed to {action}")]
    Store {
        /// Attempted action, as the rest of a sentence after "failed to".
        action: &'static str,
        /// Failure of the store.
        source: Box<aws::Error>,
    },
    /// The bars cannot be read.
    #[error("failed to load the bars")]
    Bars {
        /// Failure of the bar store.
        #[from]
        source: BarStoreError,
    },
    /// The champion's artifact cannot be decoded, or differs from the registered one.
    #[error("rejected version {version}")]
    ModelRejected {
        /// Version of the champion.
        version: u32,
        /// Failed check of the artifact.
        source: Box<model::ArtifactError>,
    },
    /// The champion's artifact is not in the bucket.
    #[error("rejected version {version}: there is no artifact {key}")]
    ModelMissing {
        /// Version of the champion.
        version: u32,
        /// S3 key of the artifact.
        key: String,
    },
    /// The champion's artifact exceeds the size limit.
    #[error("rejected version {version}")]
    ModelTooLarge {
        /// Version of the champion.
        version: u32,
        /// Size and limit.
        source: Box<aws::Error>,
    },
    /// The champion cannot forecast a feature row.
    #[error("failed to forecast")]
    Predict {
        /// Failure of the model.
        #[from]
        source: model::PredictError,
    },
    /// The environment variable `WEATHERVANE_DRIFT` is invalid.
    #[error("environment variable WEATHERVANE_DRIFT is invalid")]
    MonitoringConfig {
        /// Violated rule of the configuration.
        #[from]
        source: MonitoringConfigError,
    },
    /// The bootstrap rejected its configuration.
    #[error("failed to measure realised performance")]
    Performance {
        /// Violated rule of the bootstrap.
        #[from]
        source: evaluation::bootstrap::BootstrapError,
    },
    /// The report cannot be rendered.
    #[error("failed to render the report")]
    Render {
        /// Failure of the template.
        #[from]
        source: askama::Error,
    },
    /// Another invocation holds the notification lock of the series, or took it over.
    #[error("failed to send notifications under the lock of the series")]
    Lock {
        /// Failure of the lock, with its name.
        #[from]
        source: aws::LockError,
    },
    /// At least one series failed; the others are done.
    #[error("{failed} of {total} series failed, first {series}")]
    SeriesFailed {
        /// Number of failed series.
        failed: usize,
        /// Number of requested series.
        total: usize,
        /// First failed series.
        series: Series,
        /// Failure of the first failed series.
        source: Box<ScoreError>,
    },
}

impl FunctionError for ScoreError {
    fn kind(&self) -> &'static str {
        match self {
            Self::MalformedEvent { .. } | Self::UnexpectedEvent { .. } => "BadRequest",
            Self::MonitoringConfig { .. } => "BadConfiguration",
            Self::Store { source, .. } => source.kind(),
            Self::Lock { source, .. } => source.kind(),
            Self::Bars { source } => source.kind(),
            Self::ModelRejected { .. } | Self::ModelMissing { .. } | Self::ModelTooLarge { .. } => "ModelRefused",
            Self::Predict { .. } | Self::Performance { .. } | Self::Render { .. } => "Internal",
            Self::SeriesFailed { source, .. } => source.kind(),
        }
    }
}

impl ScoreError {
    /// Converter of a store's error, for `map_err`. The action completes "failed to".
    pub(crate) fn store_error(action: &'static str) -> impl FnOnce(aws::Error) -> Self {
        move |source| Self::Store { action, source: Box::new(source) }
    }

    /// Version of a rejected champion. A retry cannot help then.
    pub(crate) fn rejected_version(&self) -> Option<u32> {
        match self {
            Self::ModelRejected { version, .. }
            | Self::ModelMissing { version, .. }
            | Self::ModelTooLarge { version, .. } => Some(*version),
            _ => None,
        }
    }
}
