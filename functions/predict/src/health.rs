//! Liveness and version of the service.

use serde::Serialize;
use utoipa::ToSchema;

/// Answer of `GET /health`: the process runs and is configured. It reads no store; `GET /ready` does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Health {
    /// Constant `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// Version of the service.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// Slugs of the configured series; the first is the default.
    #[schema(example = json!(["eth-usd-1d-h1"]))]
    pub series: Vec<String>,
}

/// Answer of `GET /version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Version {
    /// Version of the service.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
    /// Version and commit of the code that the function was built from.
    #[schema(example = "0.1.0+1f2e3d4c5b6a")]
    pub code: &'static str,
    /// Version of the artifact format that the service reads.
    pub model_format: u32,
    /// Version of the feature set that the service computes.
    #[schema(example = "v2")]
    pub feature_set: &'static str,
}

impl Version {
    /// Version of this build.
    pub const THIS: Self = Self {
        version: env!("CARGO_PKG_VERSION"),
        code: env!("WEATHERVANE_CODE_VERSION"),
        model_format: model::FORMAT_VERSION,
        feature_set: features::FEATURE_SET,
    };
}
