//! Lambda adapter: one event in, one HTTP response out.

use crate::{
    error::TrackError,
    event::{HttpRequest, HttpResponse},
    response::ApiResponse,
    route::Route,
    service::TrackService,
};
use lambda_shell::Invocation;
use mlflow_protocol::ApiError;
use serde_json::value::RawValue;
use std::convert::Infallible;
use tracing::{Instrument as _, info_span};

/// Answers one event. Every event has a response, also one that is not an HTTP request.
///
/// # Errors
/// None.
pub async fn handle(
    service: &TrackService,
    payload: Box<RawValue>,
    invocation: Invocation,
) -> Result<HttpResponse, Infallible> {
    let span = info_span!("request", request_id = invocation.request_id);
    let response = async {
        let (described, response) = match HttpRequest::decode(&payload) {
            Ok(request) => {
                let path: String = request.path.chars().take(200).collect();
                let method = request.method.clone();
                (Some((method, path)), respond(service, request).await)
            }
            Err(error) => (None, Err(error)),
        };
        let response = response.unwrap_or_else(ApiResponse::Error);
        let duration_ms = invocation.elapsed().as_millis();
        let (method, path) = described.unwrap_or_default();
        let refusal = if let ApiResponse::Error(error) = &response { error.code.name() } else { "" };
        tracing::info!(method, path, status = response.status(), refusal, duration_ms, "answered");
        response
    };
    Ok(response.instrument(span).await.into_http(&invocation.request_id))
}

async fn respond(service: &TrackService, request: HttpRequest) -> Result<ApiResponse, ApiError> {
    let route = Route::find(&request.method, &request.path);
    // An unknown caller does not learn which routes there are.
    let writes = route.as_ref().is_ok_and(Route::writes);
    let caller = service.access.caller(&request, writes).await?;
    service.run(route?, request, &caller).await.map_err(TrackError::into_response)
}
