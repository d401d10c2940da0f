//! Why a series could not be scored.

use lambda_shell::FunctionError;
use market_data::Series;
use monitoring::MonitoringConfigError;

/// Why nothing, or not everything, could be scored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScoreError {
    /// The event is neither `BarsIngested` nor a request.
    #[error("malformed event: expected BarsIngested from EventBridge or {{symbol, interval, as_of}}")]
    Request {
        /// What does not fit.
        source: serde_json::Error,
    },
    /// The event is of another type.
    #[error("unexpected event `{detail_type}`: score takes BarsIngested")]
    DetailType {
        /// Its type.
        detail_type: String,
    },
    /// A store failed.
    #[error("{step}")]
    Store {
        /// What was being done.
        step: &'static str,
        /// What happened.
        source: Box<aws::Error>,
    },
    /// An object of the lake cannot be read.
    #[error("reading {key}")]
    Lake {
        /// Its key.
        key: String,
        /// Why.
        source: Box<lake::LakeError>,
    },
    /// The champion's artifact is not what was registered, or cannot be read.
    #[error("version {version} is refused")]
    ModelRefused {
        /// Which version.
        version: u32,
        /// Why.
        source: Box<model::ArtifactError>,
    },
    /// The champion's artifact is not in the bucket.
    #[error("version {version} is refused: there is no {key}")]
    ModelMissing {
        /// Which version.
        version: u32,
        /// Where it should be.
        key: String,
    },
    /// The champion's artifact is larger than any that is written.
    #[error("version {version} is refused")]
    ModelTooLarge {
        /// Which version.
        version: u32,
        /// Size and limit.
        source: Box<aws::Error>,
    },
    /// The champion cannot forecast a row.
    #[error("forecasting")]
    Predict {
        /// Why.
        #[from]
        source: model::PredictError,
    },
    /// `WEATHERVANE_DRIFT` makes no sense.
    #[error("environment variable WEATHERVANE_DRIFT is invalid")]
    Drift {
        /// Why.
        #[from]
        source: MonitoringConfigError,
    },
    /// The bootstrap refused its settings.
    #[error("realised performance")]
    Performance {
        /// Why.
        #[from]
        source: evaluation::bootstrap::BootstrapError,
    },
    /// The report could not be rendered.
    #[error("rendering the report")]
    Render {
        /// Why.
        #[from]
        source: askama::Error,
    },
    /// Another delivery is telling people about the series, or took over.
    #[error("one delivery at a time tells about a series")]
    Lock {
        /// Failure of the lock, with its name.
        #[from]
        source: aws::LockError,
    },
    /// Some series failed; the others are done.
    #[error("{failed} of {all} series failed, the first is {series}")]
    SeriesFailed {
        /// How many failed.
        failed: usize,
        /// Of how many.
        all: usize,
        /// The first that failed.
        series: Series,
        /// Why it failed.
        source: Box<ScoreError>,
    },
}

impl FunctionError for ScoreError {
    fn kind(&self) -> &'static str {
        match self {
            Self::Request { .. } | Self::DetailType { .. } => "BadRequest",
            Self::Drift { .. } => "BadConfiguration",
            Self::Store { source, .. } => source.kind(),
            Self::Lock { source, .. } => source.kind(),
            Self::Lake { .. } => "BadLake",
            Self::ModelRefused { .. } | Self::ModelMissing { .. } | Self::ModelTooLarge { .. } => "ModelRefused",
            Self::Predict { .. } | Self::Performance { .. } | Self::Render { .. } => "Internal",
            Self::SeriesFailed { source, .. } => source.kind(),
        }
    }
}

impl ScoreError {
    /// Names the step in which a store failed.
    pub(crate) fn store_error(step: &'static str) -> impl FnOnce(aws::Error) -> Self {
        move |source| Self::Store { step, source: source.into() }
    }

    /// The version that is refused, if one is: trying again cannot help, the champion itself is at fault.
    pub(crate) fn refused_version(&self) -> Option<u32> {
        match self {
            Self::ModelRefused { version, .. }
            | Self::ModelMissing { version, .. }
            | Self::ModelTooLarge { version, .. } => Some(*version),
            _ => None,
        }
    }
}
