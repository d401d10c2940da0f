//! The operations that answer pages.
#![expect(dead_code, reason = "the contract is made from the attributes")]

/// A page of all series: forecasts, evidence, track record, data, alerts and trainings
#[utoipa::path(
    get, path = "/", operation_id = "dashboard",
    responses((status = 200, description = "A self-contained page without scripts.", body = String, content_type = "text/html; charset=utf-8"))
)]
pub(super) fn dashboard() {}

/// A report of the score function
#[utoipa::path(
    get, path = "/reports/{series}/{report}", operation_id = "report",
    params(
        ("series" = String, Path, description = "The slug of the series.", example = "eth-usd-1d-h1"),
        ("report" = String, Path, description = "`latest` or the report's time such as `2026-11-02T000710Z`, with `.json` for JSON.", example = "latest"),
    ),
    responses(
        (status = 200, description = "A self-contained page without scripts, or the same as JSON.", content(
            (String = "text/html; charset=utf-8"),
            (Object = "application/json"),
        )),
    )
)]
pub(super) fn report() {}
