//! Lambda adapter: one event in, one HTTP response out.

mod event;

pub use event::{HttpRequest, HttpResponse};

use crate::{
    error::ErrorResponse,
    problem_page,
    request::{PredictRequest, RequestParts},
    response::{ApiResponse, ResponseContext},
    service::PredictService,
    truncate::{MAX_NAME_CHARS, truncate},
};
use jiff::Timestamp;
use lambda_http::{
    Body, Response,
    http::{
        HeaderName, Method,
        header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, IF_NONE_MATCH},
    },
};
use lambda_shell::Invocation;
use observability::error_chain;
use serde_json::value::RawValue;
use std::{convert::Infallible, time::Instant};
use tracing::{Instrument as _, info_span};

/// Answers one event. Every event has a response, also one that is not an HTTP request.
///
/// # Errors
/// None.
pub async fn handle(
    service: &PredictService,
    payload: Box<RawValue>,
    invocation: Invocation,
) -> Result<HttpResponse, Infallible> {
    let request_id = Some(invocation.request_id.as_str());
    let response = match HttpRequest::decode(&payload) {
        Ok(request) => respond(service, &request, request_id).await,
        Err(problem) => {
            tracing::warn!(detail = problem.detail, "rejected event");
            let context = ResponseContext { request_id, ..ResponseContext::default() };
            ApiResponse::problem(&problem, request_id).respond(&context)
        }
    };
    Ok(response.into())
}

/// Answers one request, and logs method, path, status and duration.
pub async fn respond(service: &PredictService, request: &HttpRequest, request_id: Option<&str>) -> Response<Body> {
    let started = Instant::now();
    let span = info_span!("request", request_id, series = tracing::field::Empty);
    let response = run(service, request, request_id).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        let (method, path) =
            (truncate(request.method.as_str(), MAX_NAME_CHARS), truncate(&request.path, MAX_NAME_CHARS));
        tracing::info!(method = &*method, path = &*path, status, duration_us, "answered");
    });
    response
}

async fn run(service: &PredictService, request: &HttpRequest, request_id: Option<&str>) -> Response<Body> {
    let HttpRequest { method, path, query, body, .. } = request;
    let header = |name: HeaderName| request.headers.get(name).and_then(|value| value.to_str().ok());
    let parts = RequestParts {
        method,
        path,
        query,
        content_type: header(CONTENT_TYPE),
        content_encoding: header(CONTENT_ENCODING),
        body,
    };
    // RFC 9110: 304 is for GET and HEAD.
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    let context = ResponseContext {
        request_id,
        if_none_match: header(IF_NONE_MATCH).filter(|_| is_read),
        accept_encoding: header(ACCEPT_ENCODING),
        head_only: *method == Method::HEAD,
    };
    let now = Timestamp::now();
    let result = match PredictRequest::decode(&parts, service.series(), now) {
        Ok(request) => {
            service.run(request, now).await.map(|response| if is_read { response } else { response.no_store() })
        }
        Err(error) => Err(error),
    };
    // The contract has a page in place of a problem for reports only, which browsers follow links to.
    let as_page = is_read
        && path.starts_with("/reports/")
        && !path.ends_with(".json")
        && problem_page::accepts_html(header(ACCEPT));
    result.unwrap_or_else(|error| error_response(&error, request_id, as_page)).respond(&context)
}

/// Response to a failed request: a page where the caller reads pages, else the format of its protocol.
fn error_response(error: &ErrorResponse, request_id: Option<&str>, as_page: bool) -> ApiResponse {
    match error {
        ErrorResponse::Problem(problem) if as_page => match problem_page::html(problem) {
            Ok(page) => ApiResponse::problem(problem, request_id).as_page(page),
            Err(error) => {
                tracing::error!(error = error_chain(&error), "failed to write the page of a problem");
                ApiResponse::problem(problem, request_id)
            }
        },
        error => ApiResponse::error(error, request_id),
    }
}
