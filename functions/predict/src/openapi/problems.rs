//! Error responses that operations share, as components.

use super::{add_headers, described};
use crate::{
    problem::{Problem, ProblemKind},
    scoring::{ErrorCode, ScoringError},
};
use serde_json::{Value, json};
use utoipa::openapi::{ContentBuilder, HttpMethod, Ref, Response};

/// Shared response: its name, status, description, media type, schema and example.
struct Shared {
    name: &'static str,
    status: u16,
    description: &'static str,
    media_type: &'static str,
    schema: &'static str,
    example: Value,
}

/// Statuses and names of the shared responses of an operation.
pub(super) fn for_operation(path: &str, method: &HttpMethod) -> Vec<(String, &'static str)> {
    let scores = path.ends_with("/invocations");
    let forecasts = path == "/predict"
        || ["forecast", "explanation"].iter().any(|part| path.starts_with(&format!("/v1/series/{{series}}/{part}")));
    let mut names = vec!["Forbidden", "TooManyRequests"];
    if scores {
        names.extend(["ScoringInvalid", "ScoringTooLarge", "ScoringUnsupported", "ScoringUnavailable"]);
    } else if *method == HttpMethod::Post {
        names.extend(["TooLarge", "Unsupported", "InvalidBars"]);
    }
    if forecasts {
        names.extend(["Invalid", if path.ends_with("/forecasts") { "Unavailable" } else { "NoData" }]);
    }
    if path.ends_with("/versions") {
        names.extend(["Invalid", "Unavailable"]);
    }
    if path.starts_with("/reports/") {
        names.push("Unavailable");
    }
    if path.contains("{series}") {
        names.push(if scores { "ScoringNotFound" } else { "NotFound" });
    }
    all()
        .into_iter()
        .filter(|shared| names.contains(&shared.name))
        .map(|shared| (shared.status.to_string(), shared.name))
        .collect()
}

/// Shared responses by name.
pub(super) fn responses() -> impl Iterator<Item = (&'static str, Response)> {
    all().into_iter().map(|Shared { name, status, description, media_type, schema, example }| {
        let schema = Ref::from_schema_name(schema);
        let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
        let mut response = described(description).content(media_type, content).build();
        if !matches!(status, 403 | 429) {
            add_headers(&mut response, false, status == 503);
        }
        (name, response)
    })
}

fn all() -> Vec<Shared> {
    let mut all = gateway();
    all.extend(problems());
    all.extend(scoring());
    all
}

/// Responses of the gateway, which did not call the function.
fn gateway() -> Vec<Shared> {
    [
        (
            "Forbidden",
            403,
            "Response of the gateway: the request is not signed as the deployment requires.",
            "Forbidden",
        ),
        (
            "TooManyRequests",
            429,
            "Response of the gateway: more requests than the deployment allows. Try again after one second.",
            "Too Many Requests",
        ),
    ]
    .map(|(name, status, description, message)| Shared {
        name,
        status,
        description,
        media_type: "application/json",
        schema: "GatewayError",
        example: json!({ "message": message }),
    })
    .into()
}

fn problems() -> Vec<Shared> {
    [
        (
            "Invalid",
            "A query parameter is malformed, or the body is not JSON. `field` names the parameter.",
            Problem::for_field(ProblemKind::InvalidQuery, "explain", "`explain` is `yes`, expected true or false"),
        ),
        (
            "NotFound",
            "There is no such series or report.",
            Problem::new(
                ProblemKind::UnknownSeries,
                "there is no series `btc-usd-1d-h1`; the series are eth-usd-1d-h1, eth-usd-1d-h7",
            ),
        ),
        (
            "TooLarge",
            "The body has more than 1 MiB.",
            Problem::new(
                ProblemKind::BodyTooLarge,
                "the body has 1048577 bytes, at most 1048576 are read, and of bars or rows at most 5000",
            ),
        ),
        (
            "Unsupported",
            "The body is not JSON by its content type, or it is compressed.",
            Problem::new(
                ProblemKind::UnsupportedMediaType,
                "the content type is `text/csv`, expected application/json",
            ),
        ),
        (
            "InvalidBars",
            "The body has the wrong shape, or a bar is invalid. `bar` and `field` name the location.",
            Problem::for_bar(17, "high", "bar 17 (2023-01-18T00:00:00Z): high is 8, below low, which is 9"),
        ),
        (
            "Unavailable",
            "A store did not answer. `Retry-After` has the seconds until the next try.",
            Problem::new(ProblemKind::Unavailable, "the stored forecasts could not be read"),
        ),
        (
            "NoData",
            "There is neither a model nor a bar yet, or no store answers. `Retry-After` has the seconds until the next try.",
            Problem::new(ProblemKind::NoData, "there is neither a model nor a bar for eth-usd-1d-h1 yet"),
        ),
    ]
    .map(|(name, description, problem)| Shared {
        name,
        status: problem.kind.status(),
        description,
        media_type: "application/problem+json",
        schema: "Problem",
        example: json_of(&problem.to_json(Some("8e64b2a2-5f0e-4c7c-9a33-1a7a3a1e9a55"))),
    })
    .into()
}

fn scoring() -> Vec<Shared> {
    let error = |status, error_code, message: &str| ScoringError { status, error_code, message: message.to_owned() };
    [
        (
            "ScoringInvalid",
            "The body cannot be read (`BAD_REQUEST`), or its columns or values do not fit (`INVALID_PARAMETER_VALUE`).",
            error(400, ErrorCode::InvalidParameterValue, "row 1: return_30 is null, expected a finite number"),
        ),
        (
            "ScoringNotFound",
            "There is no such series.",
            error(
                404,
                ErrorCode::ResourceDoesNotExist,
                "there is no series `btc-usd-1d-h1`; the series are eth-usd-1d-h1, eth-usd-1d-h7",
            ),
        ),
        (
            "ScoringTooLarge",
            "The body has more than 4 MiB.",
            error(
                413,
                ErrorCode::BadRequest,
                "the body has 4194305 bytes, at most 4194304 are read, and of bars or rows at most 5000",
            ),
        ),
        (
            "ScoringUnsupported",
            "The content type is neither application/json nor text/csv, has another parameter than charset, or another charset \
             than UTF-8; or the body is compressed.",
            error(
                415,
                ErrorCode::BadRequest,
                "the content type is `application/x-npy`, expected application/json or text/csv",
            ),
        ),
        (
            "ScoringUnavailable",
            "There is neither a model nor a bar yet. `Retry-After` has the seconds until the next try.",
            error(
                503,
                ErrorCode::TemporarilyUnavailable,
                "there is neither a model nor a bar for eth-usd-1d-h1 yet",
            ),
        ),
    ]
    .map(|(name, description, error)| Shared {
        name,
        status: error.status,
        description,
        media_type: "application/json",
        schema: "ScoringError",
        example: json_of(&error.to_json()),
    })
    .into()
}

fn json_of(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap_or_default()
}
