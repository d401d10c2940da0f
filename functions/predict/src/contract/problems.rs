//! Which problems each operation has.

use super::described;
use crate::problem::{Kind, Problem};
use serde_json::Value;
use utoipa::openapi::{ContentBuilder, HttpMethod, Ref, Response};

/// What a caller may meet, by status.
pub(super) fn of(path: &str, method: &HttpMethod) -> Vec<(String, Response)> {
    let series = path.contains("{series}");
    let mut kinds = Vec::new();
    let forecasts = ["/v1/series/{series}/forecast", "/v1/series/{series}/explanation"];
    if forecasts.iter().any(|forecast| path.starts_with(forecast)) || path == "/predict" {
        kinds.push(Kind::InvalidQuery);
        kinds.push(if path.ends_with("/forecasts") { Kind::Unavailable } else { Kind::NoData });
    }
    if path.starts_with("/reports/") {
        kinds.push(Kind::Unavailable);
    }
    if series {
        kinds.push(Kind::UnknownSeries);
    }
    if *method == HttpMethod::Post {
        kinds.extend([Kind::BodyTooLarge, Kind::UnsupportedMediaType, Kind::InvalidBars]);
    }
    kinds.into_iter().map(|kind| (kind.status().to_string(), response(kind))).collect()
}

fn response(kind: Kind) -> Response {
    let (description, example) = match kind {
        Kind::InvalidQuery => (
            "A query parameter is malformed, which `field` names, or the body is not JSON.",
            Problem::in_field(kind, "explain", "`explain` is `yes`, expected true or false"),
        ),
        Kind::UnknownSeries => (
            "No such series, or no such report of it.",
            Problem::new(kind, "there is no series `btc-usd-1d-h1`; the series are eth-usd-1d-h1, eth-usd-1d-h7"),
        ),
        Kind::BodyTooLarge => (
            "The body has more than 1 MiB.",
            Problem::new(kind, "the body has 1048577 bytes, at most 1048576 are read"),
        ),
        Kind::UnsupportedMediaType => (
            "The body is of another type than JSON.",
            Problem::new(kind, "the content type is `text/csv`, expected application/json"),
        ),
        Kind::InvalidBars => (
            "The body has the wrong shape, or a bar breaks a rule; `bar` and `field` say where.",
            Problem::in_bar(17, "high", "bar 17 (2023-01-18T00:00:00Z): high is 8, outside low 9 to high 8"),
        ),
        Kind::Unavailable => (
            "A store did not answer. `Retry-After` says when to try again.",
            Problem::new(kind, "the stored forecasts could not be read"),
        ),
        _ => (
            "Neither a model nor bars yet. `Retry-After` says when to try again.",
            Problem::new(kind, "there is neither a model nor a bar for eth-usd-1d-h1 yet"),
        ),
    };
    let example: Value =
        serde_json::from_slice(&example.to_json(Some("8e64b2a2-5f0e-4c7c-9a33-1a7a3a1e9a55"))).unwrap_or_default();
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).example(Some(example)).build();
    described(description).content("application/problem+json", content).build()
}
