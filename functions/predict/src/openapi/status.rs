//! Operations on the state of the service.
#![expect(dead_code, unused_qualifications, reason = "the document is generated from the attributes")]

use super::{examples, inputs::Slug};
use crate::{
    health::{Health, Version},
    overview::Overview,
    readiness::Readiness,
    versions::VersionList,
};
use utoipa::IntoParams;

/// Status of all series
///
/// Returns champion, age and quality of the data, performance and training schedule of each series.
#[utoipa::path(
    get, path = "/v1/series", tag = "status", operation_id = "listSeries",
    responses((status = 200, description = "Status of each configured series; the first is the default.", body = Overview,
        example = json!(examples::overview())))
)]
pub(super) fn list_series() {}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct VersionsParams {
    /// Maximum number of versions in the answer.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
}

/// Versions of a series
///
/// Lists the newest versions with their status, their evidence on the hold-out and in live forecasts, and their weights in the
/// mixture that is served.
#[utoipa::path(
    get, path = "/v1/series/{series}/versions", tag = "status", operation_id = "listVersions",
    params(Slug, VersionsParams),
    responses((status = 200, description = "Versions, newest first.", body = VersionList, example = json!(examples::versions())))
)]
pub(super) fn list_versions() {}

/// Liveness
///
/// The process runs and is configured. No store is read.
#[utoipa::path(get, path = "/health", tag = "status", operation_id = "health", responses((status = 200, description = "The process runs.", body = Health)))]
pub(super) fn health() {}

/// Readiness
///
/// Every series has a champion and a forecast that has not expired.
#[utoipa::path(
    get, path = "/ready", tag = "status", operation_id = "ready",
    responses(
        (status = 200, description = "All series are ready.", body = Readiness),
        (status = 503, description = "At least one series is not ready. Forecasts are still served, with warnings.", body = Readiness,
            example = json!(examples::not_ready())),
    )
)]
pub(super) fn ready() {}

/// Version of the code
///
/// Returns the version of the deployed code.
#[utoipa::path(get, path = "/version", tag = "status", operation_id = "version", responses((status = 200, description = "Deployed version.", body = Version)))]
pub(super) fn version() {}

/// Version of the code, under the path of a series
///
/// Same as `GET /version`. MLflow's client reads it below the address at which it predicts.
#[utoipa::path(
    get, path = "/v1/series/{series}/version", tag = "status", operation_id = "versionSeries",
    params(Slug),
    responses((status = 200, description = "Deployed version.", body = Version))
)]
pub(super) fn version_series() {}

/// OpenAPI document
///
/// Returns this document.
#[utoipa::path(get, path = "/openapi.json", tag = "status", operation_id = "contract", responses((status = 200, description = "OpenAPI 3.1 document.", body = Object)))]
pub(super) fn contract() {}
