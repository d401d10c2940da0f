//! The operations that tell how the service is.
#![expect(dead_code, reason = "the contract is made from the attributes")]

use super::{examples, inputs::Slug};
use crate::{
    health::{Health, Version},
    overview::Overview,
    readiness::Readiness,
};

/// Every series
///
/// Tells champion, data age, gaps and findings of the data, model age, realised skill and training schedule of each.
#[utoipa::path(
    get, path = "/v1/series", tag = "status", operation_id = "listSeries",
    responses((status = 200, description = "Every configured series; the first is the default.", body = Overview,
        example = json!(examples::overview())))
)]
pub(super) fn list_series() {}

/// Liveness
///
/// The process runs and is configured. No store is asked.
#[utoipa::path(get, path = "/health", tag = "status", operation_id = "health", responses((status = 200, description = "It does.", body = Health)))]
pub(super) fn health() {}

/// Readiness
///
/// Every series has its champion and a forecast that has not expired.
#[utoipa::path(
    get, path = "/ready", tag = "status", operation_id = "ready",
    responses(
        (status = 200, description = "Every series is ready.", body = Readiness),
        (status = 503, description = "Some series is not; forecasts are answered all the same, with warnings.", body = Readiness,
            example = json!(examples::not_ready())),
    )
)]
pub(super) fn ready() {}

/// Version of the code
///
/// Names the code that answers.
#[utoipa::path(get, path = "/version", tag = "status", operation_id = "version", responses((status = 200, description = "This one.", body = Version)))]
pub(super) fn version() {}

/// Version of the code, beside the other routes of a series
///
/// The same as `GET /version`: MLflow's client asks for it under the address that it predicts at.
#[utoipa::path(
    get, path = "/v1/series/{series}/version", tag = "status", operation_id = "versionSeries",
    params(Slug),
    responses((status = 200, description = "This one.", body = Version))
)]
pub(super) fn version_series() {}

/// This document
///
/// Serves the contract.
#[utoipa::path(get, path = "/openapi.json", tag = "status", operation_id = "contract", responses((status = 200, description = "OpenAPI 3.1.", body = Object)))]
pub(super) fn contract() {}
