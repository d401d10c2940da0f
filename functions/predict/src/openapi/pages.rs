//! The operations that answer pages.
#![expect(dead_code, reason = "the contract is made from the attributes")]

use super::inputs::Slug;
use serde::Serialize;
use utoipa::ToSchema;

/// The data of a report. Beside these fields it has those of its parts, which follow the page and may change with it.
#[derive(Serialize, ToSchema)]
struct Report {
    /// The slug of the series.
    #[schema(example = "eth-usd-1d-h1")]
    series: String,
    /// Time up to which it looks.
    #[schema(format = DateTime)]
    as_of: String,
}

/// A page of all series
///
/// Shows forecasts, evidence, track record, data, alerts and trainings to a person.
#[utoipa::path(
    get, path = "/", tag = "pages", operation_id = "dashboard",
    responses((status = 200, description = "A self-contained page without scripts.", body = String, content_type = "text/html; charset=utf-8"))
)]
pub(super) fn dashboard() {}

/// A report of the score function
///
/// Answers a page or, with `.json`, its data. Where there is none, the 404 is a page for who accepts `text/html`.
#[utoipa::path(
    get, path = "/reports/{series}/{report}", tag = "pages", operation_id = "report",
    params(
        Slug,
        ("report" = String, Path, description = "`latest` or the report's time such as `2026-11-02T000710Z`, with `.json` for JSON.",
            pattern = r"^(latest|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z)(\.json)?$", example = "latest"),
    ),
    responses(
        (status = 200, description = "A self-contained page without scripts, or the same as JSON.", content(
            (String = "text/html; charset=utf-8"),
            (Report = "application/json"),
        )),
    )
)]
pub(super) fn report() {}
