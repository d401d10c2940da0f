//! The operations that tell how the service is.
#![expect(dead_code, reason = "the contract is made from the attributes")]

use super::examples;
use crate::{
    health::{Health, Version},
    overview::Overview,
    ready::Readiness,
};

/// Each series: champion, data age, gaps and findings of the data, model age, realised skill, training schedule
#[utoipa::path(
    get, path = "/v1/series", operation_id = "listSeries",
    responses((status = 200, description = "Every configured series; the first is the default.", body = Overview,
        example = json!(examples::overview())))
)]
pub(super) fn list_series() {}

/// Liveness: the process runs and is configured
#[utoipa::path(get, path = "/health", operation_id = "health", responses((status = 200, description = "It does.", body = Health)))]
pub(super) fn health() {}

/// Readiness: every series has its champion and a forecast that has not expired
#[utoipa::path(
    get, path = "/ready", operation_id = "ready",
    responses(
        (status = 200, description = "Every series is ready.", body = Readiness),
        (status = 503, description = "Some series is not; forecasts are answered all the same, with warnings.", body = Readiness,
            example = json!(examples::not_ready())),
    )
)]
pub(super) fn ready() {}

/// Which code answers
#[utoipa::path(get, path = "/version", operation_id = "version", responses((status = 200, description = "This one.", body = Version)))]
pub(super) fn version() {}

/// This document
#[utoipa::path(get, path = "/openapi.json", operation_id = "contract", responses((status = 200, description = "OpenAPI 3.1.", body = Object)))]
pub(super) fn contract() {}
