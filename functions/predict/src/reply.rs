//! Answers as HTTP responses.

use crate::problem::{Kind, Problem};
use lambda_http::{
    Body, Response,
    http::{
        HeaderValue,
        header::{ALLOW, CONTENT_TYPE, RETRY_AFTER},
        response::Builder,
    },
};
use serde::Serialize;

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// A 200 with JSON.
#[must_use]
pub fn json(answer: &impl Serialize, request_id: Option<&str>) -> Response<Body> {
    match serde_json::to_vec(answer) {
        Ok(body) => build(Response::builder().status(200).header(CONTENT_TYPE, JSON), body, request_id),
        Err(error) => problem(&Problem::new(Kind::Internal, format!("the answer has no JSON: {error}")), request_id),
    }
}

/// A 200 with JSON that is text already.
#[must_use]
pub fn json_text(text: &'static str, request_id: Option<&str>) -> Response<Body> {
    let builder = Response::builder().status(200).header(CONTENT_TYPE, JSON);
    build(builder, text.as_bytes().to_vec(), request_id)
}

/// The problem's status and document.
#[must_use]
pub fn problem(problem: &Problem, request_id: Option<&str>) -> Response<Body> {
    let mut builder = Response::builder().status(problem.kind.status()).header(CONTENT_TYPE, PROBLEM);
    if let Some(allow) = problem.allow {
        builder = builder.header(ALLOW, allow);
    }
    if matches!(problem.kind, Kind::NoData | Kind::Unavailable) {
        builder = builder.header(RETRY_AFTER, "60");
    }
    build(builder, problem.to_json(request_id), request_id)
}

fn build(mut builder: Builder, body: Vec<u8>, request_id: Option<&str>) -> Response<Body> {
    if let Some(id) = request_id.and_then(|id| HeaderValue::from_str(id).ok()) {
        builder = builder.header("x-request-id", id);
    }
    // JSON is UTF-8; as text the gateway need not decode it.
    let body = String::from_utf8(body).map_or_else(|error| Body::from(error.into_bytes()), Body::from);
    builder.body(body).unwrap_or_else(|_| Response::new(Body::Empty))
}
