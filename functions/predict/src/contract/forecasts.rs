//! The operations on forecasts. A test compares the limits, which an attribute wants as digits, with those of the code.

#![expect(dead_code, unused_qualifications, reason = "the contract is made from the attributes")]

use super::examples;
use crate::{forecast::Answer, history::History};
use domain::Bar;
use utoipa::{IntoParams, ToSchema};

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct Explain {
    /// Adds which features moved the forecast.
    #[param(default = false)]
    explain: Option<bool>,
}

/// Bars of the caller.
#[derive(ToSchema)]
struct Bars {
    /// Closed bars in a row, ascending, on the interval's UTC grid. A warning says when they are too few for the
    /// indicators to forget where the history starts.
    #[schema(min_items = 121, max_items = 5000)]
    bars: Vec<Bar>,
}

/// Bars of the caller, or nothing.
#[derive(ToSchema)]
struct OptionalBars {
    /// As for `POST /v1/series/{series}/forecast`; without them the forecast is the current one.
    #[schema(value_type = Vec<Bar>, required = false, min_items = 121, max_items = 5000)]
    bars: Option<Vec<Bar>>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct Stretch {
    /// First decision time, RFC 3339 or a date. Without `from` and `to` the newest forecasts are answered; with `to` alone,
    /// those from 365 intervals before it.
    #[param(value_type = Option<String>, example = "2026-10-01")]
    from: Option<String>,
    /// Last decision time, RFC 3339 or a date. With `from` alone: now.
    #[param(value_type = Option<String>, example = "2026-11-02T00:00:00Z")]
    to: Option<String>,
    /// The most forecasts in one answer; `next` leads on.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
    /// From `next`, and then alone.
    cursor: Option<String>,
}

/// The current forecast
#[utoipa::path(
    get, path = "/v1/series/{series}/forecast", operation_id = "currentForecast",
    params(("series" = String, Path, description = "The slug of the series.", example = "eth-usd-1d-h1")),
    responses((status = 200, description = "The forecast.", body = Answer, example = json!(examples::forecast())))
)]
pub(super) fn current_forecast() {}

/// The current forecast, with the features that moved it
#[utoipa::path(
    get, path = "/v1/series/{series}/explanation", operation_id = "explainedForecast",
    params(("series" = String, Path, description = "The slug of the series.", example = "eth-usd-1d-h1")),
    responses((status = 200, description = "The forecast and its explanation.", body = Answer))
)]
pub(super) fn explained_forecast() {}

/// The forecast for the caller's bars
#[utoipa::path(
    post, path = "/v1/series/{series}/forecast", operation_id = "forecastFromBars",
    params(("series" = String, Path, description = "The slug of the series.", example = "eth-usd-1d-h1"), Explain),
    request_body(content = Bars, description = "The example is shortened to one bar.", example = json!(examples::bars())),
    responses((status = 200, description = "The forecast.", body = Answer, example = json!(examples::forecast_from_bars())))
)]
pub(super) fn forecast_from_bars() {}

/// Past forecasts with their outcomes, oldest first; the newest ones when no bound is given
#[utoipa::path(
    get, path = "/v1/series/{series}/forecasts", operation_id = "pastForecasts",
    params(("series" = String, Path, description = "The slug of the series.", example = "eth-usd-1d-h1"), Stretch),
    responses((status = 200, description = "The forecasts.", body = History, example = json!(examples::history())))
)]
pub(super) fn past_forecasts() {}

/// The short form: the forecast of the default series, from the caller's bars if there are any
#[utoipa::path(
    post, path = "/predict", operation_id = "predict",
    params(Explain),
    request_body(content = OptionalBars, description = "May be left out.", example = json!({})),
    responses((status = 200, description = "The forecast.", body = Answer, example = json!(examples::forecast())))
)]
pub(super) fn predict() {}
