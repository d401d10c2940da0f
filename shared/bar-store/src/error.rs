//! Errors of the bar store.

use lake::LakeError;

/// The bars could not be read or written. A failed call may succeed later.
#[derive(Debug, thiserror::Error)]
pub enum BarStoreError {
    /// An object is not what `lake` writes, or cannot be encoded.
    #[error("cannot read or write the bars of {key}")]
    Lake {
        /// Key of the object.
        key: String,
        /// Cause.
        source: LakeError,
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

impl BarStoreError {
    /// Name of the cause for callers, dead letters and logs: `BadLake`, or that of the call.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Lake { .. } => "BadLake",
            Self::Aws { source, .. } => source.kind(),
        }
    }

    /// For `map_err`: names the step during which AWS failed.
    pub(crate) fn aws(step: &'static str) -> impl Fn(aws::Error) -> Self {
        move |source| Self::Aws { step, source: Box::new(source) }
    }
}
