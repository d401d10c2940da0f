//! Operations that return pages.
#![expect(dead_code, reason = "the document is generated from the attributes")]

use super::inputs::Slug;
use serde::Serialize;
use utoipa::ToSchema;

/// Data of a report. It has further fields, which follow the page and may change with it.
#[derive(Serialize, ToSchema)]
struct Report {
    /// Slug of the series.
    #[schema(example = "eth-usd-1d-h1")]
    series: String,
    /// Time that counted as now.
    #[schema(format = DateTime)]
    as_of: String,
}

/// Page of all series
///
/// Shows forecasts, evidence, track record, data, alerts and trainings.
#[utoipa::path(
    get, path = "/", tag = "pages", operation_id = "dashboard",
    responses((status = 200, description = "Self-contained page without scripts.", body = String, content_type = "text/html; charset=utf-8"))
)]
pub(super) fn dashboard() {}

/// Report of the score function
///
/// Returns a page or, with `.json`, its data. A 404 is a page for callers that accept `text/html`.
#[utoipa::path(
    get, path = "/reports/{series}/{report}", tag = "pages", operation_id = "report",
    params(
        Slug,
        ("report" = String, Path, description = "`latest`, or the time of the report such as `2026-11-02T000710Z`; with `.json` for JSON.",
            pattern = r"^(latest|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z)(\.json)?$", example = "latest"),
    ),
    responses(
        (status = 200, description = "Self-contained page without scripts, or its data as JSON.", content(
            (String = "text/html; charset=utf-8"),
            (Report = "application/json"),
        )),
    )
)]
pub(super) fn report() {}
