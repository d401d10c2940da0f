//! That the service is alive, and which code it is.

use serde::Serialize;
use utoipa::ToSchema;

/// The answer of `GET /health`: the process runs and is configured. It asks no store; `GET /ready` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// Version of the service.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// Slugs of the configured series; the first is the default.
    #[schema(example = json!(["eth-usd-1d-h1"]))]
    pub series: Vec<String>,
}

/// The answer of `GET /version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Version {
    /// Version of the service.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// Version and commit that the function was built from.
    #[schema(example = "0.1.0+1f2e3d4c5b6a")]
    pub code: &'static str,
    /// Version of the model file format that it reads.
    pub model_format: u32,
    /// Version of the feature set that it computes.
    #[schema(example = "v2")]
    pub feature_set: &'static str,
}

impl Version {
    /// Of this build.
    pub const THIS: Self = Self {
        version: env!("CARGO_PKG_VERSION"),
        code: env!("WEATHERVANE_CODE_VERSION"),
        model_format: model::FORMAT_VERSION,
        feature_set: features::FEATURE_SET,
    };
}
